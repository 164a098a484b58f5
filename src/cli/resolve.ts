import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import type { Resolution } from '../send/doubt.ts';
import { authorOf } from './author.ts';
import { withClient } from './client.ts';
import { note, print, printJson } from './output.ts';
import { duration, figure } from '../core/figures.ts';

interface ResolveOptions {
  readonly resend?: boolean;
  readonly drop?: boolean;
  readonly reason?: string;
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
  const { by } = authorOf({});
  const grounds = { policy: 'operator', reason: options.reason };
  await withClient(async ({ campaigns, courier, doubt }, config) => {
    const campaign = await campaigns.look(id);
    if (!campaign) throw new InputFault([`no campaign has the id "${id}"; \`sluice status\` lists them`]);
    if (campaign.isEnding && resolution === 'resend') {
      throw new InputFault([`${id} is over, and sends to nobody more: use --drop`]);
    }
    const batches = await doubt.batches(id);
    const ends = await Promise.all(
      batches.map((batch) => doubt.resolve(campaign, batch, resolution, config.send.doubtMs, grounds)),
    );
    const resolved = ends.reduce((sum, end) => sum + end.resolved, 0);
    const tooYoung = ends.reduce((sum, end) => sum + end.tooYoung, 0);
    if (resolved > 0 && campaign.held?.code === 'DOUBT') {
      await campaigns.release(id, campaign.project, `resolved: ${options.reason}`, campaign.held, by);
    }
    if (resolution === 'resend') await courier.batches(id, campaign.category, batches);
    if (options.json) printJson({ resolved, tooYoung });
    else print(`${figure(resolved)} settled as ${resolution === 'drop' ? 'dropped' : 'to be sent again'}`);
    if (tooYoung > 0) {
      note(
        `${figure(tooYoung)} have been in doubt for less than ${duration(config.send.doubtMs)} and stay so for now`,
      );
    }
    return 0;
  });
}
