import { z } from 'zod';
import { ApiError, invalid } from './api-error.ts';
import type { Table } from './catalog.ts';
import { isRecord, type Problem, type Row, takeRow } from './json-row.ts';
import type { Store } from './store.ts';

const REQUEST_ROWS_MAX = 50_000;
const REQUEST_BYTES_MAX = 10 * 1024 * 1024;

const insertBody = z.object({
  rows: z.array(z.object({ json: z.unknown() })).default([]),
  skipInvalidRows: z.boolean().default(false),
  ignoreUnknownValues: z.boolean().default(false),
});

/** Takes all rows or none, unless it was asked to skip the bad ones. An insertId is not looked at. */
export async function insertAll(store: Store, table: Table, body: unknown, bytes: number): Promise<unknown> {
  const { rows, skipInvalidRows, ignoreUnknownValues } = insertBody.parse(body);
  if (bytes > REQUEST_BYTES_MAX)
    throw new ApiError(413, 'uploadTooLarge', 'Your client issued a request that was too large.');
  if (table.view !== null) throw invalid('Cannot add rows to a view.');
  if (rows.length === 0) throw invalid('No rows present in the request.');
  if (rows.length > REQUEST_ROWS_MAX) throw invalid('Too many rows present in the request, limit: 50000.');
  const taken = rows.map((row) => judge(store, table, row.json, ignoreUnknownValues));
  const bad = taken.some((row) => row.problems.length > 0);
  const good = taken.filter((row) => row.problems.length === 0);
  if (!bad || skipInvalidRows) {
    await store.append(
      table,
      good.map((row) => row.row),
    );
  }
  if (!bad) return { kind: 'bigquery#tableDataInsertAllResponse' };
  const insertErrors = taken.flatMap(({ problems }, index) => {
    if (problems.length > 0) return [{ index, errors: problems.map(errorOf) }];
    return skipInvalidRows ? [] : [{ index, errors: [STOPPED] }];
  });
  return { kind: 'bigquery#tableDataInsertAllResponse', insertErrors };
}

const STOPPED = { reason: 'stopped', location: '', debugInfo: '', message: '' };

function errorOf({ location, message }: Problem): unknown {
  return { reason: 'invalid', location, debugInfo: '', message };
}

function judge(store: Store, table: Table, json: unknown, ignoreUnknown: boolean) {
  const problems: Problem[] = [];
  const source = isRecord(json) ? json : {};
  const row: Row = takeRow(table.fields, source, problems);
  const poison = store.faults.poison?.(row) ?? null;
  if (poison !== null) problems.push({ location: '', message: poison });
  const counted = ignoreUnknown
    ? problems.filter(({ message }) => !message.startsWith('no such field'))
    : problems;
  return { row, problems: counted };
}
