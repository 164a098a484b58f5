import type { BigQuery, Table } from '@google-cloud/bigquery';
import { z } from 'zod';
import { datasetAt } from '../bigquery/dataset.ts';
import { type BigQueryPlace, fullName, sqlName } from '../bigquery/place.ts';
import { queryPages, queryRows } from '../bigquery/query.ts';
import { bigQueryFault, orNull, troubleOf } from '../bigquery/trouble.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { AggregateReport } from './report.ts';
import type { ReportQuery, ReportStore } from './report-store.ts';

const TABLE = 'dmarc_reports';

const SCHEMA = [
  { name: 'report_key', type: 'STRING', mode: 'REQUIRED' },
  { name: 'month', type: 'STRING', mode: 'REQUIRED' },
  { name: 'domain', type: 'STRING', mode: 'REQUIRED' },
  { name: 'organisation', type: 'STRING', mode: 'REQUIRED' },
  { name: 'email', type: 'STRING', mode: 'NULLABLE' },
  { name: 'report_id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'begin_time', type: 'TIMESTAMP', mode: 'REQUIRED' },
  { name: 'end_time', type: 'TIMESTAMP', mode: 'REQUIRED' },
  { name: 'policy', type: 'JSON', mode: 'REQUIRED' },
  { name: 'records', type: 'JSON', mode: 'REQUIRED' },
  { name: 'imported_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
];

/** A table that was just made is unknown to insertAll for a while: some seconds, at most two minutes. */
const NEW_TABLE_TRIES = 24;
const NEW_TABLE_PAUSE_MS = 5_000;

export interface BigQueryReportStoreParts {
  readonly bigquery: BigQuery;
  readonly place: Pick<BigQueryPlace, 'project' | 'dataset' | 'location'>;
  readonly clock: Clock;
}

/**
 * Reports in the table `dmarc_reports` beside the log's: a row a report, so that each is there whole or not at all. The table is made
 * where it is missing. What is there is not written again; where two imports run at a time a row may be there twice, and is read once.
 */
export class BigQueryReportStore implements ReportStore {
  readonly name: string;
  readonly #bigquery: BigQuery;
  readonly #place: BigQueryReportStoreParts['place'];
  readonly #clock: Clock;
  #known: Promise<Set<string>> | null = null;
  #isNew = false;

  constructor({ bigquery, place, clock }: BigQueryReportStoreParts) {
    this.#bigquery = bigquery;
    this.#place = place;
    this.#clock = clock;
    this.name = fullName(place, TABLE);
  }

  /** @throws Fault BIGQUERY_… */
  async add(report: AggregateReport): Promise<boolean> {
    this.#known ??= this.#prepare().catch((thrown: unknown) => {
      this.#known = null;
      throw thrown;
    });
    const known = await this.#known;
    if (known.has(report.key)) return false;
    await this.#insert(rowOf(report, this.#clock.now()));
    known.add(report.key);
    return true;
  }

  /** BigQuery keeps what it has taken. What others bring until the next import is asked for then. */
  async settle(): Promise<void> {
    this.#known = null;
  }

  async months(): Promise<string[]> {
    const rows = await this.#ask('SELECT DISTINCT month', 'ORDER BY month');
    return rows.map(({ month }) => String(month));
  }

  async *reports({ months, domain }: ReportQuery): AsyncGenerator<AggregateReport> {
    if (!(await this.#isThere())) return;
    const seen = new Set<string>();
    const values = { months: months.join(','), domain: domain ?? '' };
    const sql = `SELECT * FROM ${this.#table} WHERE month IN UNNEST(SPLIT(@months, ',')) AND (@domain = '' OR domain = @domain) ORDER BY month, report_key, imported_at`;
    for await (const { rows } of queryPages(this.#bigquery, { ...this.#where, sql, values })) {
      for (const row of rows) {
        const report = reportOf(row);
        if (!seen.has(report.key)) yield report;
        seen.add(report.key);
      }
    }
  }

  get #table(): string {
    return sqlName(this.#place, TABLE);
  }

  get #where() {
    return { location: this.#place.location };
  }

  /** Makes the table where it is missing. @returns keys of what is in it */
  async #prepare(): Promise<Set<string>> {
    if (!(await this.#isThere())) {
      await this.#make();
      return new Set();
    }
    const rows = await this.#ask('SELECT DISTINCT report_key', '');
    return new Set(rows.map((row) => String(row['report_key'])));
  }

  async #make(): Promise<void> {
    const options = { schema: SCHEMA, description: 'Sluice: DMARC aggregate reports, one row each.' };
    try {
      // Another import may be faster.
      await orNull('exists', () => datasetAt(this.#bigquery, this.#place).createTable(TABLE, options));
      this.#isNew = true;
    } catch (thrown) {
      if (troubleOf(thrown) !== 'missing') throw bigQueryFault(`making ${this.name}`, thrown);
      const dataset = `${this.#place.project}.${this.#place.dataset}`;
      throw new Fault(
        'BIGQUERY_MISSING',
        `BigQuery: there is no dataset ${dataset}: \`sluice setup\` makes it`,
        { cause: thrown },
      );
    }
  }

  async #ask(select: string, rest: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    if (!(await this.#isThere())) return [];
    return queryRows(this.#bigquery, { ...this.#where, sql: `${select} FROM ${this.#table} ${rest}` });
  }

  async #isThere(): Promise<boolean> {
    const table = datasetAt(this.#bigquery, this.#place).table(TABLE);
    try {
      return (await orNull('missing', () => table.getMetadata())) !== null;
    } catch (thrown) {
      throw bigQueryFault(`looking for ${this.name}`, thrown);
    }
  }

  async #insert(row: Row): Promise<void> {
    const table = datasetAt(this.#bigquery, this.#place).table(TABLE);
    for (let tries = 1; ; tries += 1) {
      try {
        await insertRow(table, row);
        return;
      } catch (thrown) {
        const isEarly = this.#isNew && troubleOf(thrown) === 'missing' && tries < NEW_TABLE_TRIES;
        if (!isEarly) throw bigQueryFault(`inserting into ${this.name}`, thrown);
      }
      await this.#clock.sleep(NEW_TABLE_PAUSE_MS);
    }
  }
}

type Row = ReturnType<typeof rowOf>;

/** The request itself, as log/insert-writer.ts makes it; the id keeps BigQuery from taking a row twice within a minute. */
async function insertRow(table: Table, row: Row): Promise<void> {
  const json = {
    kind: 'bigquery#tableDataInsertAllRequest',
    rows: [{ insertId: row.report_key, json: row }],
  };
  const answer: unknown = await table.request({ method: 'POST', uri: '/insertAll', json });
  const [{ insertErrors }] = Answer.parse(answer);
  if (insertErrors.length > 0)
    throw new Fault('BIGQUERY_WRONG', `BigQuery: ${TABLE}: ${JSON.stringify(insertErrors).slice(0, 500)}`);
}

const Answer = z.tuple([z.object({ insertErrors: z.array(z.unknown()).default([]) })]).rest(z.unknown());

function rowOf(report: AggregateReport, now: number) {
  return {
    report_key: report.key,
    month: report.month,
    domain: report.domain,
    organisation: report.organisation,
    email: report.email,
    report_id: report.reportId,
    begin_time: report.begin,
    end_time: report.end,
    policy: JSON.stringify(report.policy),
    records: JSON.stringify(report.records),
    imported_at: new Date(now).toISOString(),
  };
}

const StoredRow = z.object({
  report_key: z.string(),
  month: z.string(),
  domain: z.string(),
  organisation: z.string(),
  email: z.string().nullable(),
  report_id: z.string(),
  begin_time: z.string(),
  end_time: z.string(),
  policy: z.string(),
  records: z.string(),
});

function reportOf(row: Readonly<Record<string, unknown>>): AggregateReport {
  const stored = StoredRow.parse(row);
  return AggregateReport.parse({
    key: stored.report_key,
    month: stored.month,
    domain: stored.domain,
    organisation: stored.organisation,
    email: stored.email,
    reportId: stored.report_id,
    begin: stored.begin_time,
    end: stored.end_time,
    policy: JSON.parse(stored.policy),
    records: JSON.parse(stored.records),
  });
}
