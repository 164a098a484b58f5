import { datasetAt, locationOf } from '../bigquery/dataset.ts';
import { addressIn } from './bigquery.ts';
import { type BigQueryAudience, plainSql, SEQ_COLUMN, tableName } from './bigquery-sql.ts';
import type { StageParts } from './bigquery-stage.ts';
import { audienceFault, GB, listFault, tooDear } from './bigquery-trouble.ts';
import { fieldsOf } from './bigquery-value.ts';

/** What can be known of an audience without paying for its query: a dry run reads nothing, and is free. */
export interface BigQueryEstimate {
  /** What the query would read, at most. */
  readonly bytes: number;
  readonly bytesMax: number;
  /** At the list price of the US, on demand; other regions, editions and contracts have other prices. */
  readonly listPriceUsd: number;
  /** Of a table, as BigQuery has counted; null where only the query would tell. */
  readonly rows: number | null;
  readonly columns: readonly string[];
  readonly emailColumn: string;
}

/** https://cloud.google.com/bigquery/pricing, on demand, US. */
const USD_PER_TIB = 6.25;
const TIB = 2 ** 40;

/** @throws AudienceFault where the query can't be run, would read too much, or has no column of addresses */
export async function estimateAudience(
  parts: Omit<StageParts, 'purpose' | 'campaign'>,
): Promise<BigQueryEstimate> {
  const { audience, queryGbMax } = parts;
  const { bytes, columns } = await dryRun(parts).catch((thrown: unknown) => {
    throw listFault(audience, 'trying the query', queryGbMax, thrown);
  });
  if (columns.includes(SEQ_COLUMN)) {
    const problem = `the column ${SEQ_COLUMN} has a name that Sluice uses itself: leave it out`;
    throw audienceFault(audience, 'AUDIENCE_HEADER', problem);
  }
  if (bytes > queryGbMax * GB) throw audienceFault(audience, 'AUDIENCE_QUERY', tooDear(bytes, queryGbMax));
  return {
    bytes,
    bytesMax: queryGbMax * GB,
    listPriceUsd: (bytes / TIB) * USD_PER_TIB,
    rows: await rowsOf(parts),
    columns,
    emailColumn: addressIn(audience, columns),
  };
}

async function dryRun({ bigquery, place, audience }: Omit<StageParts, 'purpose' | 'campaign'>) {
  // Where the dataset is not there yet, BigQuery takes the location of what is read.
  const location = place.location ?? (await locationOf(datasetAt(bigquery, place)));
  const [job] = await bigquery.createJob({
    ...(location === null ? {} : { location }),
    configuration: { dryRun: true, query: { query: plainSql(audience), useLegacySql: false } },
  });
  const { totalBytesProcessed, query }: { totalBytesProcessed?: unknown; query?: { schema?: unknown } } =
    job.metadata.statistics ?? {};
  return {
    bytes: Number(totalBytesProcessed ?? 0),
    columns: fieldsOf(query?.schema).map(({ name }) => name),
  };
}

/** A view, or a table by wildcard, has no count; whether it could be read is known by then. */
async function rowsOf({
  bigquery,
  place,
  audience,
}: Omit<StageParts, 'purpose' | 'campaign'>): Promise<number | null> {
  const name = nameParts(audience);
  if (name === null) return null;
  const { project = place.project, dataset, table } = name;
  try {
    const [metadata] = await datasetAt(bigquery, { project, dataset }).table(table).getMetadata();
    return metadata.type === 'TABLE' ? Number(metadata.numRows) : null;
  } catch {
    return null;
  }
}

function nameParts({ table: written }: BigQueryAudience) {
  const [table, dataset, project] = tableName(written ?? '')
    .split('.')
    .toReversed();
  return dataset === undefined || table === undefined ? null : { project, dataset, table };
}
