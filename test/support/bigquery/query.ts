import { z } from 'zod';
import { messageOf } from '../../../src/core/fault.ts';
import { ApiError, invalidQuery, notFound } from './api-error.ts';
import { PROJECT, type Table } from './catalog.ts';
import { create } from './ddl.ts';
import type { Result } from './engine.ts';
import { parametersBody, parametersOf } from './parameters.ts';
import { bytesOf } from './resource.ts';
import { completeDml, kindOf, parseCreate } from './statement.ts';
import type { Store } from './store.ts';
import { type Token, tokenize } from './tokens.ts';
import { duckName, type Parameters, tablesIn, translate } from './translate.ts';

/** BigQuery bills each table that is read for at least this much. */
const BILLED_BYTES_MIN = 10 * 1024 * 1024;

export const queryBody = z.looseObject({
  query: z.string(),
  queryParameters: parametersBody,
  maximumBytesBilled: z.coerce.number().optional(),
});

export interface Ran {
  readonly statement: string;
  readonly location: string;
  readonly bytes: number;
  readonly result: Result;
}

/**
 * Runs one statement, or says what it would read.
 *
 * @throws ApiError for whatever BigQuery refuses
 */
export async function runQuery(
  store: Store,
  { query, queryParameters, maximumBytesBilled }: z.infer<typeof queryBody>,
  asked: string | undefined,
  dryRun: boolean,
): Promise<Ran> {
  const tokens = tokenize(query.trim().replace(/;$/u, ''));
  const statement = kindOf(tokens);
  const target = statement.startsWith('CREATE') ? parseCreate(tokens) : null;
  const location = locationOf(store, tokens, asked);
  const tables = await readTables(store, target?.select ?? (statement === 'DROP_TABLE' ? [] : tokens));
  const sizes = await Promise.all(tables.map(async (table) => bytesOf(table, await store.count(table))));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const billed = sizes.reduce((sum, size) => sum + Math.max(size, BILLED_BYTES_MIN), 0);
  if (maximumBytesBilled !== undefined && billed > maximumBytesBilled) {
    const message = `Query exceeded limit for bytes billed: ${maximumBytesBilled}. ${billed} or higher required.`;
    throw new ApiError(400, 'bytesBilledLimitExceeded', message);
  }
  const parameters = parametersOf(queryParameters);
  const result = await asQueryError(() => {
    if (dryRun) return describe(store, statement, target?.select ?? tokens, parameters);
    return execute(store, statement, tokens, query, parameters);
  });
  return { statement, location, bytes, result };
}

/** Where no location was asked for, it is that of the first dataset; otherwise they must be there. */
function locationOf(store: Store, tokens: readonly Token[], asked: string | undefined): string {
  const datasets = tablesIn(tokens).map((name) => store.catalog.dataset(name.dataset));
  const location = (asked ?? datasets[0]?.location ?? 'US').toUpperCase();
  const elsewhere = datasets.find((dataset) => dataset.location !== location);
  if (elsewhere)
    throw notFound(`Dataset ${PROJECT}:${elsewhere.id} was not found in location ${asked ?? location}`);
  return location;
}

/** The tables that are read, also through views; the views are brought up to date on the way. */
async function readTables(store: Store, tokens: readonly Token[]): Promise<Table[]> {
  const found: Table[] = [];
  for (const name of tablesIn(tokens)) {
    const table = store.catalog.table(name);
    if (table.view === null) found.push(table);
    else {
      const inner = tokenize(table.view);
      found.push(...(await readTables(store, inner)));
      const sql = `CREATE OR REPLACE VIEW ${duckName(name)} AS ${translate(inner, new Map())}`;
      await asQueryError(() => store.engine.run(sql));
    }
  }
  return [...new Set(found)];
}

async function describe(store: Store, statement: string, tokens: readonly Token[], parameters: Parameters) {
  const select = statement === 'SELECT' || statement.startsWith('CREATE');
  const fields = await store.engine.describe(translate(completeDml(statement, tokens), parameters));
  return { fields: select ? fields : [], rows: [], changed: 0 };
}

async function execute(
  store: Store,
  statement: string,
  tokens: readonly Token[],
  sql: string,
  parameters: Parameters,
): Promise<Result> {
  const nothing: Result = { fields: [], rows: [], changed: 0 };
  if (statement === 'SELECT') return store.engine.run(translate(tokens, parameters));
  if (statement.startsWith('CREATE')) await create(store, parseCreate(tokens), sql, parameters);
  else if (statement === 'DROP_TABLE') {
    const [name] = tablesIn(tokens);
    if (name) await store.catalog.deleteTable(name);
  } else {
    const { changed } = await store.engine.run(translate(completeDml(statement, tokens), parameters));
    return { ...nothing, changed };
  }
  return nothing;
}

/** What DuckDB refuses is an error in the query. */
async function asQueryError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof ApiError ? cause : invalidQuery(messageOf(cause));
  }
}
