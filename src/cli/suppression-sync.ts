import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { figure } from '../core/figures.ts';
import type { DeskParts } from '../desk/parts.ts';
import { syncWithSes } from '../desk/suppression-sync.ts';
import type { SyncCount } from '../suppression/sync.ts';
import { withDesk } from './client.ts';
import { onInterruptSay } from './interrupt.ts';
import { LiveLine, note, print, printJson } from './output.ts';

interface SyncFlags {
  readonly fromSes?: boolean;
  readonly toSes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** When it is broken off. */
const GOES_ON = 'What was added stays; run it again for the rest.';

export function syncCommand(): Command {
  return new Command('sync')
    .summary("bring this list and SES's own together")
    .description(
      "Takes who is on SES's account-level suppression list over as bounced or complained, and puts who has bounced or complained here on that list. What is blocked or unsubscribed is not put there, since SES has no such reason; addresses of the mailbox simulator are left out.",
    )
    .option('--from-ses', "only take over what is on SES's list")
    .option('--to-ses', "only put what is suppressed here on SES's list")
    .option('--dry-run', 'say what would be added, and add nothing')
    .option('--json', 'print one JSON value: { "dryRun", "fromSes", "toSes" }')
    .addHelpText(
      'after',
      `
Nothing is removed on either side. To let an address get mail again, remove it on both: \`suppression remove\` here,
DeleteSuppressedDestination (or the console) in SES. An address that is removed on one side alone is back after the next sync.

It needs ses:ListSuppressedDestinations and ses:PutSuppressedDestination (not with --from-ses). SES may take one address a
second. Where it was broken off, run it again.

Examples:
  sluice suppression sync --dry-run
  sluice suppression sync
  sluice suppression sync --from-ses --json`,
    )
    .action((flags: SyncFlags) =>
      withDesk(async (parts) => {
        const count = await sync(flags, parts);
        if (flags.json) printJson({ dryRun: flags.dryRun ?? false, ...count });
        else print(syncText(count, flags.dryRun ?? false));
        return 0;
      }),
    );
}

/** After that a command that seems to do nothing says how far it is, where nobody watches a terminal. */
const QUIET_MS = 5_000;

async function sync(flags: SyncFlags, parts: DeskParts): Promise<SyncCount> {
  const { dryRun = false } = flags;
  const line = new LiveLine();
  const isOver = onInterruptSay(dryRun ? 'Nothing was added.' : GOES_ON);
  const beganMs = systemClock.now();
  let added = 0;
  try {
    return await syncWithSes(parts, flags, {
      onProgress: (count) => {
        added = (count.fromSes?.added ?? 0) + (count.toSes?.added ?? 0);
        if (process.stderr.isTTY || systemClock.now() - beganMs > QUIET_MS) line.show(progressText(count));
      },
      onRefused: (address, why) => {
        line.end();
        note(`  SES does not take ${address}: ${why}`);
      },
    });
  } catch (thrown) {
    line.end();
    if (added > 0 && !dryRun) note(GOES_ON);
    throw thrown;
  } finally {
    line.end();
    isOver();
  }
}

function progressText({ fromSes, toSes }: SyncCount): string {
  const parts = [
    ...(fromSes ? [`${figure(fromSes.read)} read from SES, ${figure(fromSes.added)} added here`] : []),
    ...(toSes ? [`${figure(toSes.read)} looked at here, ${figure(toSes.added)} added to SES`] : []),
  ];
  return parts.join('; ');
}

function syncText({ fromSes, toSes }: SyncCount, isDryRun: boolean): string {
  const added = isDryRun ? 'would be added' : 'added';
  const lines: string[] = [];
  if (fromSes) {
    const { read, already, simulator, invalid } = fromSes;
    const rest = some([simulator, 'of the mailbox simulator'], [invalid, 'no addresses']);
    lines.push(
      `from SES: ${figure(read)} read: ${figure(fromSes.added)} ${added}, ${figure(already)} already suppressed${rest}`,
    );
  }
  if (toSes) {
    const { read, already, simulator, refused } = toSes;
    const rest = some([simulator, 'of the mailbox simulator'], [refused, 'refused by SES']);
    lines.push(
      `to SES: ${figure(read)} read: ${figure(toSes.added)} ${added}, ${figure(already)} already there${rest}`,
    );
  }
  return lines.join('\n');
}

/** What is rare is only named where there is some. */
function some(...counts: readonly (readonly [count: number, what: string])[]): string {
  return counts.flatMap(([count, what]) => (count > 0 ? [`, ${figure(count)} ${what}`] : [])).join('');
}
