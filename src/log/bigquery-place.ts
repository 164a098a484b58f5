import type { BigQuery } from '@google-cloud/bigquery';
import { z } from 'zod';
import { type BigQueryPlace, sqlName } from '../bigquery/place.ts';
import { queryPages } from '../bigquery/query.ts';
import { bigQueryFault } from '../bigquery/trouble.ts';
import { messageOf } from '../core/fault.ts';
import { isJsonColumn, STORED_COLUMNS, storedRow } from './bigquery-stored.ts';
import { type Eraser, PERSONAL_COLUMNS, type StoredRow, TELLING_COLUMNS } from './eraser.ts';
import type { Forgotten, LogPlace } from './place.ts';

/** Ids that one statement names. */
const IDS_MAX = 100;

/** Rows that came in lately can't be changed: BigQuery says so, and for up to so long. */
const BUFFER = /streaming buffer/i;
const LATER = 'rows of the last 90 minutes can not be changed yet: run this again in two hours';

type Values = Readonly<Record<string, string>>;

/** What one statement does: to rows of these ids, these values. */
interface Change {
  readonly values: ReadonlyMap<string, string | null>;
  readonly ids: string[];
}

/** The log in BigQuery, as a place that a person is taken out of. Each search reads the columns in question of the whole table. */
export class BigQueryLogPlace implements LogPlace {
  readonly name = 'bigquery';
  readonly #bigquery: BigQuery;
  readonly #place: BigQueryPlace;

  constructor(bigquery: BigQuery, place: BigQueryPlace) {
    this.#bigquery = bigquery;
    this.#place = place;
  }

  async count(eraser: Eraser): Promise<number> {
    let count = 0;
    for await (const rows of this.#about(eraser)) for (const row of rows) if (eraser.erased(row)) count += 1;
    return count;
  }

  /** @throws Fault BIGQUERY_… */
  async forget(eraser: Eraser): Promise<Forgotten> {
    const changes = new Map<string, Change>();
    for await (const rows of this.#about(eraser))
      for (const row of rows) addChange(changes, row, eraser.erased(row));
    let changed = 0;
    for (const { values, ids } of changes.values()) {
      for (let from = 0; from < ids.length; from += IDS_MAX) {
        const rows = await this.#update(values, ids.slice(from, from + IDS_MAX));
        if (rows === null) return { rows: changed, later: LATER };
        changed += rows;
      }
    }
    return { rows: changed };
  }

  /** Rows that may name the person: whether they do is the eraser's to say. */
  async *#about({ mention }: Eraser): AsyncGenerator<StoredRow[]> {
    const texts = ['recipient', ...TELLING_COLUMNS].map((column) =>
      isJsonColumn(column) ? `TO_JSON_STRING(${column})` : column,
    );
    const needles = mention.needles.map((_needle, index) => `@needle${index}`);
    const conditions = needles.flatMap((needle) =>
      texts.map((text) => `STRPOS(LOWER(${text}), ${needle}) > 0`),
    );
    const sql = `SELECT ${STORED_COLUMNS} FROM ${sqlName(this.#place, this.#place.table)} WHERE ${conditions.join(' OR ')}`;
    const values = Object.fromEntries(mention.needles.map((needle, index) => [`needle${index}`, needle]));
    for await (const { rows } of queryPages(this.#bigquery, { sql, values, location: this.#place.location }))
      yield rows.map(storedRow);
  }

  /** How many rows were changed; null where they can't be yet. */
  async #update(values: Change['values'], ids: readonly string[]): Promise<number | null> {
    const { location } = this.#place;
    const params: Values = Object.fromEntries([
      ...ids.map((id, index) => [`id${index}`, id]),
      ...[...values].flatMap(([name, value]) => (value === null ? [] : [[`new_${name}`, value]])),
    ]);
    const sets = [...values].map(([name, value]) => `${name} = ${value === null ? 'NULL' : placeOf(name)}`);
    const where = ids.map((_id, index) => `@id${index}`).join(', ');
    const query = `UPDATE ${sqlName(this.#place, this.#place.table)} SET ${sets.join(', ')} WHERE event_id IN (${where})`;
    try {
      const [job] = await this.#bigquery.createQueryJob({
        query,
        params,
        ...(location === null ? {} : { location }),
      });
      await job.getQueryResults();
      const [metadata] = await job.getMetadata();
      return Number(Statistics.parse(metadata).statistics.query.numDmlAffectedRows);
    } catch (thrown) {
      if (BUFFER.test(messageOf(thrown))) return null;
      throw bigQueryFault('forgetting', thrown);
    }
  }
}

const Statistics = z.object({
  statistics: z.object({
    query: z.object({ numDmlAffectedRows: z.union([z.string(), z.number()]).default(0) }),
  }),
});

function placeOf(column: string): string {
  return isJsonColumn(column) ? `PARSE_JSON(@new_${column})` : `@new_${column}`;
}

/** Rows that change alike go together. */
function addChange(changes: Map<string, Change>, row: StoredRow, after: StoredRow | null): void {
  if (!after) return;
  const values = new Map<string, string | null>();
  for (const [name, value] of Object.entries(after)) {
    // What is null already is named all the same, so that rows of one person differ in as little as they can.
    if (value !== null && JSON.stringify(value) === JSON.stringify(row[name])) continue;
    if (value === null && row[name] === null && !OFTEN_ERASED.has(name)) continue;
    values.set(name, value === null ? null : typeof value === 'string' ? value : JSON.stringify(value));
  }
  const key = JSON.stringify([...values]);
  const change = changes.get(key) ?? { values, ids: [] };
  changes.set(key, change);
  const id = String(row['event_id']);
  if (!change.ids.includes(id)) change.ids.push(id);
}

const OFTEN_ERASED: ReadonlySet<string> = new Set(PERSONAL_COLUMNS);
