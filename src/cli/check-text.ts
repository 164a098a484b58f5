import type { InvalidRows } from '../queue/preflight.ts';
import type { Sample } from '../queue/sample.ts';
import { estimateLines } from './check-bigquery.ts';
import type { CheckVariable } from './check-findings.ts';
import type { CheckRate } from './check-rate.ts';
import type { CheckReport } from './check-report.ts';
import { duration, figure } from './receipt-text.ts';
import { truncate, visible } from './text-width.ts';

/** Of the text part of a sample. */
const SAMPLE_LINES_MAX = 15;
const COLUMNS_MAX = 80;
/** From then on it is worth saying how old a rate is. */
const OLD_MS = 10 * 60_000;

/** A report for people. */
export function checkText(report: CheckReport, nowMs: number): string {
  const sections = [
    [
      heading(report),
      ...standingLines(report),
      ...bucketLines(report),
      timeText(report, nowMs),
      ...canaryLines(report),
    ],
    report.variables.length === 0 ? [] : ['what the mail reads', ...report.variables.map(variableLine)],
    report.warnings.length === 0
      ? []
      : ['worth knowing', ...report.warnings.map(({ message }) => `  ${message}`)],
    ...report.samples.map(sampleLines),
  ];
  const written = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${written.join('\n\n')}\n\nNothing was sent.`;
}

function heading({ id, name, category, sender }: CheckReport): string {
  return `${id}${name === id ? '' : `  ${visible(name)}`}\n  ${category}, from ${sender}`;
}

function standingLines({ standing, sendAt }: CheckReport): string[] {
  return [
    ...(standing === 'known'
      ? ['  it was enqueued before, and `send` would do nothing: nobody gets it twice']
      : []),
    ...(sendAt === null ? [] : [`  begins at ${sendAt}`]),
  ];
}

function bucketLines({ counts, invalid, bigquery }: CheckReport): string[] {
  if (counts === null) return bigquery ? estimateLines(bigquery) : [];
  const { skipped } = counts;
  return [
    bucket('rows read', counts.read, 0),
    ...above(counts.duplicate, bucket('duplicates', counts.duplicate, 1)),
    ...above(counts.invalid, bucket('invalid addresses', counts.invalid, 1)),
    ...invalid.flatMap(invalidLines),
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

function timeText({ rate, durationMs, counts }: CheckReport, nowMs: number): string {
  if (counts === null) return '  how long it takes is not known before the query has run';
  if (rate.perSecond === null || durationMs === null) {
    return '  how long it takes is not known: no worker has been running, and SLUICE_MAX_PER_SECOND is not set';
  }
  if (counts.sendable === 0) return '  takes no time';
  const time = `  takes about ${duration(durationMs)} at ${figure(rate.perSecond)} a second (${limitText(rate)})`;
  if (rate.account === null)
    return `${time}; the account's own rate is not known, as no worker has been running`;
  const ageMs = nowMs - Date.parse(rate.account.at);
  return ageMs > OLD_MS ? `${time}, as of ${duration(ageMs)} ago` : time;
}

function canaryLines({ canary }: CheckReport): string[] {
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

function variableLine({ name, inList, missing, empty }: CheckVariable): string {
  if (missing === null || empty === null)
    return `  {{${visible(name)}}}: ${inList ? 'there is such a column' : 'there is no such column'}`;
  const lacks = [
    ...(missing > 0 ? [`${figure(missing)} do not have it`] : []),
    ...(empty > 0 ? [`${figure(empty)} leave it empty`] : []),
  ];
  const words = !inList ? 'no row has it' : lacks.length === 0 ? 'everybody has it' : lacks.join(', ');
  return `  {{${visible(name)}}}: ${words}`;
}

function sampleLines({ seq, recipient, subject, text, htmlBytes }: Sample): string[] {
  const lines = (text ?? '').trimEnd().split('\n');
  const cut = lines.length > SAMPLE_LINES_MAX ? [`  | … ${lines.length - SAMPLE_LINES_MAX} more lines`] : [];
  return [
    `row ${figure(seq)}, to ${visible(recipient)}`,
    `  subject: ${visible(subject)}`,
    `  html:    ${htmlBytes === null ? 'none' : `${(htmlBytes / 1024).toFixed(1)} KB`}`,
    ...(text === null
      ? ['  text:    none']
      : [
          '  text:',
          ...lines.slice(0, SAMPLE_LINES_MAX).map((line) => `  | ${visible(line)}`.trimEnd()),
          ...cut,
        ]),
  ];
}
