import { figure } from '../core/figures.ts';
import { truncate, visible, wrapped } from '../core/text-width.ts';
import type { CheckVariable } from '../desk/check-findings.ts';
import { quotaRows } from '../desk/check-quota.ts';
import type { CheckReport } from '../desk/check-report.ts';
import type { ContentFinding } from '../queue/content-check.ts';
import type { Sample } from '../queue/sample.ts';
import { bucketLines, canaryLines, timeText } from './check-text-counts.ts';
import { receiverLines } from './check-text-receivers.ts';
import { domainLines, senderLines } from './check-text-sender.ts';
import { type Paint, standardPaint, terminalColumns } from './colour.ts';
import { textTable } from './table.ts';

/** Of the text part: the first sample shows what kind of mail it is, and the others where they differ. */
const FIRST_SAMPLE_LINES = 8;
const OTHER_SAMPLE_LINES = 3;
/** Longer lines are hard to read, however wide the terminal is. */
const COLUMNS_MAX = 100;
const COLUMNS_MIN = 60;

/** A report for people: one page, what matters most first. */
export function checkText(
  report: CheckReport,
  nowMs: number,
  terminal = terminalColumns(),
  paint: Paint = standardPaint(),
): string {
  const columns = Math.max(COLUMNS_MIN, Math.min(terminal ?? COLUMNS_MAX, COLUMNS_MAX));
  const sections = [
    [
      ...headLines(report, columns, paint),
      ...bucketLines(report),
      ...wrapped('  ', timeText(report, nowMs).trim(), columns),
      ...canaryLines(report).flatMap((line) => wrapped('  ', line.trim(), columns)),
    ],
    warningLines(report, columns),
    quotaLines(report),
    senderLines(report, columns),
    domainLines(report, nowMs, columns),
    receiverLines(report, columns),
    contentLines(report, columns),
    report.variables.length === 0 ? [] : ['what the mail reads', ...report.variables.map(variableLine)],
    ...report.samples.map((sample, index) =>
      sampleLines(sample, columns, index === 0 ? FIRST_SAMPLE_LINES : OTHER_SAMPLE_LINES),
    ),
  ];
  const written = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${written.join('\n\n')}\n\nNothing was sent.`;
}

function headLines(report: CheckReport, columns: number, paint: Paint): string[] {
  const { id, name, category, sender, sendAt, standing } = report;
  return [
    `${paint('bold', id)}${name === id ? '' : `  ${visible(name)}`}`,
    ...verdictLines(report, columns).map((line) => paint(verdictStyle(report), line)),
    `  ${category}, from ${sender}`,
    ...(standing === 'known'
      ? ['  it was enqueued before, and `send` would do nothing: nobody gets it twice']
      : []),
    ...(sendAt === null ? [] : [`  begins at ${sendAt}`]),
  ];
}

function verdictLines({ blockers, standing, counts }: CheckReport, columns: number): string[] {
  const [only, ...others] = blockers;
  if (only && others.length === 0) return wrapped('  ', `would not be sent: ${only.message}`, columns);
  if (only) {
    return ['  would not be sent:', ...blockers.flatMap(({ message }) => wrapped('  - ', message, columns))];
  }
  if (standing === 'known') return ['  would not be sent again'];
  if (counts === null) return ['  would be sent, to those whom the query finds'];
  if (counts.sendable === 0) return ['  nothing would be sent: nobody is left to send to'];
  return [`  would be sent, to ${figure(counts.sendable)} ${counts.sendable === 1 ? 'person' : 'people'}`];
}

function verdictStyle({ blockers, standing, counts }: CheckReport): 'red' | 'yellow' | 'green' {
  if (blockers.length > 0) return 'red';
  return standing === 'known' || counts?.sendable === 0 ? 'yellow' : 'green';
}

/** What the first lines have said already is left out. */
function warningLines({ warnings, blockers }: CheckReport, columns: number): string[] {
  const said: readonly string[] = ['NOBODY', ...blockers.map(({ code }) => code)];
  const left = warnings.filter(({ code }) => !said.includes(code));
  if (left.length === 0) return [];
  return ['worth knowing', ...left.flatMap(({ message }) => wrapped('  - ', message, columns))];
}

function quotaLines({ quota }: CheckReport): string[] {
  if (quota.length === 0) return [];
  const columns = ['quota', 'used', 'of', 'this takes', ''];
  return indented(textTable(columns, quotaRows(quota))).map((line, row) =>
    row === 0 ? line.slice(2).replace('quota', 'quota  ') : line,
  );
}

function indented(table: string): string[] {
  return table.split('\n').map((line) => `  ${line}`);
}

function contentLines({ content, samples }: CheckReport, columns: number): string[] {
  if (samples.length === 0) return [];
  if (content.length === 0) return ['content', `  nothing to mend in ${sampleCount(samples.length)}`];
  return [
    'content',
    ...content.flatMap((finding) =>
      wrapped(`  ${finding.level.padEnd(8)} `, contentText(finding, samples), columns),
    ),
  ];
}

function contentText({ message, rows }: ContentFinding, samples: readonly Sample[]): string {
  const some =
    rows.length === samples.length ? '' : `${rows.map((row) => `row ${figure(row)}`).join(', ')}: `;
  return visible(some + message);
}

function sampleCount(count: number): string {
  return count === 1 ? 'one sample' : `${count} samples`;
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

function sampleLines(
  { seq, recipient, subject, text, htmlBytes }: Sample,
  columns: number,
  linesMax: number,
): string[] {
  const lines = (text ?? '').trimEnd().split('\n');
  const more = lines.length - linesMax;
  const cut = more > 0 ? [`  | … ${more} more ${more === 1 ? 'line' : 'lines'}, which --json has`] : [];
  return [
    `row ${figure(seq)}, to ${visible(recipient)}`,
    `  subject: ${visible(subject)}`,
    `  html:    ${htmlBytes === null ? 'none' : `${(htmlBytes / 1024).toFixed(1)} KB`}`,
    ...(text === null
      ? ['  text:    none']
      : [
          '  text:',
          ...lines.slice(0, linesMax).map((line) => truncate(`  | ${visible(line)}`.trimEnd(), columns)),
          ...cut,
        ]),
  ];
}
