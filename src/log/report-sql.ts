import type { Dialect } from './dialect.ts';
import { COUNTS } from './tally-sql.ts';

/*
 * The statements of the report: plain SQL that GoogleSQL and DuckDB both know, over the view `deliveries`. People are
 * counted, by their place in the audience. Where a type is counted that can happen again, the first time counts.
 *
 * Sums are cast, since DuckDB's are wider than what is summed; BIGINT is a name that GoogleSQL has for its INT64.
 */

/** How a row of the audience ends, in the order in which `ends.ts` judges; accepted, which comes first, is no case here. */
const UNSENT = ['rejected', 'skipped', 'cancelled', 'dropped', 'duplicate', 'invalid'] as const;
export type Unsent = (typeof UNSENT)[number];

/** Takes the value `campaign`. */
export const funnelSql = (dialect: Dialect) => `
  WITH people AS (${people(dialect)})
  SELECT ${FIGURES}, ${['opened', 'clicked', 'unsubscribed'].map((flag) => countOf(flag, flag)).join(', ')}
  FROM people`;

/** Domains with the most accepted first, and in one row more, without a name, the sum of the others. Takes `campaign` and `top`. */
export const domainsSql = (dialect: Dialect) => `
  WITH people AS (${people(dialect)}),
  domains AS (SELECT domain, ${FIGURES} FROM people WHERE has_mail GROUP BY domain),
  ranked AS (SELECT *, ROW_NUMBER() OVER (ORDER BY accepted DESC, domain) AS place FROM domains),
  named AS (
    SELECT *, place > ${dialect.param('top')} AS is_rest,
      CASE WHEN place <= ${dialect.param('top')} THEN domain END AS name
    FROM ranked)
  SELECT name, is_rest, COUNT(*) AS domains, ${['accepted', 'delivered', 'hard', 'soft', 'complained'].map(sumOf).join(', ')}
  FROM named GROUP BY name, is_rest ORDER BY is_rest, accepted DESC, name`;

/** Reasons of most people first, the rest in one row. Of several diagnostics the first in order. Takes `campaign` and `top`. */
export const bouncesSql = (dialect: Dialect) => `
  WITH reasons AS (
    SELECT reason, smtp_status, COUNT(DISTINCT seq) AS people, MIN(diagnostic) AS diagnostic
    FROM deliveries WHERE ${ours(dialect)} AND event_type = 'bounce' GROUP BY reason, smtp_status),
  ranked AS (SELECT *, ROW_NUMBER() OVER (ORDER BY people DESC, reason, smtp_status) AS place FROM reasons),
  named AS (
    SELECT people, place > ${dialect.param('top')} AS is_rest,
      CASE WHEN place <= ${dialect.param('top')} THEN reason END AS name,
      CASE WHEN place <= ${dialect.param('top')} THEN smtp_status END AS status,
      CASE WHEN place <= ${dialect.param('top')} THEN diagnostic END AS sample
    FROM ranked)
  SELECT name, status, is_rest, COUNT(*) AS reasons, ${sumOf('people')}, MIN(sample) AS sample
  FROM named GROUP BY name, status, is_rest ORDER BY is_rest, people DESC, name, status`;

const BY_HOUR = {
  accepted: 'accepted',
  delivered: 'delivery',
  opened: 'open',
  clicked: 'click',
  bounced: 'bounce',
  unsubscribed: 'unsubscribe',
} as const;

/** Each person in the hour in which it happened first, so that hours add up to the funnel. Takes `campaign`. */
export const hoursSql = (dialect: Dialect) => `
  WITH firsts AS (
    SELECT seq, event_type, MIN(event_time) AS first_time FROM deliveries
    WHERE ${ours(dialect)} AND event_type IN (${Object.values(BY_HOUR).map(text).join(', ')})
    GROUP BY seq, event_type),
  timed AS (SELECT event_type, ${dialect.hour('first_time')} AS hour_utc FROM firsts)
  SELECT hour_utc, ${Object.entries(BY_HOUR)
    .map(([name, type]) => countOf(`event_type = ${text(type)}`, name))
    .join(', ')}
  FROM timed GROUP BY hour_utc ORDER BY hour_utc`;

