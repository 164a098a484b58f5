import { createHash } from 'node:crypto';

/** A list in BigQuery: what a query gives, or a table. */
export interface BigQueryAudience {
  readonly kind: 'bigquery';
  /** GoogleSQL, one SELECT. Exactly one of the two is there. */
  readonly query?: string | undefined;
  /** `dataset.table` or `project.dataset.table`. */
  readonly table?: string | undefined;
  readonly emailColumn?: string | undefined;
}

/** Whose staging table it is: a test send has its own, so that a campaign is not sent to what the list was at its test. */
export type StagePurpose = 'send' | 'test';

/** Numbers the rows, from 1. */
export const SEQ_COLUMN = 'sluice_seq';

/** Rows of a partition, which is what is held in memory at a time. */
export const PARTITION_ROWS = 25_000;
/** BigQuery lets one job write to 4,000 partitions; a table may have 10,000. */
const PARTITIONS_MAX = 4_000;
export const ROWS_MAX = PARTITION_ROWS * PARTITIONS_MAX;

/**
 * How long a staging table stays. Planning reads a list again after a crash, a pause or a hold, and a campaign that is held over a
 * weekend must find it; nobody's addresses should lie there for ever. Those of a test are needed for a moment.
 */
const EXPIRY_HOURS: Readonly<Record<StagePurpose, number>> = { send: 7 * 24, test: 24 };

/** The part of the staging table's name and of its jobs' ids that tells one definition of one campaign from all others. */
export function stageHash(
  { query, table }: BigQueryAudience,
  campaign: string,
  purpose: StagePurpose,
): string {
  const definition = JSON.stringify([query ?? null, table ?? null, campaign, purpose]);
  return createHash('sha256').update(definition).digest('hex').slice(0, 12);
}

export function stageName(audience: BigQueryAudience, campaign: string, purpose: StagePurpose): string {
  return `sluice_audience_${campaign.replaceAll('-', '_')}_${stageHash(audience, campaign, purpose)}`;
}

/**
 * Makes the staging table. The first line is all ours, so that the query begins on the second, whatever we write before it.
 * @param name as GoogleSQL takes it, in backticks
 */
export function stageSql(
  audience: BigQueryAudience,
  name: string,
  campaign: string,
  purpose: StagePurpose,
): string {
  const last = ROWS_MAX + 1;
  const description = `Sluice: the audience of ${purpose === 'test' ? 'a test of ' : ''}campaign ${campaign}, as it is sent to. It may be deleted when that is over.`;
  return [
    `CREATE TABLE ${name}`,
    `PARTITION BY RANGE_BUCKET(${SEQ_COLUMN}, GENERATE_ARRAY(1, ${last}, ${PARTITION_ROWS}))`,
    `OPTIONS(expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL ${EXPIRY_HOURS[purpose]} HOUR), description = '${description}')`,
    `AS SELECT ROW_NUMBER() OVER () AS ${SEQ_COLUMN}, audience.* FROM (\n${selectOf(audience)}\n) AS audience`,
  ].join(' ');
}

/** The same without the table: for a dry run. */
export function plainSql(audience: BigQueryAudience): string {
  return `SELECT audience.* FROM (\n${selectOf(audience)}\n) AS audience`;
}

/** Where BigQuery says that something is, `[line:column]`, as a place in the query as it was written. */
export function placeInQuery(said: string): string {
  return said.replaceAll(
    /\[(\d+):(\d+)\]/g,
    (_, line, column) => `line ${Number(line) - 1}, column ${column}`,
  );
}

function selectOf({ query, table }: BigQueryAudience): string {
  return query === undefined ? `SELECT * FROM \`${tableName(table ?? '')}\`` : withoutEnd(query);
}

/** Some write it in backticks, and some as the old `project:dataset.table`. */
export function tableName(table: string): string {
  return table
    .replaceAll('`', '')
    .replace(/^([^:.]+):/, '$1.')
    .trim();
}

/** Comments and strings, whose semicolons and hyphens mean nothing, then a semicolon, then whatever else. */
const TOKEN =
  /(?<blank>\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|'''(?:\\[\s\S]|[^\\])*?'''|"""(?:\\[\s\S]|[^\\])*?"""|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|`[^`]*`|[\s\S]/g;

/** Without the semicolons at its end; comments behind them stay, each on its line. */
function withoutEnd(query: string): string {
  const words = [...query.matchAll(TOKEN)].filter(({ groups }) => groups?.['blank'] === undefined);
  const ends = new Set<number>();
  for (const { 0: text, index } of words.toReversed()) {
    if (text !== ';') break;
    ends.add(index);
  }
  return [...query.matchAll(TOKEN)].map(({ 0: text, index }) => (ends.has(index) ? '' : text)).join('');
}
