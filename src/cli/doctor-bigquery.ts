import type { Config } from '../config/schema.ts';
import { Fault, InputFault, messageOf } from '../core/fault.ts';
import { type Check, fail, ok, warn } from './doctor-check.ts';

const NAME = 'bigquery';

/** Whether the log's table is there and fits; nothing is made. None where the log does not go to BigQuery. */
export async function bigQueryChecks(config: Config): Promise<Check[]> {
  if (!config.log.sinks.includes('bigquery')) return [];
  try {
    const { openWarehouse } = await import('./wire-bigquery.ts');
    const { table } = await openWarehouse(config, false);
    const steps = await table.prepare(true);
    const wanted = steps.filter(({ outcome }) => outcome === 'wanted');
    if (wanted.length === 0)
      return [ok(NAME, steps.map(({ what, note }) => (note ? `${what} (${note})` : what)).join(', '))];
    const list = wanted.map(({ what, note }) => (note ? `${what} ${note}` : what)).join(', ');
    return [
      warn(NAME, `to be made or changed: ${list}`, 'run sluice setup; workers do it too, where they may'),
    ];
  } catch (thrown) {
    return [problem(thrown)];
  }
}

function problem(thrown: unknown): Check {
  const found = messageOf(thrown);
  if (thrown instanceof InputFault) return fail(NAME, found, 'correct the setting');
  switch (thrown instanceof Fault ? thrown.code : '') {
    case 'BIGQUERY_FORBIDDEN':
      return warn(
        NAME,
        found,
        'give the account BigQuery Data Editor on the dataset (docs/bigquery.md), or make the table with sluice setup elsewhere',
      );
    case 'BIGQUERY_CLASH':
      return fail(NAME, found, 'correct the settings; until then rows wait in Redis, and then sending holds');
    default:
      return fail(
        NAME,
        found,
        'check credentials, project and network; until then rows wait in Redis, and then sending holds',
      );
  }
}
