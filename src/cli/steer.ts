import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { CampaignSteering, type Steered } from '../desk/campaign-steering.ts';
import { authorOf } from './author.ts';
import { withDesk } from './client.ts';
import { inOtherWords } from './flags.ts';
import { note, print, printJson } from './output.ts';
import { receiptText } from './receipt-text.ts';

interface SteerOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly override?: boolean;
  readonly json?: boolean;
}

export function pauseCommand(): Command {
  return steerCommand('pause', 'stop a campaign until it is resumed')
    .description(
      'Stops a campaign. When the command returns, nobody more is claimed; calls to SES that are in flight end.',
    )
    .action((id: string, options: SteerOptions) =>
      steer(id, options, (steering) => steering.pause(id, authorOf(options))),
    );
}

export function resumeCommand(): Command {
  return steerCommand('resume', 'let a paused or held campaign go on')
    .description(
      'Lifts a pause and a hold. A hold whose cause still stands needs --override with a --reason.',
    )
    .option('--override', 'lift a hold although its cause still stands')
    .action((id: string, options: SteerOptions) => {
      if (options.override && !options.reason)
        throw new InputFault(['--override: needs --reason TEXT; both are logged']);
      return steer(id, options, (steering) =>
        steering.resume(id, authorOf(options), options.override === true),
      );
    });
}

export function cancelCommand(): Command {
  return steerCommand('cancel', 'end a campaign')
    .description(
      'Ends a campaign for good. Who was planned and not sent to is counted as cancelled; the rest of the list is not read.',
    )
    .action((id: string, options: SteerOptions) =>
      steer(id, options, (steering) => steering.cancel(id, authorOf(options))),
    );
}

function steerCommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .argument('<id>', 'a campaign')
    .option('--reason <text>', 'why; kept in the log')
    .option('--by <name>', 'who says so; kept in the log (else the user who runs this)')
    .option('--json', 'print the receipt as one JSON value')
    .addHelpText(
      'after',
      `\nExample:\n  sluice ${name} 2026-11-early-access --reason "wrong price in the mail"`,
    );
}

async function steer(
  id: string,
  options: SteerOptions,
  act: (steering: CampaignSteering) => Promise<Steered>,
): Promise<void> {
  await withDesk(async (parts) => {
    const { receipt, isNew } = await act(new CampaignSteering(parts)).catch(asSaidHere);
    if (!isNew) note(`${id} was so already`);
    if (options.json) printJson(receipt);
    else print(receiptText(receipt));
    return 0;
  });
}

/** How a hold is overridden. */
const asSaidHere = inOtherWords([
  ['the same, override it, with a reason', 'the same: --override --reason TEXT'],
]);
