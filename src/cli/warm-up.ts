import { Command } from 'commander';
import { InputFault } from '../core/fault.ts';
import { figure } from '../core/figures.ts';
import { WarmUpDesk } from '../desk/warm-up-desk.ts';
import { withDesk } from './client.ts';
import { byFlags } from './flags.ts';
import { EXIT_FAILED, note, print, printJson } from './output.ts';
import { textTable } from './table.ts';

interface SetOptions {
  readonly start: string;
  readonly factor: string;
  readonly days: string;
  readonly by?: string;
  readonly json?: boolean;
}

export function warmUpCommand(): Command {
  return new Command('warm-up')
    .summary('let a new domain begin slowly')
    .description(
      'Schedules for sending domains that are new: so many recipients on the first day, by a factor more on each that follows. What is beyond a day waits for the next. Transactional mail counts too.',
    )
    .addCommand(setCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

function setCommand(): Command {
  return new Command('set')
    .summary('begin, or begin again')
    .description(
      'Begins a schedule for a domain, now. Campaigns whose From address is in that domain are held when the day is used up, and go on by themselves.',
    )
    .argument('<domain>')
    .requiredOption('--start <n>', 'recipients on the first day')
    .option('--factor <f>', 'by how much each day is more than the one before', '2')
    .option('--days <n>', 'how many days; afterwards there is no limit', '14')
    .option('--by <name>', 'who says so')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Examples:
  sluice warm-up set news.example.com --start 200
  sluice warm-up set example.jp --start 50 --factor 1.5 --days 30 --by Hana`,
    )
    .action((domain: string, options: SetOptions) =>
      withDesk(async (parts) => {
        const author = { by: options.by ?? 'operator', reason: null };
        const form = {
          start: number(options.start),
          factor: number(options.factor),
          days: number(options.days),
        };
        const schedule = await new WarmUpDesk(parts)
          .set(domain, { ...form, again: true }, author)
          .catch(byFlags({ start: '--start', factor: '--factor', days: '--days' }));
        if (options.json) printJson(schedule);
        else
          print(`${schedule.domain}: ${figure(schedule.start)} recipients today, for ${schedule.days} days`);
        return 0;
      }),
    );
}

function listCommand(): Command {
  return new Command('list')
    .summary('list the schedules')
    .description('Lists the schedules, with what they allow today and what is used of it.')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  sluice warm-up list --json')
    .action((options: { readonly json?: boolean }) =>
      withDesk(async (parts) => {
        const rows = await new WarmUpDesk(parts).list();
        if (options.json) printJson(rows);
        else if (rows.length === 0) note('No domain is warmed up: sluice warm-up set DOMAIN --start N');
        else
          print(
            textTable(
              ['domain', 'day', 'today', 'used', 'ends'],
              rows.map(({ domain, today, days, endsAt }) => [
                domain,
                today ? `${today.day + 1} of ${days}` : 'over',
                today ? figure(today.allowance) : 'no limit',
                today ? figure(today.used) : '',
                endsAt,
              ]),
            ),
          );
        return 0;
      }),
    );
}

function removeCommand(): Command {
  return new Command('remove')
    .summary('end a schedule')
    .description('Ends a schedule: the domain then sends as fast as the account allows.')
    .argument('<domain>')
    .addHelpText('after', '\nExample:\n  sluice warm-up remove news.example.com')
    .action((written: string) =>
      withDesk(async (parts) => {
        const domain = await removed(new WarmUpDesk(parts), written);
        if (domain === null) {
          note(`sluice: ${written} is not warmed up`);
          return EXIT_FAILED;
        }
        print(`${domain} is not warmed up any more`);
        return 0;
      }),
    );
}

/** Null where there is nothing to remove. */
async function removed(desk: WarmUpDesk, written: string): Promise<string | null> {
  try {
    return (await desk.remove(written, { by: '', reason: null })).domain;
  } catch (thrown) {
    if (thrown instanceof InputFault && thrown.kind === 'missing') return null;
    throw thrown;
  }
}

/** What is no number is judged with the rest. */
function number(written: string): unknown {
  return /^\d+(?:\.\d+)?$/.test(written.trim()) ? Number(written) : written;
}
