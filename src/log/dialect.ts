/** What GoogleSQL and DuckDB write differently, as far as our statements need it. All else they both understand. */
export interface Dialect {
  /** The place of a value that is bound by name. */
  param(name: string): string;
  /** The hour (UTC) of a timestamp's column, as a text such as `2026-11-27T09:00:00Z`. */
  hour(column: string): string;
}

export const duckdb: Dialect = {
  param: (name) => `$${name}`,
  hour: (column) => `strftime(${column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:00:00Z')`,
};

export const bigquery: Dialect = {
  param: (name) => `@${name}`,
  hour: (column) => `FORMAT_TIMESTAMP('%Y-%m-%dT%H:00:00Z', ${column})`,
};
