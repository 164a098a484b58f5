import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { streamLog } from '../log/query.ts';
import { terminalColumns } from './colour.ts';
import { shipCommand } from './log-ship.ts';
import { print } from './output.ts';
import { readPlace } from './read-place.ts';
import { fitsTable, textRecords, textTable } from './table.ts';

export function logCommand(): Command {
  return new Command('log')
    .summary('ask the delivery log')
    .description('Asks the delivery log.')
    .addCommand(queryCommand())
    .addCommand(shipCommand());
}

function queryCommand(): Command {
  return new Command('query')
    .summary('ask the log with SQL')
    .description(
      'Asks the log with one SELECT over the table `events`, or the view `deliveries`, which has each event once: in the files of SLUICE_LOG_DIR with DuckDB, or in BigQuery where SLUICE_LOG has no files.',
    )
    .argument('<sql>')
    .option('--json', 'print an array of row objects')
    .addHelpText(
      'after',
      `
On a terminal what does not fit is cut; a pipe gets it whole, and --json gives values as they are.

Examples:
  sluice log query "SELECT event_type, count(*) AS n FROM deliveries GROUP BY 1 ORDER BY n DESC"
  sluice log query "SELECT * FROM deliveries WHERE recipient = 'anna@example.com'" --json`,
    )
    .action(async (sql: string, options: { readonly json?: boolean }) => {
      const parts = await answerOf(loadConfig('client-without-redis'), sql);
      if (options.json) await printArray(parts);
      else await printTable(parts);
    });
}

type Answer = AsyncIterable<{
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}>;

async function answerOf(config: Config, sql: string): Promise<Answer> {
  const place = await readPlace(config);
  return place.kind === 'files' ? streamLog(place.dir, sql) : place.log.pages(sql);
}

/** Row by row, so that an answer of millions of rows is never held. */
async function printArray(parts: Answer): Promise<void> {
  let isFirst = true;
  for await (const { rows } of parts) {
    for (const row of rows) {
      process.stdout.write(`${isFirst ? '[\n' : ',\n'}${JSON.stringify(row)}`);
      isFirst = false;
    }
  }
  print(isFirst ? '[]' : '\n]');
}

/** A table where it fits the terminal, else one field a line. What goes into a pipe is never cut. */
async function printTable(parts: Answer): Promise<void> {
  const columnsMax = terminalColumns() ?? Number.POSITIVE_INFINITY;
  let asTable: boolean | null = null;
  let withHeader = true;
  for await (const { columns, rows } of parts) {
    const cells = rows.map((row) => columns.map((column) => cell(row, column)));
    // The first part decides for all; widths are those of each part, and only the first has a header.
    asTable ??= fitsTable(columns, cells, { columnsMax });
    if (asTable) print(textTable(columns, cells, { columnsMax, withHeader }));
    else if (cells.length > 0) print(`${withHeader ? '' : '\n'}${textRecords(columns, cells)}`);
    withHeader = false;
  }
}

function cell(row: Readonly<Record<string, unknown>>, column: string): string {
  const value = row[column];
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
