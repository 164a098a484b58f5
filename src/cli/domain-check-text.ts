import { duration } from '../core/figures.ts';
import { isGreen, OF_THE_INSTALLATION } from '../desk/domain-view.ts';
import { blockersOf } from '../identity/blockers.ts';
import { type DomainCheck, isInOrder } from '../identity/domain-check.ts';
import { ITEM_NAMES } from '../queue/domain-rules.ts';
import { ITEM_INDENT, itemLines, STATUS_NAMES } from './domain-items.ts';

/** One page for people. */
export function domainCheckText(check: DomainCheck, nowMs: number): string {
  const ageMs = Math.max(0, nowMs - check.at);
  const age = ageMs < 5_000 ? '' : `, as of ${duration(ageMs)} ago`;
  const own = check.items.filter(({ item }) => !OF_THE_INSTALLATION.includes(item));
  const others = check.items.filter(({ item }) => OF_THE_INSTALLATION.includes(item));
  return [
    `${check.domain}: ${verdict(check)}${age}`,
    '',
    ...own.flatMap((item) => [
      ...itemLines(item, COLUMNS_MAX),
      ...(item.item === 'spf' ? treeLines(check) : []),
    ]),
    ...(others.length === 0
      ? []
      : [
          '',
          'the configuration set, for all domains',
          ...others.flatMap((item) => itemLines(item, COLUMNS_MAX)),
        ]),
  ].join('\n');
}

/** Each item in a word or two, for a line that is written over. */
export function itemsLine({ items }: DomainCheck): string {
  const open = items.filter((one) => !OF_THE_INSTALLATION.includes(one.item) && !isInOrder(one));
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

function treeLines({ spfTree, spfLookups }: DomainCheck): string[] {
  if (spfTree.length === 0) return [];
  return [
    ...(spfLookups === null ? [] : [`${ITEM_INDENT}${spfLookups} of 10 look-ups:`]),
    ...spfTree.map((line) => `${ITEM_INDENT}  ${line}`),
  ];
}

const COLUMNS_MAX = 100;
