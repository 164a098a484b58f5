import type { TableField, TableSchema } from '@google-cloud/bigquery';
import { sqlName } from '../bigquery/place.ts';
import { COLUMNS, type Column } from './columns.ts';

/** As the REST API calls types, whatever name somebody made a table with. */
const TYPES: Readonly<Record<Column['kind'], string>> = {
  text: 'STRING',
  time: 'TIMESTAMP',
  whole: 'INTEGER',
  flag: 'BOOLEAN',
  json: 'JSON',
};

const SAME_TYPES: Readonly<Record<string, string>> = { INT64: 'INTEGER', BOOL: 'BOOLEAN' };

/** The columns of the log as a schema of BigQuery's. */
export const LOG_SCHEMA: TableSchema & { readonly fields: TableField[] } = {
  fields: COLUMNS.map(({ name, kind, isRequired, description }) => ({
    name,
    type: TYPES[kind],
    mode: isRequired ? 'REQUIRED' : 'NULLABLE',
    description,
  })),
};

/** The day of the event's time is what partitions are made of. */
export const PARTITIONED_BY = 'event_time';
export const CLUSTERED_BY = ['campaign_id', 'event_type'];

export interface SchemaReview {
  /** Columns that the table lacks. They can be added. */
  readonly lacking: readonly TableField[];
  /** Why it can't be our table, a sentence each. */
  readonly clashes: readonly string[];
}

/** Holds the columns of a table against ours. Others may stand beside them, as long as rows need not have them. */
export function reviewSchema(fields: readonly TableField[]): SchemaReview {
  const known = new Map(fields.map((field) => [field.name?.toLowerCase() ?? '', field]));
  const ours = new Set(LOG_SCHEMA.fields.map(({ name }) => name));
  return {
    lacking: LOG_SCHEMA.fields.filter(({ name }) => !known.has(name ?? '')).map(asNullable),
    clashes: [
      ...LOG_SCHEMA.fields.flatMap((field) => clashOf(field, known.get(field.name ?? ''))),
      ...fields
        .filter(({ name, mode }) => mode === 'REQUIRED' && !ours.has(name ?? ''))
        .map(({ name }) => `its column ${name} must have a value, and the log has none for it`),
    ],
  };
}

function clashOf({ name, type }: TableField, there: TableField | undefined): string[] {
  if (!there) return [];
  const found = SAME_TYPES[there.type ?? ''] ?? there.type;
  if (found === type && there.mode !== 'REPEATED') return [];
  const list = there.mode === 'REPEATED' ? 'a list of ' : '';
  return [`its column ${name} is ${list}${found}, and the log has ${type} there`];
}

/** A column that is added to a table with rows can't be required. */
function asNullable(field: TableField): TableField {
  return { ...field, mode: 'NULLABLE' };
}

/**
 * Each event once: the row that was logged first. Rows of one event have one day, campaign and type, so that a condition on
 * `event_date` or `campaign_id` is applied before the rows are numbered, and reads only that day's partition and that campaign's blocks.
 */
export function viewQuery(place: {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}): string {
  return `SELECT *, DATE(event_time) AS event_date
FROM ${sqlName(place, place.table)}
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY DATE(event_time), campaign_id, event_type, event_id ORDER BY logged_at) = 1`;
}
