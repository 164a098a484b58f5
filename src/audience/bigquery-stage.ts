import type { BigQuery, Dataset, Job, TableMetadata } from '@google-cloud/bigquery';
import { datasetAt, locationOf } from '../bigquery/dataset.ts';
import { type BigQueryPlace, sqlName } from '../bigquery/place.ts';
import { orNull } from '../bigquery/trouble.ts';
import { Fault } from '../core/fault.ts';
import {
  type BigQueryAudience,
  ROWS_MAX,
  type StagePurpose,
  stageHash,
  stageName,
  stageSql,
} from './bigquery-sql.ts';
import { audienceFault, GB, listFault } from './bigquery-trouble.ts';
import { type BigQueryField, fieldsOf } from './bigquery-value.ts';

export interface StageParts {
  readonly bigquery: BigQuery;
  readonly place: Omit<BigQueryPlace, 'table'>;
  /** What the query may read. */
  readonly queryGbMax: number;
  readonly audience: BigQueryAudience;
  readonly campaign: string;
  readonly purpose: StagePurpose;
}

/** The staging table as it stands. */
export interface Staged {
  readonly table: string;
  /** Tells it from one that was made anew. */
  readonly version: string;
  readonly rows: number;
  readonly fields: readonly BigQueryField[];
}

/** A job that failed for a moment's reason, or whose table has expired, is followed by another. */
const ATTEMPTS_MAX = 100;

/**
 * The table with the rows of an audience, numbered. A query gives other rows, or the same in another order, each time; so it runs
 * once, and everything else reads what it gave.
 */
export class Stage {
  readonly #parts: StageParts;
  readonly #table: string;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.#table = stageName(parts.audience, parts.campaign, parts.purpose);
  }

  /**
   * The table, which is made where it is missing.
   * @throws AudienceFault AUDIENCE_QUERY where the query can't be run; Fault BIGQUERY_BUSY or BIGQUERY_AWAY where the next try may do
   */
  async ensure(): Promise<Staged> {
    try {
      const found = await this.#find();
      if (found) return found;
      const location = this.#parts.place.location ?? (await this.#ownLocation());
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
        const staged = await this.#make(attempt, location);
        if (staged) return staged;
      }
    } catch (thrown) {
      throw this.fault('running the query', thrown);
    }
    throw gone(this.#table);
  }

  fault(doing: string, thrown: unknown): Fault {
    return listFault(this.#parts.audience, doing, this.#parts.queryGbMax, thrown);
  }

  get dataset(): Dataset {
    return datasetAt(this.#parts.bigquery, this.#parts.place);
  }

  async #find(): Promise<Staged | null> {
    const metadata = await orNull('missing', () => this.#metadata());
    if (!metadata) return null;
    const rows = Number(metadata.numRows);
    if (rows > ROWS_MAX) {
      const most = `${ROWS_MAX.toLocaleString('en')} rows, which is as far as BigQuery's 4,000 partitions a job go`;
      throw audienceFault(this.#parts.audience, 'AUDIENCE_QUERY', `it has more than ${most}`);
    }
    const version = `${metadata.id ?? this.#table} ${String(metadata.creationTime)} ${rows}`;
    return { table: this.#table, version, rows, fields: fieldsOf(metadata.schema) };
  }

  async #metadata(): Promise<TableMetadata> {
    const [metadata] = await this.dataset.table(this.#table).getMetadata();
    return metadata;
  }

  async #ownLocation(): Promise<string> {
    const location = await locationOf(this.dataset);
    if (location !== null) return location;
    const { project, dataset } = this.#parts.place;
    const problem = `there is no dataset ${project}.${dataset} to put its rows into: \`sluice setup\` makes it`;
    throw audienceFault(this.#parts.audience, 'AUDIENCE_QUERY', problem);
  }

  /**
   * Runs the query as the job of this number, or waits for that of somebody who was faster: of two planners only one can have it.
   * Null where that job is over and has left nothing.
   */
  async #make(attempt: number, location: string): Promise<Staged | null> {
    const { audience, campaign, purpose, bigquery } = this.#parts;
    const id = `sluice_audience_${stageHash(audience, campaign, purpose)}_${attempt}`;
    const made = await orNull('exists', () => this.#start(id, location));
    if (made) {
      await waitFor(made);
      const staged = await this.#find();
      // Another attempt would cost as much again.
      if (!staged) throw gone(this.#table);
      return staged;
    }
    // Either the job was there, or the table has come in the meantime.
    const found = await this.#find();
    if (found) return found;
    const job = bigquery.job(id, { location });
    const there = await orNull('missing', async () => (await job.getMetadata())[0]);
    if (there && there.status?.state !== 'DONE') await waitFor(job);
    return this.#find();
  }

  async #start(jobId: string, location: string): Promise<Job> {
    const { bigquery, place, audience, campaign, purpose, queryGbMax } = this.#parts;
    const query = stageSql(audience, sqlName(place, this.#table), campaign, purpose);
    const [job] = await bigquery.createJob({
      jobId,
      location,
      configuration: {
        query: { query, useLegacySql: false, maximumBytesBilled: String(queryGbMax * GB) },
        labels: { sluice: 'audience', campaign: campaign.toLowerCase().slice(0, 63) },
      },
    });
    return job;
  }
}

/** A failed job throws here, with the code that its reason stands for. Two planners may have finished it: then it is there. */
async function waitFor(job: Job): Promise<void> {
  await orNull('exists', () => job.getQueryResults({ maxResults: 0, autoPaginate: false }));
}

function gone(table: string): Fault {
  return new Fault('BIGQUERY_AWAY', `BigQuery: the staging table ${table} was made, and is not there`);
}
