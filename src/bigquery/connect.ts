import { BigQuery } from '@google-cloud/bigquery';
import type { BigQueryAccess } from './place.ts';

/** What the library appends itself to an endpoint. */
const API_PATH = /\/bigquery\/v2\/?$/;

/** A client of the REST API. Nothing is asked before it is used. */
export function connectBigQuery({ project, restUrl }: BigQueryAccess): BigQuery {
  return new BigQuery({
    ...(project === null ? {} : { projectId: project }),
    ...(restUrl === null ? {} : { apiEndpoint: restUrl.replace(API_PATH, '') }),
    userAgent: 'sluice',
  });
}
