import { invalid, notFound } from './api-error.ts';
import { PROJECT } from './catalog.ts';
import { wireRow } from './cell.ts';
import type { Operation } from './faults.ts';
import { insertAll } from './insert-all.ts';
import { findJob, insertJob, jobResource, quickQuery, resultPage } from './job-api.ts';
import { datasetResource, tableResource } from './resource.ts';
import type { Store } from './store.ts';
import type { TableName } from './translate.ts';

export interface Asked {
  readonly store: Store;
  /** What the path's pattern caught. */
  readonly at: readonly string[];
  readonly search: URLSearchParams;
  readonly body: unknown;
  readonly bytes: number;
  readonly etag: string | undefined;
  readonly pageRowsMax: number;
}

export interface Route {
  readonly method: string;
  /** After `/projects/<project>`. */
  readonly path: RegExp;
  readonly operation: Operation;
  readonly run: (asked: Asked) => unknown;
}

const DATASETS = /^\/datasets$/u;
const DATASET = /^\/datasets\/([^/]+)$/u;
const TABLES = /^\/datasets\/([^/]+)\/tables$/u;
const TABLE = /^\/datasets\/([^/]+)\/tables\/([^/]+)$/u;
const INSERT_ALL = /^\/datasets\/([^/]+)\/tables\/([^/]+)\/insertAll$/u;
const DATA = /^\/datasets\/([^/]+)\/tables\/([^/]+)\/data$/u;

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: DATASETS, operation: 'dataset', run: listDatasets },
  { method: 'POST', path: DATASETS, operation: 'dataset', run: insertDataset },
  { method: 'GET', path: DATASET, operation: 'dataset', run: getDataset },
  { method: 'DELETE', path: DATASET, operation: 'dataset', run: deleteDataset },
  { method: 'GET', path: TABLES, operation: 'table', run: listTables },
  { method: 'POST', path: TABLES, operation: 'table', run: insertTable },
  { method: 'GET', path: TABLE, operation: 'table', run: (asked) => showTable(asked, nameOf(asked)) },
  { method: 'PATCH', path: TABLE, operation: 'table', run: patchTable },
  { method: 'DELETE', path: TABLE, operation: 'table', run: deleteTable },
  { method: 'POST', path: INSERT_ALL, operation: 'insertAll', run: insertRows },
  { method: 'GET', path: DATA, operation: 'list', run: listRows },
  { method: 'POST', path: /^\/queries$/u, operation: 'query', run: query },
  { method: 'GET', path: /^\/queries\/([^/]+)$/u, operation: 'results', run: results },
  { method: 'POST', path: /^\/jobs$/u, operation: 'job', run: ({ store, body }) => insertJob(store, body) },
  { method: 'GET', path: /^\/jobs\/([^/]+)$/u, operation: 'job', run: getJob },
];

function listDatasets({ store }: Asked): unknown {
  return { kind: 'bigquery#datasetList', datasets: store.catalog.datasets().map(datasetResource) };
}

async function insertDataset({ store, body }: Asked): Promise<unknown> {
  return datasetResource(await store.catalog.insertDataset(body));
}

function getDataset({ store, at: [id = ''] }: Asked): unknown {
  return datasetResource(store.catalog.dataset(id));
}

async function deleteDataset({ store, at: [id = ''], search }: Asked): Promise<unknown> {
  await store.catalog.deleteDataset(id, search.get('deleteContents') === 'true');
  return {};
}

async function listTables({ store, at: [id = ''] }: Asked): Promise<unknown> {
  const { tables, location } = store.catalog.dataset(id);
  const shown = [...tables.values()].map((table) => tableResource(table, location, 0));
  return { kind: 'bigquery#tableList', tables: shown, totalItems: shown.length };
}

async function insertTable(asked: Asked): Promise<unknown> {
  const { store, at, body } = asked;
  const { name } = await store.catalog.insertTable(at[0] ?? '', body);
  return showTable(asked, name);
}

async function patchTable(asked: Asked): Promise<unknown> {
  const name = nameOf(asked);
  await asked.store.catalog.patchTable(name, asked.body, asked.etag);
  return showTable(asked, name);
}

async function deleteTable(asked: Asked): Promise<unknown> {
  await asked.store.catalog.deleteTable(nameOf(asked));
  return {};
}

/** With a partition's decorator it is the whole table that is shown. */
async function showTable({ store }: Asked, name: TableName): Promise<unknown> {
  const table = store.catalog.table({ ...name, table: name.table.replace(/\$.*$/u, '') });
  return tableResource(table, store.catalog.dataset(name.dataset).location, await store.count(table));
}

function insertRows(asked: Asked): unknown {
  const { store, body, bytes } = asked;
  return insertAll(store, store.catalog.table(nameOf(asked)), body, bytes);
}

async function listRows(asked: Asked): Promise<unknown> {
  const { store } = asked;
  const { dataset, table: id } = nameOf(asked);
  const [table = '', partition = null] = id.split('$');
  const found = store.catalog.table({ dataset, table });
  if (found.view !== null) throw invalid(`Cannot list a table of type VIEW.`);
  const { start, max, int64 } = pagingOf(asked);
  const { rows, total } = await store.page(found, partition, start, max);
  const end = start + rows.length;
  return {
    kind: 'bigquery#tableDataList',
    totalRows: String(total),
    rows: rows.map((row) => wireRow(found.fields, row, int64)),
    ...(end < total && { pageToken: String(end) }),
  };
}

function query({ store, body, pageRowsMax }: Asked): unknown {
  return quickQuery(store, body, pageRowsMax);
}

function results(asked: Asked): unknown {
  const { store, at, search } = asked;
  return resultPage(findJob(store, at[0] ?? '', search.get('location')), pagingOf(asked));
}

function getJob({ store, at, search }: Asked): unknown {
  return jobResource(findJob(store, at[0] ?? '', search.get('location')));
}

function nameOf({ at: [dataset, table] }: Asked): TableName {
  if (dataset === undefined || table === undefined) throw notFound(`Table ${PROJECT}`);
  return { dataset, table };
}

/** A page token is the number of the page's first row. */
function pagingOf({ search, pageRowsMax }: Asked) {
  const start = Number(search.get('pageToken') ?? search.get('startIndex') ?? 0);
  const max = Math.min(Number(search.get('maxResults') ?? pageRowsMax), pageRowsMax);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(max)) throw invalid('Invalid page token.');
  return { start, max, int64: search.get('formatOptions.useInt64Timestamp') === 'true' };
}
