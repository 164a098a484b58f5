import { parsedJson } from './json-row.ts';
import { MergeData } from './merge-data.ts';

/** A column of a table as the API describes it: its types have old names too (INTEGER for INT64). */
export interface BigQueryField {
  readonly name: string;
  readonly type: string;
  readonly isList: boolean;
  /** Of a STRUCT. */
  readonly fields: readonly BigQueryField[];
}

/** From a table's or a query's schema, of which the client promises next to nothing. */
export function fieldsOf(schema: unknown): BigQueryField[] {
  const fields = property(schema, 'fields');
  if (!Array.isArray(fields)) return [];
  return fields.map((field: unknown) => ({
    name: String(property(field, 'name')),
    type: String(property(field, 'type')).toUpperCase(),
    isList: property(field, 'mode') === 'REPEATED',
    fields: fieldsOf(field),
  }));
}

/** The cells of a row: `{ f: [{ v }, …] }`. */
export function cellsOf(row: unknown): readonly unknown[] {
  const cells = property(row, 'f');
  return Array.isArray(cells) ? cells.map((cell: unknown) => property(cell, 'v')) : [];
}

/**
 * A cell as merge data. What a JavaScript number holds exactly is a number; NUMERIC and BIGNUMERIC are the text that BigQuery
 * sends, since they are money as a rule, and so is an INT64 beyond 2⁵³. Dates and times are text as BigQuery writes them.
 */
export function valueOf(field: BigQueryField, cell: unknown): unknown {
  if (field.isList)
    return Array.isArray(cell) ? cell.map((item: unknown) => oneOf(field, property(item, 'v'))) : [];
  return oneOf(field, cell);
}

function oneOf(field: BigQueryField, cell: unknown): unknown {
  if (cell === null || cell === undefined) return null;
  if (field.type === 'RECORD' || field.type === 'STRUCT') return structOf(field.fields, cell);
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  switch (field.type) {
    case 'INTEGER':
    case 'INT64':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'FLOAT':
    case 'FLOAT64':
      // JSON, in which merge data travel, has no NaN and no infinities.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'BOOLEAN':
    case 'BOOL':
      return text === 'true';
    case 'TIMESTAMP':
      return timestampOf(text);
    case 'JSON':
      return parsedJson(text) ?? null;
    default:
      return text;
  }
}

function structOf(fields: readonly BigQueryField[], cell: unknown): MergeData {
  const cells = cellsOf(cell);
  const data = new MergeData();
  for (const [index, field] of fields.entries()) data[field.name] = valueOf(field, cells[index]);
  return data;
}

/** Microseconds as an integer, which is what we ask for, or seconds as a float, which is what the API sends otherwise. */
function timestampOf(text: string): string {
  const isWhole = /^-?\d+$/.test(text);
  if (!isWhole && !Number.isFinite(Number(text))) return text;
  const micros = isWhole ? BigInt(text) : BigInt(Math.round(Number(text) * 1e6));
  const below = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((micros - below) / 1000n)).toISOString();
  return below === 0n ? iso : iso.replace('Z', `${String(below).padStart(3, '0')}Z`);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
