import { type Dataset, etagOf, idOf, PROJECT, type Table } from './catalog.ts';

/** A dataset as the API shows it. */
export function datasetResource({ id, location, resource }: Dataset): unknown {
  const datasetReference = { projectId: PROJECT, datasetId: id };
  return { kind: 'bigquery#dataset', ...resource, id: `${PROJECT}:${id}`, datasetReference, location };
}

/** A table or view as the API shows it: its 64-bit numbers are strings. */
export function tableResource(table: Table, location: string, rows: number): unknown {
  const { name, fields, view, rangePartitioning: range, expiresMs, createdMs, version, resource } = table;
  return {
    kind: 'bigquery#table',
    ...resource,
    id: idOf(name),
    etag: etagOf(table),
    tableReference: { projectId: PROJECT, datasetId: name.dataset, tableId: name.table },
    schema: { fields },
    type: view === null ? 'TABLE' : 'VIEW',
    location,
    creationTime: String(createdMs),
    lastModifiedTime: String(createdMs + version - 1),
    ...(expiresMs !== null && { expirationTime: String(expiresMs) }),
    ...(range && { rangePartitioning: { field: range.field, range: strings(range.range) } }),
    ...(view === null && { numRows: String(rows), numBytes: String(bytesOf(table, rows)) }),
  };
}

/** Grows with rows and columns, which is all that is promised. */
export function bytesOf({ fields }: Table, rows: number): number {
  return rows * fields.length * 16;
}

function strings(numbers: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, String(value)]));
}
