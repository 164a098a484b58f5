import type { BigQuery, Job } from '@google-cloud/bigquery';
import { z } from 'zod';
import { InputFault, messageOf } from '../core/fault.ts';
import { plainRow } from './plain-value.ts';
import { bigQueryFault, troubleOf } from './trouble.ts';

/** A page of an answer: some megabytes. */
const PAGE_ROWS = 10_000;

export interface Statement {
  readonly sql: string;
  /** Values by name, as `@name` stands in the SQL. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** The library's own is not applied to queries, so each has it. */
  readonly location: string | null;
  /** For tables that are named without a dataset. */
  readonly dataset?: { readonly projectId: string; readonly datasetId: string };
}

export interface Page {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Asks one statement, and gives its answer page by page; at least one page, so that columns are always known.
 *
 * @throws InputFault where the statement is wrong; Fault BIGQUERY_… for everything else
 */
export async function* queryPages(bigquery: BigQuery, statement: Statement): AsyncGenerator<Page> {
  const job = await orFault(async () => (await bigquery.createQueryJob(optionsOf(statement)))[0]);
  for (let pageToken: string | undefined; ; ) {
    const page = await orFault(() => readPage(job, pageToken));
    yield page;
    if (page.next === undefined) return;
    pageToken = page.next;
  }
}

/** The whole of an answer that is small. */
export async function queryRows(bigquery: BigQuery, statement: Statement): Promise<Page['rows']> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const page of queryPages(bigquery, statement)) rows.push(...page.rows);
  return rows;
}

/**
 * For statements that somebody else wrote. A dry run reads nothing and costs nothing, and says what kind of statement it is.
 * @throws InputFault where it does more than read
 */
export async function refuseChanges(bigquery: BigQuery, statement: Statement): Promise<void> {
  const job = await orFault(
    async () => (await bigquery.createQueryJob({ ...optionsOf(statement), dryRun: true }))[0],
  );
  const { statistics } = DryRun.parse(job.metadata);
  const kind = statistics?.query?.statementType;
  if (kind !== undefined && kind !== 'SELECT')
    throw new InputFault([`the query must be one SELECT, and is ${kind}`]);
}

const DryRun = z.object({
  statistics: z.object({ query: z.object({ statementType: z.string().optional() }).optional() }).optional(),
});

function optionsOf({ sql, values, location, dataset }: Statement) {
  return {
    query: sql,
    ...(values === undefined ? {} : { params: { ...values } }),
    ...(location === null ? {} : { location }),
    ...(dataset === undefined ? {} : { defaultDataset: dataset }),
  };
}

const Answer = z.object({
  schema: z.object({ fields: z.array(z.object({ name: z.string() })).optional() }).optional(),
  pageToken: z.string().optional(),
});

async function readPage(
  job: Job,
  pageToken: string | undefined,
): Promise<Page & { readonly next: string | undefined }> {
  const [rows, , answer] = await job.getQueryResults({
    autoPaginate: false,
    maxResults: PAGE_ROWS,
    ...(pageToken === undefined ? {} : { pageToken }),
  });
  const { schema, pageToken: next } = Answer.parse(answer ?? {});
  const columns = (schema?.fields ?? []).map(({ name }) => name);
  return { columns, rows: rows.map((row: unknown) => plainRow(row)), next };
}

async function orFault<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof InputFault) throw thrown;
    if (troubleOf(thrown) === 'wrong') throw new InputFault([messageOf(thrown)], { cause: thrown });
    throw bigQueryFault('asking', thrown);
  }
}
