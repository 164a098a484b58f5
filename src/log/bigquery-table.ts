import type { BigQuery, Dataset, TableMetadata } from '@google-cloud/bigquery';
import { datasetAt, locationOf } from '../bigquery/dataset.ts';
import { type BigQueryPlace, fullName, viewName } from '../bigquery/place.ts';
import { bigQueryFault, orNull } from '../bigquery/trouble.ts';
import { Fault } from '../core/fault.ts';
import type { SetupStep } from '../core/setup-step.ts';
import { CLUSTERED_BY, LOG_SCHEMA, PARTITIONED_BY, reviewSchema, viewQuery } from './bigquery-schema.ts';

export interface LogTableParts {
  readonly bigquery: BigQuery;
  readonly place: BigQueryPlace;
  /** A day of the log goes after so many days; null: never, or as the table has it. */
  readonly expiryDays: number | null;
}

const DAY_MS = 86_400_000;
const DATASET_DESCRIPTION = 'Delivery log of Sluice';
const TABLE_DESCRIPTION =
  'Sluice: one row for each event of each recipient. An event may be here twice; the view has it once.';
const VIEW_DESCRIPTION =
  'Sluice: each event once. A condition on event_date or campaign_id reads only what it needs.';

/** Dataset, table and view of the log in BigQuery. */
export class LogTable {
  readonly #bigquery: BigQuery;
  readonly #place: BigQueryPlace;
  readonly #expiryDays: number | null;

  constructor({ bigquery, place, expiryDays }: LogTableParts) {
    this.#bigquery = bigquery;
    this.#place = place;
    this.#expiryDays = expiryDays;
  }

  /**
   * Makes what is missing, and adds columns that the table lacks. What is there is never changed otherwise, but for the
   * view's query, the descriptions of our own columns, and the time that days are kept, where one is set.
   *
   * @param dryRun says what would be done
   * @throws Fault BIGQUERY_CLASH where something else has the name; BIGQUERY_FORBIDDEN, BIGQUERY_AWAY, …
   */
  async prepare(dryRun = false): Promise<SetupStep[]> {
    const dataset = await this.#prepareDataset(dryRun);
    if (dataset.outcome === 'wanted') return [dataset, this.#wanted('table'), this.#wanted('view')];
    const table = await this.#prepareTable(dryRun);
    if (table.outcome === 'wanted' && table.note === '') return [dataset, table, this.#wanted('view')];
    return [dataset, table, await this.#prepareView(dryRun)];
  }

  /**
   * Whether rows that fit the log's columns fit the table.
   * @throws Fault BIGQUERY_CLASH, BIGQUERY_SCHEMA (columns are lacking), BIGQUERY_MISSING, …
   */
  async check(): Promise<void> {
    const metadata = await this.#metadata(this.#place.table);
    if (!metadata) throw missing(this.#name(this.#place.table));
    const lacking = this.#judge(metadata);
    if (lacking.length === 0) return;
    const names = lacking.map(({ name }) => name).join(', ');
    throw new Fault(
      'BIGQUERY_SCHEMA',
      `BigQuery: ${this.#name(this.#place.table)} lacks the columns ${names}: \`sluice setup\` adds them`,
    );
  }

  get #dataset(): Dataset {
    return datasetAt(this.#bigquery, this.#place);
  }

  #name(table: string): string {
    return fullName(this.#place, table);
  }

  #wanted(what: 'table' | 'view'): SetupStep {
    const { table } = this.#place;
    const name = this.#name(what === 'table' ? table : viewName(table));
    return { what: `${what} ${name}`, outcome: 'wanted', note: '' };
  }

  async #prepareDataset(dryRun: boolean): Promise<SetupStep> {
    const { project, dataset, location } = this.#place;
    const what = `dataset ${project}.${dataset}`;
    const at = await named(`looking for ${what}`, () => locationOf(this.#dataset));
    if (at !== null) {
      if (location !== null && at.toLowerCase() !== location.toLowerCase())
        throw new Fault(
          'BIGQUERY_CLASH',
          `BigQuery: ${what} is in ${at}, and SLUICE_BIGQUERY_LOCATION is ${location}: take another dataset, or correct the setting`,
        );
      return { what, outcome: 'there', note: `in ${at}` };
    }
    const note = location === null ? "in Google's default location" : `in ${location}`;
    if (dryRun) return { what, outcome: 'wanted', note };
    await make(`making ${what}`, () =>
      this.#bigquery.createDataset(dataset, {
        projectId: project,
        description: DATASET_DESCRIPTION,
        ...(location === null ? {} : { location }),
      }),
    );
    return { what, outcome: 'made', note };
  }

  async #prepareTable(dryRun: boolean): Promise<SetupStep> {
    const { table } = this.#place;
    const what = `table ${this.#name(table)}`;
    const found = await this.#metadata(table);
    if (found) return this.#updateTable(what, found, dryRun);
    if (dryRun) return { what, outcome: 'wanted', note: '' };
    await make(`making ${what}`, () =>
      this.#dataset.createTable(table, {
        description: TABLE_DESCRIPTION,
        schema: LOG_SCHEMA,
        timePartitioning: { type: 'DAY', field: PARTITIONED_BY, ...this.#expiration() },
        clustering: { fields: CLUSTERED_BY },
      }),
    );
    return { what, outcome: 'made', note: `by the day of ${PARTITIONED_BY}, ${this.#keeping(null)}` };
  }

