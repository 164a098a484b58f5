import { addressColumn } from './address-column.ts';
import { type BigQueryAudience, PARTITION_ROWS, SEQ_COLUMN } from './bigquery-sql.ts';
import { Stage, type Staged, type StageParts } from './bigquery-stage.ts';
import { audienceFault } from './bigquery-trouble.ts';
import { type BigQueryField, cellsOf, valueOf } from './bigquery-value.ts';
import { MergeData } from './merge-data.ts';
import type { AudienceRow, AudienceSource } from './source.ts';

/** Rows of a page; BigQuery ends one at 10 MB as well. */
const PAGE_ROWS = 10_000;
/** Rows that become merge data at a time; the rest of a partition is held as it came. */
const CHUNK_ROWS = 1_000;

interface Column {
  readonly index: number;
  readonly field: BigQueryField;
}

interface Numbered {
  readonly seq: number;
  readonly cells: readonly unknown[];
}

/**
 * A list in BigQuery. Its query runs once, into a table of ours; its rows are read from there partition by partition, each of which must
 * have exactly the numbers that belong to it, so that nobody is lost or there twice, and a list that is read again is the same.
 * Reading a table's rows is no query, and free.
 */
export function bigqueryAudience(parts: StageParts): AudienceSource {
  const stage = new Stage(parts);
  return {
    fingerprint: async () => (await stage.ensure()).version,
    rows: () => stagedRows(stage, parts.audience),
  };
}

async function* stagedRows(stage: Stage, audience: BigQueryAudience): AsyncGenerator<AudienceRow[]> {
  // A list may have to be queried first, which takes a while.
  yield [];
  const staged = await stage.ensure();
  const columns = staged.fields.map((field, index) => ({ field, index }));
  const seqColumn = columns.find(({ field }) => field.name === SEQ_COLUMN)?.index ?? -1;
  const own = columns.filter(({ index }) => index !== seqColumn);
  const email = addressIn(
    audience,
    own.map(({ field }) => field.name),
  );
  for (let first = 1; first <= staged.rows; first += PARTITION_ROWS) {
    const numbered = await partition(stage, staged, seqColumn, first);
    const expected = Math.min(PARTITION_ROWS, staged.rows - first + 1);
    if (numbered.length !== expected || numbered.some(({ seq }, index) => seq !== first + index))
      throw changed(audience, staged, first, numbered.length);
    for (let from = 0; from < expected; from += CHUNK_ROWS)
      yield numbered.slice(from, from + CHUNK_ROWS).map((row) => audienceRow(row, own, email));
  }
}

/**
 * The name of the address column.
 * @throws AudienceFault AUDIENCE_HEADER where it is none, or several
 */
export function addressIn(audience: BigQueryAudience, names: readonly string[]): string {
  const column = addressColumn(names, audience.emailColumn?.trim());
  if (column.kind === 'found') return names[column.index] ?? '';
  throw audienceFault(audience, 'AUDIENCE_HEADER', column.problem);
}

/** All rows of the partition that begins with this number, in their order. */
async function partition(
  stage: Stage,
  { table }: Staged,
  seqColumn: number,
  first: number,
): Promise<Numbered[]> {
  const found: Numbered[] = [];
  let pageToken: string | undefined;
  do {
    const answer = await page(stage, `${table}$${first}`, pageToken);
    for (const row of answer.rows) {
      const cells = cellsOf(row);
      found.push({ seq: Number(cells[seqColumn]), cells });
    }
    ({ pageToken } = answer);
  } while (pageToken !== undefined && found.length <= PARTITION_ROWS);
  return found.toSorted((a, b) => a.seq - b.seq);
}

interface Page {
  readonly rows: readonly unknown[];
  readonly pageToken: string | undefined;
}

/** tabledata.list as it is: the client's own reading of rows makes objects of values that we read another way. */
async function page(stage: Stage, id: string, token: string | undefined): Promise<Page> {
  const qs = {
    maxResults: PAGE_ROWS,
    'formatOptions.useInt64Timestamp': true,
    ...(token === undefined ? {} : { pageToken: token }),
  };
  const body = await new Promise<unknown>((resolve, reject) => {
    stage.dataset.table(id).request({ uri: '/data', qs }, (error: unknown, answer: unknown) => {
      if (error) reject(stage.fault('reading the rows', error));
      else resolve(answer);
    });
  });
  const answer: { rows?: unknown; pageToken?: unknown } =
    typeof body === 'object' && body !== null ? body : {};
  return {
    rows: Array.isArray(answer.rows) ? answer.rows : [],
    pageToken: typeof answer.pageToken === 'string' && answer.pageToken !== '' ? answer.pageToken : undefined,
  };
}

function audienceRow({ seq, cells }: Numbered, columns: readonly Column[], email: string): AudienceRow {
  const data = new MergeData();
  for (const { index, field } of columns) data[field.name] = valueOf(field, cells[index]);
  return { seq, email: addressOf(data[email]), data };
}

/** What is no text can be no address; it is shown as it stands where invalid addresses are counted. */
function addressOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}

function changed(audience: BigQueryAudience, { table, rows }: Staged, first: number, found: number) {
  const range = `${first} to ${Math.min(first + PARTITION_ROWS - 1, rows)}`;
  return audienceFault(
    audience,
    'AUDIENCE_QUERY',
    `somebody changed ${table} in BigQuery: the rows ${range} should be there once each, and ${found} rows are`,
  );
}
