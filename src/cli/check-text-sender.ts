import type { DomainItem } from '../identity/domain-check.ts';
import { guardRows } from './check-guard.ts';
import type { CheckReport } from './check-report.ts';
import { duration, percent } from './receipt-text.ts';
import { textTable } from './table.ts';
import { visible, wrapped } from './text-width.ts';

/** How mail of the sender was received so far, against the limits that will hold. */
export function senderLines({ guard }: CheckReport, columns: number): string[] {
  const head = `${guard.sender}, project ${guard.project}`;
  if (guard.hour.sends + guard.week.sends === 0) {
    const { bounceRate, complaintRate } = guard.limits;
    const text = `nothing was sent in 7 days; held beyond ${percent(bounceRate)} hard bounces or ${percent(complaintRate)} complaints`;
    return [head, ...wrapped('  ', text, columns)];
  }
  const table = textTable(['', 'sent', 'bounced', 'limit', 'complained', 'limit'], guardRows(guard), {
    columnsMax: columns - 2,
  });
  return [head, ...table.split('\n').map((line) => `  ${line}`)];
}

const STATUS: Readonly<Record<DomainItem['status'], string>> = {
  ok: 'ok',
  advice: 'advice',
  wrong: 'wrong',
  missing: 'missing',
  unasked: 'not asked',
};
const STATUS_COLUMNS = 11;
const ITEM_COLUMNS = 14;

export function domainLines({ domain }: CheckReport, nowMs: number, columns: number): string[] {
  const { name, check } = domain;
  const age = check === null ? '' : `  (checked ${duration(nowMs - Date.parse(check.at))} ago)`;
  return [
    `the domain ${name}${age}`,
    ...(check === null ? ['  was not checked'] : check.items.flatMap((item) => itemLines(item, columns))),
    ...gmailLines(domain),
  ];
}

function itemLines({ item, status, found, expected, todo }: DomainItem, columns: number): string[] {
  const first = `  ${STATUS[status].padEnd(STATUS_COLUMNS)}${item.padEnd(ITEM_COLUMNS)}`;
  const indent = ' '.repeat(first.length);
  const isFine = status === 'ok' || status === 'unasked';
  return [
    ...wrapped(first, visible(found), columns),
    ...(isFine || expected === null ? [] : wrapped(`${indent}expected: `, visible(expected), columns)),
    ...(isFine ? [] : todo.flatMap((line) => wrapped(`${indent}- `, visible(line), columns))),
  ];
}

function gmailLines({ isBulkSender, spamRate }: CheckReport['domain']): string[] {
  const bulk =
    isBulkSender === null
      ? []
      : [isBulkSender ? 'Gmail takes it for a bulk sender' : 'not yet a bulk sender for Gmail'];
  const rate =
    spamRate === null
      ? []
      : [`spam rate at Gmail ${percent(spamRate.rate)}, as of ${spamRate.at.slice(0, 10)}`];
  const known = [...bulk, ...rate];
  return known.length === 0 ? [] : [`  ${known.join('; ')}`];
}
