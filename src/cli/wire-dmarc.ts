import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { BigQueryReportStore } from '../dmarc/bigquery-store.ts';
import { FilesReportStore } from '../dmarc/files-store.ts';
import { type ReportStore, ReportStores } from '../dmarc/report-store.ts';

/**
 * Where the log is: its folder, BigQuery, or both (SLUICE_LOG). Files are read where there are some, since they cost nothing.
 * @throws InputFault, Fault BIGQUERY_… where BigQuery is set and can't be named
 */
export async function openReportStore(config: Config): Promise<ReportStore> {
  const { sinks, dir } = config.log;
  const files = sinks.includes('files') ? new FilesReportStore(dir) : null;
  if (!sinks.includes('bigquery')) return files ?? new FilesReportStore(dir);
  const { openWarehouse } = await import('./wire-bigquery.ts');
  const { bigquery, place } = await openWarehouse(config);
  const rows = new BigQueryReportStore({ bigquery, place, clock: systemClock });
  return files ? new ReportStores(files, rows) : rows;
}
