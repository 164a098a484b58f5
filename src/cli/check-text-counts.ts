import { duration, figure } from '../core/figures.ts';
import { truncate, visible } from '../core/text-width.ts';
import { estimateLines } from '../desk/check-bigquery.ts';
import type { CheckRate } from '../desk/check-rate.ts';
import type { CheckReport } from '../desk/check-report.ts';
import type { InvalidRows } from '../queue/preflight.ts';

const COLUMNS_MAX = 80;
/** Of invalid addresses; the JSON has all. */
const REASONS_MAX = 5;
/** From then on it is worth saying how old a rate is. */
const OLD_MS = 10 * 60_000;

export function bucketLines({ counts, invalid, bigquery }: CheckReport): string[] {
  if (counts === null) return bigquery ? estimateLines(bigquery) : [];
  const { skipped } = counts;
  return [
    bucket('rows read', counts.read, 0),
    ...above(counts.duplicate, bucket('duplicates', counts.duplicate, 1)),
    ...above(counts.invalid, bucket('invalid addresses', counts.invalid, 1)),
    ...invalid.slice(0, REASONS_MAX).flatMap(invalidLines),
    ...moreReasons(invalid.slice(REASONS_MAX)),
    ...above(skipped.unsubscribed, bucket('skipped: unsubscribed', skipped.unsubscribed, 1)),
    ...above(skipped.bounced, bucket('skipped: bounced', skipped.bounced, 1)),
    ...above(skipped.complained, bucket('skipped: complained', skipped.complained, 1)),
    ...above(skipped.blocked, bucket('skipped: blocked', skipped.blocked, 1)),
    bucket('would be sent to', counts.sendable, 0),
  ];
}

function bucket(label: string, count: number, depth: number): string {
  return `  ${'  '.repeat(depth)}${label.padEnd(24 - 2 * depth)}${figure(count).padStart(12)}`;
}

function above(count: number, line: string): string[] {
  return count > 0 ? [line] : [];
}

function invalidLines({ meaning, rows, examples }: InvalidRows): string[] {
  const shown = examples.map(({ seq, value }) => `row ${figure(seq)} "${visible(value)}"`);
  return [`      ${figure(rows)}: ${meaning}`, truncate(`        ${shown.join(', ')}`, COLUMNS_MAX)];
}

function moreReasons(left: readonly InvalidRows[]): string[] {
  const rows = left.reduce((sum, one) => sum + one.rows, 0);
  return left.length === 0
    ? []
    : [`      ${figure(rows)}: ${left.length} other reasons, which --json has with their rows`];
}

export function timeText({ rate, durationMs, counts }: CheckReport, nowMs: number): string {
  if (counts === null) return '  how long it takes is not known before the query has run';
  if (rate.perSecond === null || durationMs === null) {
    return '  how long it takes is not known: no worker has been running, and SLUICE_MAX_PER_SECOND is not set';
  }
  if (counts.sendable === 0) return '  takes no time';
  const took = durationMs < 1000 ? 'less than a second' : `about ${duration(durationMs)}`;
  const time = `  takes ${took} at ${figure(rate.perSecond)} a second (${limitText(rate)})`;
  if (rate.account === null)
    return `${time}; the account's own rate is not known, as no worker has been running`;
  const ageMs = nowMs - Date.parse(rate.account.at);
  return ageMs > OLD_MS ? `${time}, as of ${duration(ageMs)} ago` : time;
}

export function canaryLines({ canary }: CheckReport): string[] {
  if (canary === null) return [];
  return [
    `  canary: the first ${figure(canary.recipients)} are sent to, and ${duration(canary.waitMs)} are waited for what SES says of them`,
  ];
}

function limitText({ limitedBy }: CheckRate): string {
  switch (limitedBy) {
    case 'setting':
      return 'SLUICE_MAX_PER_SECOND';
    case 'project':
      return "its project's limit";
    case 'campaign':
      return "the campaign's limits.perSecond";
    case 'account':
    case null:
      return 'what the workers may send at present';
  }
}
