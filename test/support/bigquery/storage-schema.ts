import type { protos } from '@google-cloud/bigquery-storage';
import type { Field } from './schema.ts';

type FieldSchema = protos.google.cloud.bigquery.storage.v1.ITableFieldSchema;

const NAMES = {
  INTEGER: 'INT64',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
  STRING: 'STRING',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
  DATE: 'DATE',
  DATETIME: 'DATETIME',
  TIME: 'TIME',
  BYTES: 'BYTES',
  NUMERIC: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
} as const;

/** A field as the Storage API describes it. */
export function storageSchema({ name, type, mode, fields }: Field): FieldSchema {
  return {
    name,
    type: isKnown(type) ? NAMES[type] : 'STRING',
    mode,
    ...(fields && { fields: fields.map(storageSchema) }),
  };
}

function isKnown(type: string): type is keyof typeof NAMES {
  return Object.hasOwn(NAMES, type);
}
