import type { BigQueryEstimate } from '../audience/bigquery-estimate.ts';
import { gigabytes } from '../audience/bigquery-trouble.ts';
import { figure } from '../core/figures.ts';
import { VariableTally } from '../queue/variable-tally.ts';
import type { Mailing } from '../send/mailing.ts';
import type { CheckFindings, CheckVariable } from './check-findings.ts';

/** What is known of an audience in BigQuery before its query has run: its columns, and what it costs. */
export function unlooked(
  mailing: Mailing,
  estimate: BigQueryEstimate,
): Pick<CheckFindings, 'preflight' | 'estimate'> {
  const tally = new VariableTally([...mailing.mail.variables, ...mailing.linkColumns]);
  tally.see(Object.fromEntries(estimate.columns.map((name) => [name, null])));
  const variables: CheckVariable[] = tally
    .result()
    .map((variable) => ({ ...variable, missing: null, empty: null }));
  return {
    estimate,
    preflight: { counts: null, invalid: [], variables, receivers: null, samples: [], hasChanged: false },
  };
}

/** For people, in place of the counts. */
export function estimateLines({
  bytes,
  bytesMax,
  listPriceUsd,
  rows,
  emailColumn,
}: BigQueryEstimate): string[] {
  const count = rows === null ? 'unknown until the query runs' : figure(rows);
  return [
    `  rows in BigQuery: ${count}`,
    `  addresses: in the column "${emailColumn}"; none was looked at, so nobody was counted as invalid, duplicate or suppressed`,
    `  the query reads up to ${gigabytes(bytes)} (SLUICE_BIGQUERY_MAX_GB: ${gigabytes(bytesMax)}), and runs once`,
    `  that is ${price(listPriceUsd)} at the list price of the US, $6.25 a TiB on demand; yours may differ`,
  ];
}

function price(usd: number): string {
  return usd < 0.01 ? 'less than $0.01' : `about $${usd.toFixed(2)}`;
}
