import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { SetupStep } from '../log/bigquery-table.ts';
import { print, printJson } from './output.ts';
import { textTable } from './table.ts';

export function setupCommand(): Command {
  return new Command('setup')
    .summary('make what Sluice needs in BigQuery')
    .description(
      'Makes the dataset, the table and the view of the delivery log in BigQuery where they are missing, and adds columns that the table lacks. What is there is changed in no other way. Workers do the same when they start, where they may.',
    )
    .option('--dry-run', 'say what would be made or changed, and do nothing')
    .option('--json', 'print an array of { "what", "outcome", "note" }')
    .addHelpText(
      'after',
      `
Where: GOOGLE_CLOUD_PROJECT, SLUICE_BIGQUERY_DATASET, SLUICE_BIGQUERY_TABLE,
SLUICE_BIGQUERY_LOCATION.

Exit codes: 0; 1 where BigQuery refuses, or something else has the name; 2 for wrong settings.

Examples:
  sluice setup --dry-run
  sluice setup`,
    )
    .action(async (options: { readonly dryRun?: boolean; readonly json?: boolean }) => {
      const config = loadConfig('client-without-redis');
      const { openWarehouse } = await import('./wire-bigquery.ts');
      const { table } = await openWarehouse(config);
      const steps = await table.prepare(options.dryRun === true);
      if (options.json) printJson(steps);
      else print(stepsText(steps));
    });
}

function stepsText(steps: readonly SetupStep[]): string {
  return textTable(
    ['', '', ''],
    steps.map(({ what, outcome, note }) => [what, outcome, note]),
    { withHeader: false },
  );
}
