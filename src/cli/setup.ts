import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { InputFault } from '../core/fault.ts';
import type { SetupStep } from '../core/setup-step.ts';
import { EXIT_FAILED, print, printJson } from './output.ts';
import { textTable } from './table.ts';

export function setupCommand(): Command {
  return new Command('setup')
    .summary('make what Sluice needs in SES and BigQuery')
    .description(
      'Makes the configuration set in SES, which requires TLS and publishes events to an SNS topic, and the dataset, the table and the view of the delivery log in BigQuery, where they are missing. Of what is there it only adds what is lacking: that TLS is required, types of events, columns. Each part is for who has set its variables.',
    )
    .option('--topic <arn>', 'SNS topic that gets the events, otherwise the first of SLUICE_SNS_TOPICS')
    .option('--dry-run', 'say what would be made or changed, and do nothing')
    .option('--json', 'print an array of { "what", "outcome", "note" }')
    .addHelpText(
      'after',
      `
SES: SLUICE_CONFIGURATION_SET, AWS_REGION and AWS credentials. BigQuery: GOOGLE_CLOUD_PROJECT, SLUICE_BIGQUERY_DATASET,
SLUICE_BIGQUERY_TABLE, SLUICE_BIGQUERY_LOCATION.

Outcomes: there, made, changed; wanted (--dry-run), skipped (not needed), lacking (do what the note says first), refused.

Exit codes: 0; 1 where SES or BigQuery refuses, or something else has the name; 2 for wrong settings.

Examples:
  sluice setup --dry-run
  sluice setup --topic arn:aws:sns:ap-northeast-1:123456789012:sluice-events`,
    )
    .action(async (options: SetupFlags) => {
      const config = loadConfig('client-without-redis');
      if (config.ses.configurationSet === null && config.bigquery === null) throw new InputFault(NOTHING);
      const steps = await sesSteps(config, options);
      try {
        steps.push(...(await bigQuerySteps(config, options.dryRun === true)));
      } finally {
        // What was done in SES is shown, whatever BigQuery says.
        if (options.json) printJson(steps);
        else print(stepsText(steps));
      }
      if (steps.some(({ outcome }) => outcome === 'refused')) process.exitCode = EXIT_FAILED;
    });
}

interface SetupFlags {
  readonly topic?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const NOTHING = [
  'SLUICE_CONFIGURATION_SET is not set: it names the configuration set in SES, such as sluice',
  'SLUICE_BIGQUERY_DATASET is not set: it names the dataset of the log in BigQuery, such as sluice',
];
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;

async function sesSteps(config: Config, { topic, dryRun = false }: SetupFlags): Promise<SetupStep[]> {
  if (topic !== undefined && !TOPIC.test(topic))
    throw new InputFault([
      `--topic: "${topic}" is no ARN of an SNS topic, such as arn:aws:sns:ap-northeast-1:123456789012:sluice-events`,
    ]);
  const { configurationSet: name, kind, endpoint } = config.ses;
  if (name === null)
    return [{ what: 'configuration set', outcome: 'skipped', note: 'SLUICE_CONFIGURATION_SET names none' }];
  if (kind === 'sandbox' && endpoint === null)
    return [{ what: `configuration set ${name}`, outcome: 'skipped', note: OWN_SANDBOX }];
  const { openConfigurationSet } = await import('./wire-setup.ts');
  const set = openConfigurationSet(config, name, topic ?? config.feedback.snsTopics[0] ?? null);
  try {
    return await set.prepare(dryRun);
  } finally {
    set.close();
  }
}

const OWN_SANDBOX = 'mail goes to sandboxes inside of the workers (SLUICE_SES=sandbox)';

async function bigQuerySteps(config: Config, dryRun: boolean): Promise<readonly SetupStep[]> {
  if (config.bigquery === null) return [];
  const { openWarehouse } = await import('./wire-bigquery.ts');
  const { table } = await openWarehouse(config);
  return table.prepare(dryRun);
}

function stepsText(steps: readonly SetupStep[]): string {
  return textTable(
    ['', '', ''],
    steps.map(({ what, outcome, note }) => [what, outcome, note]),
    { withHeader: false },
  );
}
