import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { submitCampaign } from '../desk/campaign-submit.ts';
import { named, readCampaignFile } from './campaign-file.ts';
import { withDesk } from './client.ts';
import { follow } from './follow.ts';
import { onInterruptSay } from './interrupt.ts';
import { EXIT_FAILED, LiveLine, note, print, printJson } from './output.ts';
import { printReceipt } from './print-receipt.ts';

interface SendOptions {
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly dryRun?: boolean;
  readonly test?: readonly string[];
  readonly row?: string;
  readonly json?: boolean;
}

export function sendCommand(): Command {
  return new Command('send')
    .summary('enqueue a campaign')
    .description(
      'Checks a campaign, puts it on the queue, and with --wait follows it until its receipt is final.',
    )
    .argument('<file>', 'the campaign as JSON; - for standard input')
    .argument('[addresses...]', 'with --test: more addresses')
    .option('--wait', 'show progress until the campaign is over and its rows are in the log')
    .option('--timeout <seconds>', 'with --wait or --test: stop waiting after so long (a campaign goes on)')
    .option('--dry-run', 'say what would happen, and send nothing: the same as `sluice check`')
    .option(
      '--test <address>',
      'send the mail to this address only, to look at it; it counts nowhere (may be repeated)',
      (address: string, others: readonly string[] | undefined) => [...(others ?? []), address],
    )
    .option('--row <n>', 'with --test: the row whose data is used (else the first that would get the mail)')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Exit codes: 0 enqueued (with --wait: finished); 1 it failed, was cancelled, or the time is up; 2 the campaign is wrong,
and nothing was enqueued. The same campaign again is no mistake: nothing is sent twice.
With --test: 0 SES accepted the mail for every address; 1 it did not. A test needs a worker that runs, uses up no id, and
goes to nobody who is suppressed.

Examples:
  sluice send campaign.json --wait
  sluice send campaign.json --test me@example.com you@example.com --row 12
  jq '.id = "monday"' campaign.json | sluice send - --json`,
    )
    .action(send);
}

async function send(file: string, more: readonly string[], options: SendOptions): Promise<void> {
  refuseTogether(options, more);
  const timeoutMs = timeoutOf(options);
  if (options.dryRun) {
    const { check } = await import('./check.ts');
    return check(file, options);
  }
  if (options.test) {
    const { json = false } = options;
    const { sendTestMail } = await import('./send-test.ts');
    const addresses = [...options.test, ...more];
    return sendTestMail(file, { addresses, row: rowOf(options), waitMs: timeoutMs, json });
  }
  return enqueue(file, options, timeoutMs);
}

async function enqueue(file: string, options: SendOptions, timeoutMs: number | null): Promise<void> {
  const campaign = readCampaignFile(file);
  await withDesk(async (parts) => {
    const { notes, ...enqueued } = await submitCampaign(parts, campaign).catch(named(file));
    for (const text of notes) note(`sluice: ${text}`);
    const known = enqueued.kind === 'known' ? ' (it had been before; nothing is sent twice)' : '';
    if (!options.wait) {
      if (options.json) printJson(enqueued);
      else print(`${enqueued.id} is enqueued${known}`);
      return 0;
    }
    note(`${enqueued.id} is enqueued${known}`);
    const { campaigns, outbox } = parts.client;
    const isOver = onInterruptSay(
      `${enqueued.id} goes on; \`sluice status ${enqueued.id} --watch\` follows it, \`sluice cancel\` ends it`,
    );
    const end = await follow(
      { campaigns, outbox, clock: systemClock, line: new LiveLine() },
      enqueued.id,
      timeoutMs,
    );
    isOver();
    if (end.receipt) printReceipt(end.receipt, options.json === true);
    if (end.kind === 'timeout')
      note(`sluice: ${enqueued.id} is not over after ${options.timeout} s; it goes on`);
    return end.kind === 'over' && end.receipt.state === 'finished' ? 0 : EXIT_FAILED;
  });
}

function timeoutOf(options: SendOptions): number | null {
  if (options.timeout === undefined) return null;
  const seconds = Number(options.timeout);
  if (!options.wait && !options.test) throw new InputFault(['--timeout: only goes with --wait or --test']);
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new InputFault([`--timeout: "${options.timeout}" is not a number of seconds above zero`]);
  }
  return seconds * 1000;
}

function refuseTogether(options: SendOptions, more: readonly string[]): void {
  const { wait, dryRun, test, row } = options;
  const asked = [...(wait ? ['--wait'] : []), ...(dryRun ? ['--dry-run'] : []), ...(test ? ['--test'] : [])];
  if (asked.length > 1) throw new InputFault([`${asked.join(' and ')} do not go together`]);
  if (more.length > 0 && !test) throw new InputFault([`${more.join(' ')}: one campaign at a time`]);
  if (row !== undefined && !test) throw new InputFault(['--row: only goes with --test']);
}

function rowOf({ row }: SendOptions): number | null {
  if (row === undefined) return null;
  if (!/^[1-9]\d{0,9}$/.test(row))
    throw new InputFault([`--row: "${row}" is not the number of a row, from 1`]);
  return Number(row);
}
