import type { Config } from '../config/schema.ts';
import type { ReadPlace } from '../desk/campaign-log.ts';

/** Files where there are some (SLUICE_LOG), since they cost nothing to read; else BigQuery. */
export async function readPlace(config: Config): Promise<ReadPlace> {
  if (config.log.sinks.includes('files')) return { kind: 'files', dir: config.log.dir };
  const { openBigQueryLog } = await import('./wire-bigquery.ts');
  return { kind: 'bigquery', ...(await openBigQueryLog(config)) };
}
