import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { alreadyExists, invalid, notFound } from './api-error.ts';
import { PROJECT } from './catalog.ts';
import { wireRow } from './cell.ts';
import type { Job } from './job.ts';
import { queryBody, runQuery } from './query.ts';
import type { Store } from './store.ts';

const insertBody = z.object({
  configuration: z.object({
    query: queryBody.optional(),
    dryRun: z.boolean().default(false),
    labels: z.unknown().optional(),
  }),
  jobReference: z.object({ jobId: z.string().optional(), location: z.string().optional() }).optional(),
});
const formatBody = z.object({ useInt64Timestamp: z.boolean().default(false) });
const quickBody = queryBody.extend({
  location: z.string().optional(),
  dryRun: z.boolean().default(false),
  maxResults: z.coerce.number().optional(),
  formatOptions: formatBody.optional(),
  labels: z.unknown().optional(),
});

export interface Paging {
  readonly start: number;
  readonly max: number;
  readonly int64: boolean;
}

/** jobs.insert, for queries. */
export async function insertJob(store: Store, body: unknown): Promise<unknown> {
  const { configuration, jobReference } = insertBody.parse(body);
  const { query, dryRun, labels } = configuration;
  if (!query) throw invalid('The fake runs query jobs only.');
  const id = jobReference?.jobId ?? randomUUID();
  const other = store.running.get(id);
  if (other) await other.catch(() => undefined);
  if (other || store.jobs.has(id)) throw alreadyExists(`Job ${PROJECT}:${id}`);
  const running = run(store, 'jobs.insert', id, query, jobReference?.location, dryRun, labels);
  store.running.set(id, running);
  try {
    return jobResource(await running);
  } finally {
    store.running.delete(id);
  }
}

/** jobs.query: runs, and answers the first page at once. */
export async function quickQuery(store: Store, body: unknown, pageRowsMax: number): Promise<unknown> {
  const { location, dryRun, maxResults, formatOptions, labels, ...query } = quickBody.parse(body);
  const job = await run(store, 'jobs.query', randomUUID(), query, location, dryRun, labels);
  const max = Math.min(maxResults ?? pageRowsMax, pageRowsMax);
  return resultPage(job, { start: 0, max, int64: formatOptions?.useInt64Timestamp ?? false });
}

async function run(
  store: Store,
  through: 'jobs.insert' | 'jobs.query',
  id: string,
  query: z.infer<typeof queryBody>,
  location: string | undefined,
  dryRun: boolean,
  labels: unknown,
): Promise<Job> {
  const { query: sql, maximumBytesBilled } = query;
  store.notes.push({ sql, location, dryRun, maximumBytesBilled, through });
  const startedMs = Date.now();
  const ran = await runQuery(store, query, location, dryRun);
  const job = { id, query, labels, dryRun, startedMs, endedMs: Date.now(), ...ran };
  if (!dryRun) store.jobs.set(id, job);
  return job;
}

/** A job outside of US and EU is found only by whoever says where it is. */
export function findJob(store: Store, id: string, location: string | null): Job {
  const job = store.jobs.get(id);
  const isThere = location
    ? job?.location === location.toUpperCase()
    : /^(?:US|EU)$/u.test(job?.location ?? '');
  if (!job || !isThere) throw notFound(`Job ${PROJECT}:${id}`);
  return job;
}

export function jobResource(job: Job): unknown {
  const { id, location, query, labels, dryRun, statement, bytes, startedMs, endedMs, result } = job;
  return {
    kind: 'bigquery#job',
    id: `${PROJECT}:${location}.${id}`,
    jobReference: { projectId: PROJECT, jobId: id, location },
    configuration: { jobType: 'QUERY', query, dryRun, ...(labels !== undefined && { labels }) },
    status: { state: 'DONE' },
    statistics: {
      creationTime: String(startedMs),
      startTime: String(startedMs),
      endTime: String(endedMs),
      totalBytesProcessed: String(bytes),
      query: {
        statementType: statement,
        totalBytesProcessed: String(bytes),
        totalBytesBilled: String(dryRun ? 0 : bytes),
        cacheHit: false,
        ...(dryRun && { schema: { fields: result.fields } }),
        ...dmlRows(job),
      },
    },
  };
}

export function resultPage(job: Job, { start, max, int64 }: Paging): unknown {
  const { id, location, bytes, result } = job;
  const end = start + max;
  return {
    kind: 'bigquery#getQueryResultsResponse',
    jobReference: { projectId: PROJECT, jobId: id, location },
    jobComplete: true,
    cacheHit: false,
    totalBytesProcessed: String(bytes),
    totalRows: String(result.rows.length),
    schema: { fields: result.fields },
    rows: result.rows.slice(start, end).map((row) => wireRow(result.fields, row, int64)),
    ...(end < result.rows.length && { pageToken: String(end) }),
    ...dmlRows(job),
  };
}

function dmlRows({ statement, result, dryRun }: Job): Record<string, string> {
  const isDml = /^(?:INSERT|UPDATE|DELETE|MERGE)$/u.test(statement);
  return isDml && !dryRun ? { numDmlAffectedRows: String(result.changed) } : {};
}
