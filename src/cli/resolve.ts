import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { duration, figure } from '../core/figures.ts';
import { CampaignSteering } from '../desk/campaign-steering.ts';
import type { Resolution } from '../send/doubt.ts';
import { authorOf } from './author.ts';
import { withDesk } from './client.ts';
import { inOtherWords } from './flags.ts';
import { note, print, printJson } from './output.ts';

interface ResolveOptions {
  readonly resend?: boolean;
  readonly drop?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly json?: boolean;
}

export function resolveCommand(): Command {
  return new Command('resolve')
    .summary('settle the recipients in doubt by hand')
    .description(
      'Settles the recipients in doubt: a call to SES had no answer, and no event has told since whether it was taken.',
    )
    .argument('<id>', 'a campaign')
    .option('--resend', 'send to them again; who had the mail after all gets it twice')
    .option('--drop', 'leave it at that; who had no mail gets none')
    .option('--reason <text>', 'why; kept in the log')
    .option('--by <name>', 'who says so; kept in the log (else the user who runs this)')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Nobody is settled who has been in doubt for less than SLUICE_DOUBT_MS: until then a request that got stuck can still arrive.

Example:
  sluice resolve 2026-11-early-access --drop --reason "the newsletter is not worth a second copy"`,
    )
    .action(resolve);
}

async function resolve(id: string, options: ResolveOptions): Promise<void> {
  if (options.resend === options.drop) throw new InputFault(['say which: --resend or --drop']);
  if (!options.reason) throw new InputFault(['--reason: is missing; it is kept in the log']);
  const resolution: Resolution = options.resend ? 'resend' : 'drop';
  await withDesk(async (parts) => {
    const { resolved, tooYoung } = await new CampaignSteering(parts)
      .resolve(id, resolution, authorOf(options))
      .catch(inOtherWords([['drop them instead', 'use --drop']]));
    if (options.json) printJson({ resolved, tooYoung });
    else print(`${figure(resolved)} settled as ${resolution === 'drop' ? 'dropped' : 'to be sent again'}`);
    if (tooYoung > 0) {
      note(
        `${figure(tooYoung)} have been in doubt for less than ${duration(parts.config.send.doubtMs)} and stay so for now`,
      );
    }
    return 0;
  });
}
