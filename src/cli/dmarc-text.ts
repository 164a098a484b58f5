import { figure, percent } from '../core/figures.ts';
import { visible } from '../core/text-width.ts';
import type { MonthReport, Source } from '../dmarc/month-report.ts';
import type { PublishedPolicy } from '../dmarc/report.ts';
import { type Paint, standardPaint } from './colour.ts';
import { textTable } from './table.ts';

/** Most windows have as many. */
const COLUMNS_MAX = 110;
const INDENT = '  ';
const REPORTERS_SHOWN = 4;
/** Leaves room for an IPv6 address and an organisation. */
const NAME_CHARACTERS = 20;

/** A domain's month for people, on one page: what passes, from where it came, and what to do. */
export function dmarcText(report: MonthReport, paint: Paint = standardPaint()): string {
  const { verdict } = report;
  const style = verdict.kind === 'hurts' ? 'red' : verdict.kind === 'safe' ? 'green' : 'yellow';
  return [
    `${paint('bold', report.domain)}  ${report.month}`,
    ...headLines(report).map((line) => INDENT + line),
    '',
    figuresTable(report),
    '',
    'sources',
    sourcesTable(report),
    ...otherSources(report),
    ...unaskedLines(report),
    '',
    `would a stricter policy hurt? (reports of ${verdict.months.join(' and ')})`,
    ...wrapped(verdict.sentence).map((line) => INDENT + paint(style, line)),
    ...wrapped(`Next: ${verdict.next}`).map((line) => INDENT + line),
  ].join('\n');
}

function headLines({ reports, reporters, begin, end, days, policy }: MonthReport): string[] {
  const named = reporters
    .slice(0, REPORTERS_SHOWN)
    .map(({ organisation, messages }) => `${visible(organisation)} (${figure(messages)})`);
  const rest = reporters.length - named.length;
  return [
    `${figure(reports)} ${reports === 1 ? 'report' : 'reports'} on ${figure(days)} ${days === 1 ? 'day' : 'days'}, from ${minute(begin)} to ${minute(end)} UTC`,
    ...wrapped(`reported by ${[...named, ...(rest > 0 ? [`${figure(rest)} more`] : [])].join(', ')}`),
    `published: ${policyText(policy)}`,
  ];
}

function policyText(policy: PublishedPolicy): string {
  const { p, sp, np, pct, testing, adkim, aspf } = policy;
  const tags = [
    ['p', p ?? 'not reported'],
    ['sp', sp],
    ['np', np],
    ['pct', pct === 100 ? null : pct],
    ['t', testing ? 'y' : null],
    ['adkim', adkim === 's' ? 's' : null],
    ['aspf', aspf === 's' ? 's' : null],
  ];
  return tags.flatMap(([tag, value]) => (value === null ? [] : [`${tag}=${value}`])).join('; ');
}

function figuresTable({ figures, disposition, failing, overrides }: MonthReport): string {
  const { messages } = figures;
  const fails = messages - figures.pass;
  const rows: [label: string, messages: number, isShown: boolean][] = [
    ['messages', messages, true],
    ['pass DMARC', figures.pass, true],
    ['DKIM passes', figures.dkimPass, true],
    ['  and is aligned', figures.dkimAligned, true],
    ['SPF passes', figures.spfPass, true],
    ['  and is aligned', figures.spfAligned, true],
    ['fail DMARC', fails, true],
    ['  from known senders', failing.known, fails > 0],
    ['  by lists and forwarders', failing.forwarded, fails > 0],
    ['  prove another domain', failing.authenticated, fails > 0],
    ['  prove nothing', failing.unknown, fails > 0],
    ['nothing was done', disposition.none + disposition.pass, true],
    ['quarantined', disposition.quarantine, true],
    ['rejected', disposition.reject, true],
    ...Object.entries(overrides).map(([reason, count]): [string, number, boolean] => [
      `receiver's reason: ${reason}`,
      count,
      true,
    ]),
  ];
  const cells = rows
    .filter(([, , isShown]) => isShown)
    .map(([label, count]) => [label, figure(count), messages === 0 ? '' : percent(count / messages)]);
  return table(['', '', ''], cells, false);
}

const COLUMNS = ['address', 'from', 'messages', 'pass', 'DKIM', 'SPF', 'fails as', 'name', 'organisation'];
const MAY_CUT = COLUMNS.map((column) => column === 'name' || column === 'organisation');

function sourcesTable({ sources }: MonthReport): string {
  const cells = sources.map((source) => [
    source.ip,
    ORIGINS[source.origin],
    figure(source.messages),
    figure(source.pass),
    figure(source.dkimAligned),
    figure(source.spfAligned),
    failsAs(source),
    nameText(source),
    source.organisation ?? '',
  ]);
  return table(COLUMNS, cells, true);
}

const ORIGINS: Readonly<Record<Source['origin'], string>> = {
  sluice: 'SES',
  forwarded: 'SES, sent on',
  other: 'not Sluice',
};

function failsAs({ messages, pass, proved }: Source): string {
  return messages > pass ? (proved ?? '(nothing)') : '';
}

function nameText({ name }: Source): string {
  switch (name.kind) {
    case 'confirmed':
      return ending(name.name);
    case 'claimed':
      return `(unconfirmed) ${ending(name.name)}`;
    case 'none':
      return '(no name)';
    case 'unasked':
      return '(could not ask)';
  }
}

/** Why names could not be asked for, once for each reason: a table has no room for it. */
function unaskedLines({ sources }: MonthReport): string[] {
  const reasons = new Set(sources.flatMap(({ name }) => (name.kind === 'unasked' ? [name.reason] : [])));
  return [...reasons].flatMap((reason) =>
    wrapped(`could not ask: ${visible(reason)}`).map((line) => INDENT + line),
  );
}

/** The end of a name tells whose it is, so that is what stays. */
function ending(name: string): string {
  return name.length <= NAME_CHARACTERS ? name : `…${name.slice(1 - NAME_CHARACTERS)}`;
}

function otherSources({ otherSources: { sources, messages } }: MonthReport): string[] {
  return sources === 0
    ? []
    : [
        `${INDENT}and ${figure(sources)} more with ${figure(messages)} ${messages === 1 ? 'message' : 'messages'}`,
      ];
}

function table(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  withHeader: boolean,
): string {
  const options = { columnsMax: COLUMNS_MAX - INDENT.length, withHeader, mayCut: withHeader ? MAY_CUT : [] };
  return textTable(columns, rows, options).replaceAll(/^/gm, INDENT);
}

/** Prose in lines that fit. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ (?!%)/)) {
    if (line !== '' && line.length + word.length + INDENT.length >= COLUMNS_MAX) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
