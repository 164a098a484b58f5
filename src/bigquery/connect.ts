import { BigQuery } from '@google-cloud/bigquery';
import type { BigQueryAccess } from './place.ts';
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
 * The project that is set, or else the credentials' own.
 * @throws Fault BIGQUERY_… where nobody knows one
 */
export async function projectOf(
  bigquery: BigQuery,
  { project }: Pick<BigQueryAccess, 'project'>,
): Promise<string> {
  if (project !== null) return project;
  try {
    return await bigquery.getProjectId();
  } catch (thrown) {
    throw bigQueryFault('finding the project (GOOGLE_CLOUD_PROJECT names it)', thrown);
  }
}
