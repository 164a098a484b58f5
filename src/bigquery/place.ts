/** Where the log's table is. */
export interface BigQueryPlace {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  /** Where data lies and jobs run, such as `asia-northeast1`; null: where the dataset is, or Google's default for a new one. */
  readonly location: string | null;
}

/** How BigQuery is reached. Credentials are found where Google's libraries always look. */
export interface BigQueryAccess {
  /** Null: the credentials' own. */
  readonly project: string | null;
  /** Base URL of a stand-in, verbatim; null for BigQuery itself. A stand-in wants no credentials. */
  readonly restUrl: string | null;
}

/** The view with each event once. Of another table than `events` it has a name of its own, so that two tables can share a dataset. */
export function viewName(table: string): string {
  return table === 'events' ? 'deliveries' : `${table}_deliveries`;
}

/** `project.dataset.table`. */
export function fullName(
  { project, dataset }: Pick<BigQueryPlace, 'project' | 'dataset'>,
  table: string,
): string {
  return `${project}.${dataset}.${table}`;
}

/** A table's name as GoogleSQL takes it. */
export function sqlName(place: Pick<BigQueryPlace, 'project' | 'dataset'>, table: string): string {
  return `\`${fullName(place, table)}\``;
}
