import { blockersOf } from '../identity/blockers.ts';
import type { DomainCheck, DomainItem } from '../identity/domain-check.ts';
import { ITEM_NAMES } from '../queue/domain-gate.ts';
import { duration } from './receipt-text.ts';
import { width } from './text-width.ts';

/** What each status is called. */
export const STATUS_NAMES: Readonly<Record<DomainItem['status'], string>> = {
  ok: 'ok',
  advice: 'ok',
  wrong: 'wrong',
  missing: 'missing',
  unasked: 'could not ask',
};

/** They are the installation's, and a domain can be ready without them. */
const OF_THE_INSTALLATION: readonly DomainItem['item'][] = ['tls', 'events'];

/** Nothing of the domain itself is wrong or missing, and all of it could be asked. */
export function isGreen({ items }: DomainCheck): boolean {
  return items.every(
    ({ item, status }) => OF_THE_INSTALLATION.includes(item) || status === 'ok' || status === 'advice',
  );
}

/** One page for people. */
export function domainCheckText(check: DomainCheck, nowMs: number): string {
  const ageMs = Math.max(0, nowMs - check.at);
  const age = ageMs < 5_000 ? '' : `, as of ${duration(ageMs)} ago`;
  const own = check.items.filter(({ item }) => !OF_THE_INSTALLATION.includes(item));
  const others = check.items.filter(({ item }) => OF_THE_INSTALLATION.includes(item));
  return [
    `${check.domain}: ${verdict(check)}${age}`,
    '',
    ...own.flatMap((item) => [...itemLines(item), ...(item.item === 'spf' ? treeLines(check) : [])]),
    ...(others.length === 0
      ? []
      : ['', 'the configuration set, for all domains', ...others.flatMap(itemLines)]),
  ].join('\n');
}

/** Each item in a word or two, for a line that is written over. */
export function itemsLine({ items }: DomainCheck): string {
  const open = items.filter(
    ({ item, status }) => !OF_THE_INSTALLATION.includes(item) && status !== 'ok' && status !== 'advice',
  );
  return open.map(({ item, status }) => `${ITEM_NAMES[item]} ${STATUS_NAMES[status]}`).join(', ');
}

/** Whether campaigns may go out from it, in a clause. */
export function verdict(check: DomainCheck): string {
  const blockers = blockersOf(check, { allowUnauthenticated: false });
  if (blockers.length > 0)
    return `may not send yet: ${blockers.map(({ item }) => ITEM_NAMES[item]).join(', ')}`;
  if (check.items.some(({ item, status }) => status === 'unasked' && !OF_THE_INSTALLATION.includes(item)))
    return 'nothing is known to be wrong, and not everything could be asked';
  return isGreen(check) ? 'ready to send' : 'may send, and not everything is right';
}

const STATUS_COLUMNS = 15;
const NAME_COLUMNS = 14;
const INDENT = ' '.repeat(2 + STATUS_COLUMNS + NAME_COLUMNS);

function itemLines({ item, status, found, expected, todo }: DomainItem): string[] {
  const head = `  ${STATUS_NAMES[status].padEnd(STATUS_COLUMNS)}${ITEM_NAMES[item].padEnd(NAME_COLUMNS)}`;
  return [
    ...folded(found).map((line, index) => (index === 0 ? head : INDENT) + line),
    // What is to be pasted stays in one piece.
    ...(expected === null ? [] : expected.split('\n').map((line) => `${INDENT}expected: ${line}`)),
    ...todo.flatMap((line) =>
      folded(`→ ${line}`).map((part, index) => INDENT + (index === 0 ? '' : '  ') + part),
    ),
  ];
}

function treeLines({ spfTree, spfLookups }: DomainCheck): string[] {
  if (spfTree.length === 0) return [];
  return [
    ...(spfLookups === null ? [] : [`${INDENT}${spfLookups} of 10 look-ups:`]),
    ...spfTree.map((line) => `${INDENT}  ${line}`),
  ];
}

const COLUMNS_MAX = 100;

/** Broken at blanks, so that it fits beside the names; words that are longer stand alone. */
function folded(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && width(longer) > COLUMNS_MAX - INDENT.length) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
