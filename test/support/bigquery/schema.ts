import { DuckDBListType, DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { z } from 'zod';
import { invalid } from './api-error.ts';

const fieldBody = z.object({
  name: z.string(),
  type: z.string(),
  mode: z.string().optional(),
  description: z.string().optional(),
  get fields() {
    return z.array(fieldBody).optional();
  },
});
export const schemaBody = z.object({ fields: z.array(fieldBody).default([]) });

export interface Field {
  readonly name: string;
  /** As BigQuery answers it: the legacy names (INTEGER, FLOAT, BOOLEAN, RECORD). */
  readonly type: string;
  readonly mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  readonly description?: string;
  readonly fields?: readonly Field[];
}

const LEGACY_NAMES: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
};

const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  JSON: 'JSON',
  BYTES: 'BLOB',
  NUMERIC: 'DECIMAL(38, 9)',
  BIGNUMERIC: 'DECIMAL(38, 9)',
};

/** @throws ApiError where a type or mode is none of BigQuery's */
export function parseFields(bodies: readonly z.infer<typeof fieldBody>[]): Field[] {
  return bodies.map(({ name, type: asked, mode = 'NULLABLE', description, fields }) => {
    const type = legacyName(asked);
    if (type !== 'RECORD' && !DUCKDB_TYPES[type]) throw invalid(`Invalid value for type: ${asked}`);
    if (mode !== 'NULLABLE' && mode !== 'REQUIRED' && mode !== 'REPEATED')
      throw invalid(`Invalid value for mode: ${mode}`);
    return {
      name,
      type,
      mode,
      ...(description !== undefined && { description }),
      ...(fields && { fields: parseFields(fields) }),
    };
  });
}

export function legacyName(type: string): string {
  const name = type.toUpperCase();
  return LEGACY_NAMES[name] ?? name;
}

export function duckType(field: Field): string {
  const parts = (field.fields ?? []).map((part) => `${quote(part.name)} ${duckType(part)}`);
  const base = field.type === 'RECORD' ? `STRUCT(${parts.join(', ')})` : scalarType(field.type);
  return field.mode === 'REPEATED' ? `${base}[]` : base;
}

export function scalarType(legacy: string): string {
  return DUCKDB_TYPES[legacy] ?? 'VARCHAR';
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const FIELD_TYPES = new Map<DuckDBTypeId, string>([
  [DuckDBTypeId.BOOLEAN, 'BOOLEAN'],
  [DuckDBTypeId.FLOAT, 'FLOAT'],
  [DuckDBTypeId.DOUBLE, 'FLOAT'],
  [DuckDBTypeId.DECIMAL, 'NUMERIC'],
  [DuckDBTypeId.VARCHAR, 'STRING'],
  [DuckDBTypeId.BLOB, 'BYTES'],
  [DuckDBTypeId.DATE, 'DATE'],
  [DuckDBTypeId.TIME, 'TIME'],
  [DuckDBTypeId.TIMESTAMP, 'DATETIME'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'TIMESTAMP'],
]);

/** The field that a column of a result is. Everything that is not named above is some width of integer. */
export function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) return { ...fieldOf(name, type.valueType), mode: 'REPEATED' };
  if (type instanceof DuckDBStructType) {
    const fields = type.entryTypes.map((entry, index) => fieldOf(type.entryNames[index] ?? '', entry));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  if (type.alias === 'JSON') return { name, type: 'JSON', mode: 'NULLABLE' };
  return { name, type: FIELD_TYPES.get(type.typeId) ?? 'INTEGER', mode: 'NULLABLE' };
}
