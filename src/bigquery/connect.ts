import { BigQuery } from '@google-cloud/bigquery';
import type { BigQueryAccess, BigQueryPlace } from './place.ts';
import { bigQueryFault } from './trouble.ts';

/** What the library appends itself to an endpoint. */
const API_PATH = /\/bigquery\/v2\/?$/;

/**
 * A client of the REST API. Nothing is asked before it is used.
 *
 * @param retries whether the library tries again by itself, for a quarter of a minute; not where the caller does that in any case
 */
export function connectBigQuery({ project, restUrl }: BigQueryAccess, retries: boolean): BigQuery {
  return new BigQuery({
    autoRetry: retries,
    ...(project === null ? {} : { projectId: project }),
    ...(restUrl === null ? {} : { apiEndpoint: restUrl.replace(API_PATH, '') }),
    userAgent: 'sluice',
  });
}

/**
 * A client with the place that is set; where no project is, it is the credentials' own.
 * @throws Fault BIGQUERY_… where nobody knows one
 */
export async function openPlace(
  settings: BigQueryAccess & Omit<BigQueryPlace, 'project'>,
  retries: boolean,
): Promise<{ readonly bigquery: BigQuery; readonly place: BigQueryPlace }> {
  const { dataset, table, location } = settings;
  const bigquery = connectBigQuery(settings, retries);
  const project = settings.project ?? (await ownProject(bigquery));
  return { bigquery, place: { project, dataset, table, location } };
}

async function ownProject(bigquery: BigQuery): Promise<string> {
  try {
    return await bigquery.getProjectId();
  } catch (thrown) {
    throw bigQueryFault('finding the project (GOOGLE_CLOUD_PROJECT names it)', thrown);
  }
}
