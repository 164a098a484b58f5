import { bigQueryFault, reasonsOf, troubleOf } from '../bigquery/trouble.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { type BigQueryAudience, placeInQuery } from './bigquery-sql.ts';
import { AudienceFault, type AudienceFaultCode } from './fault.ts';

export const GB = 1e9;

/** What stops a campaign for good: nothing mends it but another query, table, or setting. */
export function audienceFault(
  audience: BigQueryAudience,
  code: AudienceFaultCode,
  problem: string,
  cause?: unknown,
): AudienceFault {
  const file = audience.query === undefined ? 'audience.table' : 'audience.query';
  return new AudienceFault(code, { file }, problem, { cause });
}

/**
 * What was thrown while a list was asked for. What the next try may mend stays a Fault of BigQuery's, so that it is tried again.
 * @param gbMax SLUICE_BIGQUERY_MAX_GB
 */
export function listFault(audience: BigQueryAudience, doing: string, gbMax: number, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const trouble = troubleOf(thrown);
  if (trouble === 'busy' || trouble === 'away') return bigQueryFault(doing, thrown);
  const said = messageOf(thrown).replace(/[.\s]+$/, '');
  if (reasonsOf(thrown).includes('bytesBilledLimitExceeded') || /bytes billed/.test(said))
    return audienceFault(audience, 'AUDIENCE_QUERY', tooDear(billedIn(said), gbMax), thrown);
  return audienceFault(audience, 'AUDIENCE_QUERY', `BigQuery, ${doing}: ${placeInQuery(said)}`, thrown);
}

/** @param bytes null where BigQuery does not say */
export function tooDear(bytes: number | null, gbMax: number): string {
  const reads =
    bytes === null
      ? `more than the ${gbMax} GB that a query may`
      : `${gigabytes(bytes)}, and a query may read ${gbMax} GB`;
  return `it would read ${reads}; SLUICE_BIGQUERY_MAX_GB raises that`;
}

export function gigabytes(bytes: number): string {
  if (bytes === 0) return '0 GB';
  return bytes < GB / 100
    ? 'less than 0.01 GB'
    : `${(Math.ceil((bytes / GB) * 100) / 100).toLocaleString('en')} GB`;
}

/** `Query exceeded limit for bytes billed: 1000000. 10485760 or higher required.` */
function billedIn(said: string): number | null {
  const [, digits] = /(\d+) or higher required/.exec(said) ?? [];
  return digits === undefined ? null : Number(digits);
}
