import { Command } from 'commander';
import { parseAddress } from '../core/address.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { figure } from '../core/figures.ts';
import { LIMITS_KNOWN_MS } from '../send/sending-limits.ts';
import { DAY_MS, type WarmUp, type WarmUpBook, warmUpDay } from '../send/warm-up.ts';
import { withClient } from './client.ts';
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
    .action((domain: string, options: SetOptions) => {
      const schedule = scheduleOf(domain, options);
      return withClient(async ({ warmUps }) => {
        await warmUps.set(schedule);
        // When it is said to be set, every worker knows it.
        await systemClock.sleep(LIMITS_KNOWN_MS);
        if (options.json) printJson(await rowOf(warmUps, schedule));
        else
          print(`${schedule.domain}: ${figure(schedule.start)} recipients today, for ${schedule.days} days`);
        return 0;
      });
    });
}

function listCommand(): Command {
  return new Command('list')
    .summary('list the schedules')
    .description('Lists the schedules, with what they allow today and what is used of it.')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  sluice warm-up list --json')
    .action((options: { readonly json?: boolean }) =>
      withClient(async ({ warmUps }) => {
        const rows = [];
        for (const schedule of await warmUps.list()) rows.push(await rowOf(warmUps, schedule));
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
    .action((domain: string) =>
      withClient(async ({ warmUps }) => {
        if (await warmUps.remove(normalDomain(domain) ?? domain)) {
          print(`${domain} is not warmed up any more`);
          return 0;
        }
        note(`sluice: ${domain} is not warmed up`);
        return EXIT_FAILED;
      }),
    );
}

/** @throws InputFault with everything that is wrong */
function scheduleOf(written: string, options: SetOptions): WarmUp {
  const domain = normalDomain(written);
  const [start, factor, days] = [options.start, options.factor, options.days].map(Number);
  const problems: string[] = [];
  if (domain === null) problems.push(`"${written}" is no domain, such as news.example.com`);
  if (!isWhole(start, 1_000_000_000))
    problems.push(`--start: "${options.start}" is no whole number from 1 on`);
  if (factor === undefined || !(factor >= 1 && factor <= 10))
    problems.push(`--factor: "${options.factor}" is no number from 1 to 10`);
  if (!isWhole(days, 365)) problems.push(`--days: "${options.days}" is no whole number from 1 to 365`);
  if (problems.length > 0 || domain === null) throw new InputFault(problems);
  const [by, beganAt] = [options.by ?? 'operator', systemClock.now()];
  return { domain, start: start ?? 1, factor: factor ?? 1, days: days ?? 1, beganAt, by };
}

function isWhole(number: number | undefined, max: number): boolean {
  return number !== undefined && Number.isInteger(number) && number >= 1 && number <= max;
}

/** As a From address has it in its normal form; null where it is none. */
function normalDomain(written: string): string | null {
  const parsed = parseAddress(`a@${written}`);
  return parsed.kind === 'address' ? parsed.address.domain : null;
}

async function rowOf(warmUps: WarmUpBook, schedule: WarmUp) {
  const today = warmUpDay(schedule, systemClock.now());
  const { domain, start, factor, days, beganAt, by } = schedule;
  return {
    domain,
    start,
    factor,
    days,
    by,
    beganAt: new Date(beganAt).toISOString(),
    endsAt: new Date(beganAt + days * DAY_MS).toISOString(),
    today: today && {
      day: today.day,
      allowance: today.allowance,
      used: await warmUps.used(domain, today.day),
      endsAt: new Date(today.endsAt).toISOString(),
    },
  };
}
