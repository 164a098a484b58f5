import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { figure } from '../core/figures.ts';
import { createLogger } from '../core/logger.ts';
import { refusedFile, type ShippedFiles, shipFiles } from '../log/ship-files.ts';
import { EXIT_FAILED, note, print, printJson } from './output.ts';

export function shipCommand(): Command {
  return new Command('ship')
    .summary('load files of the log into BigQuery')
    .description(
      'Loads what the files sink wrote into the table in BigQuery. What was loaded is noted in the folder (shipped.ndjson), so that a run that was cut off goes on where it was, and a later one loads only what is new. Files stay as they are.',
    )
    .requiredOption('--from <dir>', 'the folder of the log (SLUICE_LOG_DIR of the workers that wrote it)')
    .option('--json', 'print one JSON value: { "files", "already", "rows", "broken", "refused" }')
    .addHelpText(
      'after',
      `
Where to: GOOGLE_CLOUD_PROJECT, SLUICE_BIGQUERY_DATASET, SLUICE_BIGQUERY_TABLE, SLUICE_BIGQUERY_WRITE.

A row that workers wrote into BigQuery themselves is there twice afterwards, and once in the view.

Exit codes: 0; 1 where BigQuery refused rows (they are in refused.ndjson with the reason), or is away.

Example:
  SLUICE_BIGQUERY_DATASET=sluice sluice log ship --from /var/lib/sluice/log`,
    )
    .action(async ({ from, json }: { readonly from: string; readonly json?: boolean }) => {
      const config = loadConfig('client-without-redis');
      const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY });
      const { bigQuerySink, openWarehouse } = await import('./wire-bigquery.ts');
      const warehouse = await openWarehouse(config, false);
      const sink = bigQuerySink(warehouse, logger);
      try {
        const destination = warehouse.name;
        const sum = await shipFiles({ dir: from, sink, destination, onProgress: progress() });
        if (json) printJson(sum);
        else print(sumText(sum, destination));
        if (sum.refused > 0) {
          note(`rows that BigQuery refused are in ${refusedFile(from)}`);
          process.exitCode = EXIT_FAILED;
        }
      } finally {
        await sink.close();
      }
    });
}

const PROGRESS_ROWS = 1_000_000;

function progress(): (sum: ShippedFiles) => void {
  let told = PROGRESS_ROWS;
  return ({ rows }) => {
    if (rows < told) return;
    note(`${figure(rows)} rows loaded`);
    told = rows + PROGRESS_ROWS;
  };
}

function sumText({ files, already, rows, broken, refused }: ShippedFiles, destination: string): string {
  const more = [
    ...(already > 0 ? [`in ${figure(already)} of them was nothing new`] : []),
    ...(broken > 0 ? [`${figure(broken)} lines were no rows`] : []),
    ...(refused > 0 ? [`${figure(refused)} rows were refused`] : []),
  ];
  return [`${figure(rows)} rows of ${figure(files)} files loaded into ${destination}`, ...more].join('; ');
}
