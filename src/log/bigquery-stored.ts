import { COLUMNS } from './columns.ts';
import type { StoredRow } from './eraser.ts';

/** Ours, whatever else stands in the table. */
export const STORED_COLUMNS: string = COLUMNS.map(({ name }) => name).join(', ');

const JSON_COLUMNS = COLUMNS.flatMap(({ name, kind }) => (kind === 'json' ? [name] : []));

export function isJsonColumn(column: string): boolean {
  return JSON_COLUMNS.some((name) => name === column);
}

/** A row of an answer as a line of the files has it: JSON columns come as text. */
export function storedRow(row: StoredRow): StoredRow {
  return { ...row, ...Object.fromEntries(JSON_COLUMNS.map((name) => [name, parsed(row[name])])) };
}

function parsed(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : null;
}
