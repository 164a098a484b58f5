import { alreadyExists, invalidQuery } from './api-error.ts';
import { idOf, type Table } from './catalog.ts';
import { argumentsOf, type Create } from './statement.ts';
import { firstValue, type Store } from './store.ts';
import { isText, isWord, type Token } from './tokens.ts';
import { duckName, type Parameters, translate } from './translate.ts';

/** CREATE TABLE or VIEW … AS SELECT. The view's own SQL is kept as it was written. */
export function create(store: Store, ddl: Create, sql: string, parameters: Parameters): Promise<void> {
  return store.catalog.inTurn(() => createNow(store, ddl, sql, parameters));
}

async function createNow(store: Store, ddl: Create, sql: string, parameters: Parameters): Promise<void> {
  const { name, replace, ifNotExists, isView, clauses, select } = ddl;
  const there = store.catalog.dataset(name.dataset).tables.get(name.table);
  const lives = there && (there.expiresMs === null || there.expiresMs > Date.now());
  if (lives && ifNotExists) return;
  if (lives && !replace) throw alreadyExists(`Table ${idOf(name)}`);
  const query = translate(select, parameters);
  const fields = await store.engine.describe(query);
  const options = await optionsOf(store, clauses, parameters);
  await store.engine.run(
    `DROP ${there?.view === null || !there ? 'TABLE' : 'VIEW'} IF EXISTS ${duckName(name)}`,
  );
  if (!isView) await store.engine.run(`CREATE TABLE ${duckName(name)} AS ${query}`);
  const view = isView ? viewText(sql) : null;
  store.catalog.put({
    name,
    fields,
    view,
    rangePartitioning: rangeOf(clauses),
    createdMs: Date.now(),
    version: 1,
    ...options,
    resource: { ...options.resource, ...(view !== null && { view: { query: view, useLegacySql: false } }) },
  });
}

function viewText(sql: string): string {
  return sql.replace(/^[\s\S]*?`[^`]+`[\s\S]*?\bAS\b/iu, '').trim();
}

/** `PARTITION BY RANGE_BUCKET(col, GENERATE_ARRAY(a, b, c))` */
function rangeOf(clauses: readonly Token[]): Table['rangePartitioning'] {
  const bucket = argumentsOf(clauses, 'RANGE_BUCKET');
  const array = argumentsOf(clauses, 'GENERATE_ARRAY');
  if (!bucket || !array) return null;
  const column = bucket[0]?.[0];
  const field = column?.kind === 'word' ? column.text : column?.kind === 'name' ? column.parts[0] : undefined;
  const [start = Number.NaN, end = Number.NaN, interval = 1] = array.map((tokens) => Number(textOf(tokens)));
  if (field === undefined || Number.isNaN(start + end)) throw invalidQuery('RANGE_BUCKET: not understood.');
  return { field, range: { start, end, interval } };
}

async function optionsOf(store: Store, clauses: readonly Token[], parameters: Parameters) {
  let expiresMs: number | null = null;
  const resource: Record<string, unknown> = {};
  for (const [key, equals, ...value] of argumentsOf(clauses, 'OPTIONS') ?? []) {
    if (!isText(equals, '=')) throw invalidQuery('Syntax error: OPTIONS wants name = value.');
    const sql = translate(value, parameters);
    if (isWord(key, 'EXPIRATION_TIMESTAMP')) {
      expiresMs = Number(firstValue(await store.engine.run(`SELECT epoch_ms(CAST(${sql} AS TIMESTAMPTZ))`)));
    } else if (isWord(key, 'DESCRIPTION')) {
      resource['description'] = String(firstValue(await store.engine.run(`SELECT ${sql}`)));
    }
  }
  return { expiresMs, resource };
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map((token) => ('text' in token ? token.text : '')).join('');
}
