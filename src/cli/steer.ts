import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import type { SteerEnd, Steering } from '../queue/steer.ts';
import { authorOf } from './author.ts';
import { withClient } from './client.ts';
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
      steer(id, options, 'paused', (steering) => steering.pause(id, authorOf(options))),
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
      return steer(id, options, 'running again', (steering) =>
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
      steer(id, options, 'cancelled', (steering) => steering.cancel(id, authorOf(options))),
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
  done: string,
  act: (steering: Steering) => Promise<SteerEnd>,
): Promise<void> {
  await withClient(async ({ steering, campaigns }) => {
    const end = await act(steering);
    refuse(id, end);
    if (end.kind === 'same') note(`${id} was so already`);
    const receipt = await campaigns.receipt(id);
    if (options.json) printJson(receipt);
    else print(receipt ? receiptText(receipt) : `${id} is ${done}`);
    return 0;
  });
}

function refuse(id: string, end: SteerEnd): void {
  switch (end.kind) {
    case 'missing':
      throw new InputFault([`no campaign has the id "${id}"; \`sluice status\` lists them`]);
    case 'ended':
      throw new InputFault([`${id} is over, so nothing about it can be changed`]);
    case 'stands':
      throw new InputFault([
        `what would hold ${id} still stands: ${end.hold.reason}; to go on all the same: --override --reason TEXT`,
      ]);
    case 'changed':
    case 'same':
  }
}
