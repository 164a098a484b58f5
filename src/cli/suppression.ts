import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command, Option } from 'commander';
import { describeProblem } from '../core/address.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { figure } from '../core/figures.ts';
import type { SuppressionDesk } from '../desk/desk.ts';
import { normalFilter, stampOf, suppressionDesk } from '../desk/suppression-desk.ts';
import { importSuppressionFile, SAY_WHY, type SuppressionFile } from '../desk/suppression-import.ts';
import type { Author } from '../queue/author.ts';
import { REASONS } from '../suppression/entry.ts';
import { suppressionRow } from '../suppression/export.ts';
import type { SuppressionFilter } from '../suppression/store.ts';
import { parseTarget, type Target } from '../suppression/target.ts';
import { withClient, withDesk } from './client.ts';
import { inOtherWords } from './flags.ts';
import { note, print, printJson } from './output.ts';
import { syncCommand } from './suppression-sync.ts';

interface TargetOptions {
  readonly sender?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly json?: boolean;
}

export function suppressionCommand(): Command {
  return new Command('suppression')
    .summary('who gets no mail')
    .description(
      'Who gets no mail: unsubscribed from one sender address (--sender), or bounced, complained or blocked everywhere (--reason).',
    )
    .addCommand(addCommand())
    .addCommand(removeCommand())
    .addCommand(checkCommand())
    .addCommand(listCommand())
    .addCommand(importCommand())
    .addCommand(exportCommand())
    .addCommand(syncCommand());
}

function addCommand(): Command {
  return withTarget(new Command('add'))
    .summary('suppress addresses')
    .description(
      'Suppresses addresses: for mail of one sender (--sender), or for all mail (--reason). Once it has said so, no mail is claimed for them. An address that is suppressed for the same thing already keeps its entry.',
    )
    .argument('<address...>')
    .option('--note <text>', 'why, or from where; kept with the entry')
    .addHelpText(
      'after',
      `
Examples:
  sluice suppression add anna@example.com --sender news@example.co.jp
  sluice suppression add spamtrap@example.com --reason blocked --note "asked by phone"`,
    )
    .action((addresses: string[], options: TargetOptions) =>
      withSuppression(async (desk) => {
        const author = { ...NOBODY, reason: options.note ?? null };
        const count = await desk.add(requiredTarget(options), addresses, author);
        if (options.json) printJson(count);
        else print(`${figure(count.added)} added, ${figure(count.already)} already suppressed`);
        return 0;
      }),
    );
}

function removeCommand(): Command {
  return withTarget(new Command('remove'))
    .summary('let addresses get mail again')
    .description(
      "Removes addresses from one list: that of a sender (--sender), or of a reason that counts everywhere (--reason). What they are suppressed for besides stays. Who is on SES's own list as well has to be removed there, too: the next sync brings them back otherwise.",
    )
    .argument('<address...>')
    .addHelpText(
      'after',
      `
Examples:
  sluice suppression remove anna@example.com --sender news@example.co.jp
  sluice suppression remove anna@example.com --reason bounced --json`,
    )
    .action((addresses: string[], options: TargetOptions) =>
      withSuppression(async (desk) => {
        const count = await desk.remove(requiredTarget(options), addresses, NOBODY);
        if (options.json) printJson(count);
        else print(`${figure(count.removed)} removed, ${figure(count.absent)} not suppressed for that`);
        return 0;
      }),
    );
}