  async #updateTable(what: string, found: TableMetadata, dryRun: boolean): Promise<SetupStep> {
    const lacking = this.#judge(found);
    const kept = found.timePartitioning?.expirationMs ?? null;
    const wanted = this.#expiration().expirationMs ?? kept;
    const notes = [
      ...(lacking.length === 0
        ? []
        : [`with the columns ${lacking.map(({ name }) => name).join(', ')} added`]),
      ...(wanted === kept ? [] : [this.#keeping(kept)]),
    ];
    if (notes.length === 0) return { what, outcome: 'there', note: this.#keeping(kept) };
    if (dryRun) return { what, outcome: 'wanted', note: notes.join(', ') };
    const fields = typeof found.schema === 'object' ? (found.schema.fields ?? []) : [];
    await make(`changing ${what}`, () =>
      this.#dataset.table(this.#place.table).setMetadata({
        schema: { fields: [...fields, ...lacking] },
        timePartitioning: { ...found.timePartitioning, ...this.#expiration() },
      }),
    );
    return { what, outcome: 'changed', note: notes.join(', ') };
  }

  async #prepareView(dryRun: boolean): Promise<SetupStep> {
    const name = viewName(this.#place.table);
    const what = `view ${this.#name(name)}`;
    const query = viewQuery(this.#place);
    const found = await this.#metadata(name);
    if (found && found.type !== 'VIEW')
      throw new Fault(
        'BIGQUERY_CLASH',
        `BigQuery: ${this.#name(name)} is no view: move it away, or set SLUICE_BIGQUERY_TABLE, so that the view has another name`,
      );
    const there = typeof found?.view === 'object' ? found.view.query : null;
    if (there === query) return { what, outcome: 'there', note: '' };
    if (dryRun) return { what, outcome: 'wanted', note: '' };
    const metadata = { description: VIEW_DESCRIPTION, view: { query, useLegacySql: false } };
    await make(`making ${what}`, () =>
      found ? this.#dataset.table(name).setMetadata(metadata) : this.#dataset.createTable(name, metadata),
    );
    return { what, outcome: found ? 'changed' : 'made', note: '' };
  }

  /** Columns that it lacks. */
  #judge(found: TableMetadata) {
    const name = this.#name(this.#place.table);
    const fields = typeof found.schema === 'object' ? (found.schema.fields ?? []) : [];
    const { lacking, clashes } = reviewSchema(fields);
    const others = [
      ...(found.type === 'TABLE' ? [] : [`it is no table (${found.type})`]),
      ...(found.type === 'TABLE' && found.timePartitioning?.field !== PARTITIONED_BY
        ? [`it is not partitioned by ${PARTITIONED_BY}`]
        : []),
    ];
    const problems = [...others, ...clashes];
    if (problems.length === 0) return lacking;
    throw new Fault(
      'BIGQUERY_CLASH',
      `BigQuery: ${name} can't be the log: ${problems.join('; ')}. Set SLUICE_BIGQUERY_TABLE to another name`,
    );
  }

  #expiration(): { readonly expirationMs?: string } {
    return this.#expiryDays === null ? {} : { expirationMs: String(this.#expiryDays * DAY_MS) };
  }

  #keeping(kept: string | null): string {
    const days = this.#expiryDays ?? (kept === null ? null : Number(kept) / DAY_MS);
    return days === null ? 'kept for ever' : `each day kept for ${days} days`;
  }

  async #metadata(table: string): Promise<TableMetadata | null> {
    const ask = () => this.#dataset.table(table).getMetadata();
    const found = await named(`looking for ${this.#name(table)}`, () => orNull('missing', ask));
    return found && found[0];
  }
}

function missing(name: string): Fault {
  return new Fault(
    'BIGQUERY_MISSING',
    `BigQuery: there is no table ${name}, and it can't be made here: \`sluice setup\` makes it`,
  );
}

/** What was being done stands in the fault. */
async function named<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    throw bigQueryFault(doing, thrown);
  }
}

/** Another process may be faster. */
async function make(doing: string, act: () => Promise<unknown>): Promise<void> {
  await named(doing, () => orNull('exists', act));
}
