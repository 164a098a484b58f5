import type { BigQuery, Dataset } from '@google-cloud/bigquery';
import type { BigQueryPlace } from './place.ts';
import { orNull } from './trouble.ts';

export function datasetAt(
  bigquery: BigQuery,
  { project, dataset }: Pick<BigQueryPlace, 'project' | 'dataset'>,
): Dataset {
  return bigquery.dataset(dataset, { projectId: project });
}

/** Where a dataset is, such as `EU`; null where there is none. Fails as the client does. */
export async function locationOf(dataset: Dataset): Promise<string | null> {
  const found = await orNull('missing', () => dataset.getMetadata());
  return found && String(found[0].location ?? '');
}