function checkCommand(): Command {
  return new Command('check')
    .summary('show what keeps addresses from getting mail')
    .description('Shows for each address whether it gets mail, and if not, why, since when and by whom.')
    .argument('<address...>')
    .option('--sender <address>', 'as for mail of this sender; all senders where it is missing')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Examples:
  sluice suppression check anna@example.com
  sluice suppression check anna@example.com --sender news@example.co.jp --json`,
    )
    .action((addresses: string[], options: TargetOptions) =>
      withSuppression(async (desk) => {
        const rows = await desk.check(addresses, options.sender);
        if (options.json) printJson(rows);
        else for (const { address, suppressed } of rows) print(checkText(address, suppressed));
        return 0;
      }),
    );
}

function listCommand(): Command {
  return withTarget(new Command('list'))
    .summary('list suppressed addresses')
    .description(
      'Lists suppressed addresses, of one sender or reason or all of them: address, reason, sender, since when, by whom, and the note, with tabs between.',
    )
    .addHelpText(
      'after',
      `
Examples:
  sluice suppression list --reason blocked
  sluice suppression list --sender news@example.co.jp --json`,
    )
    .action((options: TargetOptions) =>
      withClient(async ({ suppression }) => {
        let isFirst = true;
        for await (const some of suppression.list(normalFilter(filterOf(options)))) {
          for (const row of some.map(suppressionRow)) {
            if (options.json) process.stdout.write(`${isFirst ? '[\n' : ',\n'}${JSON.stringify(row)}`);
            else
              print(
                [row.email, row.reason, row.sender ?? '', row.at ?? '', row.source, row.detail ?? '']
                  .join('\t')
                  .trimEnd(),
              );
            isFirst = false;
          }
        }
        if (options.json) print(isFirst ? '[]' : '\n]');
        else if (isFirst) note('nobody is suppressed for that');
        return 0;
      }),
    );
}

function importCommand(): Command {
  return withTarget(new Command('import'))
    .summary('suppress every address of a CSV file')
    .description(
      'Suppresses every address of a CSV file with a header: up to 1,000,000 rows or 100 MB. Rows that are no addresses are skipped and counted. A file that `export` wrote needs neither --sender nor --reason.',
    )
    .argument('<file>')
    .option('--column <name>', 'the column with the addresses, where its name does not tell')
    .addHelpText(
      'after',
      `
Examples:
  sluice suppression import unsubscribed.csv --sender news@example.co.jp
  sluice suppression import bounced.csv --reason bounced --column "E-mail" --json
  sluice suppression import exported.csv`,
    )
    .action((file: string, options: TargetOptions & { readonly column?: string }) =>
      withClient(async ({ suppression }) => {
        const count = await importFile(file, options, suppression);
        const { examples, ...figures } = count;
        if (options.json) printJson(figures);
        else
          print(
            `${figure(count.read)} rows read: ${figure(count.added)} added, ${figure(count.already)} already suppressed, ${figure(count.invalid)} no addresses`,
          );
        for (const example of examples) note(`  row ${example.row}: ${describeProblem(example.reason)}`);
        return 0;
      }),
    );
}

function exportCommand(): Command {
  return withTarget(new Command('export'))
    .summary('write suppressed addresses as CSV to standard output')
    .description(
      'Writes suppressed addresses, of one sender or reason or all of them, as CSV that `import` reads.',
    )
    .addHelpText(
      'after',
      `
Examples:
  sluice suppression export > suppressed.csv
  sluice suppression export --sender news@example.co.jp > unsubscribed.csv`,
    )
    .action((options: TargetOptions) =>
      withSuppression(async (desk) => {
        keepHeapSmall();
        await desk.export(filterOf(options), process.stdout);
        return 0;
      }),
    );
}

/**
 * Node lets its young generation grow to 134 MB where rows stream through; kept small, a million rows stay under 200 MB
 * at the same speed.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** A file that is here is read where it lies; the desk's own way is for one that comes as a stream. */
function importFile(
  file: string,
  options: TargetOptions & { readonly column?: string },
  store: Parameters<typeof importSuppressionFile>[1],
): ReturnType<typeof importSuppressionFile> {
  keepHeapSmall();
  const target: SuppressionFile['target'] = optionalTarget(options) ?? 'columns';
  const what = { path: resolve(file), name: file, column: options.column, target };
  const stamp = stampOf('import', NOBODY, systemClock.now());
  return importSuppressionFile(what, store, stamp).catch(
    inOtherWords([[SAY_WHY, '--sender ADDRESS, or --reason bounced|complained|blocked']]),
  );
}

/** An entry that was made here says what was noted, and not by whom. */
const NOBODY: Author = { by: '', reason: null };

function withSuppression(command: (desk: SuppressionDesk) => Promise<number>): Promise<void> {
  return withDesk((parts) => command(suppressionDesk(parts)));
}

function withTarget(command: Command): Command {
  return command
    .option('--sender <address>', 'unsubscribed from this sender address')
    .addOption(new Option('--reason <reason>', 'why').choices(REASONS))
    .option('--json', 'print one JSON value');
}

function requiredTarget(options: TargetOptions): Target {
  const target = optionalTarget(options);
  if (!target)
    throw new InputFault([
      'say which: --sender ADDRESS for unsubscribed, or --reason bounced|complained|blocked',
    ]);
  return target;
}

function optionalTarget(options: TargetOptions): Target | null {
  if (options.sender === undefined && options.reason === undefined) return null;
  const parsed = parseTarget(options.reason ?? '', options.sender ?? '');
  if (parsed.kind === 'wrong') throw new InputFault([parsed.problem]);
  return parsed.target;
}

function filterOf(options: TargetOptions): SuppressionFilter {
  const reason = REASONS.find((known) => known === options.reason);
  const { sender } = options;
  return { ...(reason === undefined ? {} : { reason }), ...(sender === undefined ? {} : { sender }) };
}

function checkText(address: string, suppressed: readonly ReturnType<typeof suppressionRow>[]): string {
  if (suppressed.length === 0) return `${address}: gets mail`;
  const lines = suppressed.map(({ reason, sender, at, source, detail }) => {
    const whom = sender === null ? 'everywhere' : `from ${sender}`;
    return `  ${reason} ${whom}, since ${at ?? 'an unknown time'}, by ${source}${detail === null ? '' : ` (${detail})`}`;
  });
  return [`${address}: gets no mail`, ...lines].join('\n');
}