/** By the way that they took; somebody who took two is in both. Takes `campaign`. */
export const unsubscribesSql = (dialect: Dialect) => `
  SELECT event_type, reason, COUNT(DISTINCT seq) AS people FROM deliveries
  WHERE ${ours(dialect)} AND event_type IN ('unsubscribe', 'resubscribe')
  GROUP BY event_type, reason ORDER BY event_type DESC, people DESC, reason`;

/** Who got no mail, by what became of them and why. Takes `campaign`. */
export const unsentSql = (dialect: Dialect) => `
  WITH people AS (
    SELECT seq, ${isSome("event_type = 'accepted'")} AS is_accepted,
      ${UNSENT.map(unsentColumns).join(',\n      ')}
    FROM deliveries
    WHERE ${ours(dialect)} AND event_type IN ('accepted', ${UNSENT.map(text).join(', ')})
    GROUP BY seq),
  ended AS (
    SELECT CASE ${UNSENT.map((end) => `WHEN is_${end} THEN '${end}'`).join(' ')} END AS became,
      CASE ${UNSENT.map((end) => `WHEN is_${end} THEN ${end}`).join(' ')} END AS reason
    FROM people WHERE NOT is_accepted)
  SELECT became, reason, COUNT(*) AS people FROM ended
  GROUP BY became, reason ORDER BY became, people DESC, reason`;

function unsentColumns(end: Unsent): string {
  const isEnd = `event_type = ${text(end)}`;
  return `${isSome(isEnd)} AS is_${end}, MIN(CASE WHEN ${isEnd} THEN reason END) AS ${end}`;
}

/** What is counted of a campaign and of each domain alike. */
const FIGURES = [
  countOf('accepted', 'accepted'),
  countOf('delivered', 'delivered'),
  countOf('hard', 'hard'),
  countOf('soft', 'soft'),
  countOf('complained', 'complained'),
].join(', ');

/**
 * One row for each row of the audience of which the log tells something. The domain is the one that was mailed: an
 * event may have another, where mail is passed on.
 */
function people(dialect: Dialect): string {
  const flags = {
    accepted: "event_type = 'accepted'",
    delivered: "event_type = 'delivery'",
    hard: "event_type = 'bounce' AND reason LIKE 'Permanent/%'",
    soft: "event_type = 'bounce' AND reason NOT LIKE 'Permanent/%'",
    complained: "event_type = 'complaint'",
    opened: "event_type = 'open'",
    clicked: "event_type = 'click'",
    unsubscribed: "event_type = 'unsubscribe'",
    has_mail: "event_type IN ('accepted', 'delivery', 'bounce', 'complaint')",
  };
  return `
    SELECT seq,
      COALESCE(MIN(CASE WHEN event_type = 'accepted' THEN recipient_domain END), MIN(recipient_domain)) AS domain,
      ${Object.entries(flags)
        .map(([name, condition]) => `${isSome(condition)} AS ${name}`)
        .join(',\n      ')}
    FROM deliveries WHERE ${ours(dialect)} AND ${COUNTS} GROUP BY seq`;
}

function ours(dialect: Dialect): string {
  return `campaign_id = ${dialect.param('campaign')} AND NOT test AND seq IS NOT NULL`;
}

function isSome(condition: string): string {
  return `COUNT(CASE WHEN ${condition} THEN 1 END) > 0`;
}

function countOf(condition: string, name: string): string {
  return `COUNT(CASE WHEN ${condition} THEN 1 END) AS ${name}`;
}

function sumOf(name: string): string {
  return `CAST(SUM(${name}) AS BIGINT) AS ${name}`;
}

function text(word: string): string {
  return `'${word}'`;
}
