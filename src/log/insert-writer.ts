import { hash } from 'node:crypto';
import type { BigQuery, Table } from '@google-cloud/bigquery';
import { z } from 'zod';
import type { BigQueryPlace } from '../bigquery/place.ts';
import { bigQueryFault } from '../bigquery/trouble.ts';
import { Fault } from '../core/fault.ts';
import { insertRow } from './bigquery-rows.ts';
import type { LogRow } from './event.ts';
import { type Parcel, Parcels, type RowWriter } from './row-writer.ts';
import type { RefusedRow } from './sink.ts';

/** What Google recommends for a request of insertAll. */
const ROWS_MAX = 500;

/** Requests in flight: an answer takes some 100 ms, whatever the number of rows. */
const REQUESTS_MAX = 4;

/** BigQuery reads so much of an id. */
const INSERT_ID_BYTES_MAX = 128;

/** A column that the table lacks, and no fault of the row's. */
const DRIFT = /no such field/i;

/** Writes by insertAll (`tabledata.insertAll`), for those who can't use the Storage Write API. At least once, too. */
export class InsertWriter implements RowWriter {
  readonly #table: Table;
  readonly #name: string;

  constructor(bigquery: BigQuery, { project, dataset, table }: BigQueryPlace) {
    this.#table = bigquery.dataset(dataset, { projectId: project }).table(table);
    this.#name = `${dataset}.${table}`;
  }

  async append(rows: readonly LogRow[]): Promise<readonly RefusedRow[]> {
    const parcels = new Parcels<object>(ROWS_MAX);
    for (const row of rows) {
      const json = insertRow(row);
      parcels.add(row, { insertId: insertId(row.event_id), json }, Buffer.byteLength(JSON.stringify(json)));
    }
    const waiting = parcels.all.values();
    const refused: RefusedRow[] = [...parcels.refused];
    const work = async () => {
      for (const parcel of waiting) refused.push(...(await this.#insert(parcel)));
    };
    // All of them end before this does, so that none still writes when the rows come again.
    const ended = await Promise.allSettled(Array.from({ length: REQUESTS_MAX }, work));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    return refused;
  }

  async close(): Promise<void> {}

  /** The request itself: what the library makes around it retries with other ids, and copies every row twice. */
  async #insert({ rows, packed }: Parcel<object>): Promise<RefusedRow[]> {
    const json = { kind: 'bigquery#tableDataInsertAllRequest', skipInvalidRows: true, rows: packed };
    try {
      const answer: unknown = await this.#table.request({ method: 'POST', uri: '/insertAll', json });
      const [{ insertErrors }] = Answer.parse(answer);
      return insertErrors.map((error) => this.#refusedOf(error, rows));
    } catch (thrown) {
      throw bigQueryFault(`inserting into ${this.#name}`, thrown);
    }
  }

  #refusedOf({ index, errors }: InsertError, rows: readonly LogRow[]): RefusedRow {
    const reason = errors
      .map((error) => [error.location, error.message ?? error.reason].filter(Boolean).join(': '))
      .join('; ');
    if (DRIFT.test(reason))
      throw new Fault('BIGQUERY_SCHEMA', `BigQuery: inserting into ${this.#name}: ${reason}`);
    const row = rows[index];
    // Of a row that can't be told nothing is certain; `stopped` is one that was right, beside a wrong one.
    if (!row || errors.some((error) => RETRIED.has(error.reason ?? '')))
      throw new Fault(
        'BIGQUERY_AWAY',
        `BigQuery: inserting into ${this.#name}: ${reason || 'some rows failed'}`,
      );
    return { row, reason };
  }
}

/** Reasons that are not the row's. */
const RETRIED: ReadonlySet<string> = new Set(['stopped', 'backendError', 'internalError', 'timeout']);

const InsertError = z.object({
  index: z.int().nonnegative().default(0),
  errors: z
    .array(
      z.object({
        reason: z.string().optional(),
        location: z.string().optional(),
        message: z.string().optional(),
      }),
    )
    .default([]),
});
type InsertError = z.output<typeof InsertError>;
const Answer = z.tuple([z.object({ insertErrors: z.array(InsertError).default([]) })]).rest(z.unknown());

function insertId(eventId: string): string {
  return Buffer.byteLength(eventId) <= INSERT_ID_BYTES_MAX ? eventId : hash('sha256', eventId, 'base64url');
}
