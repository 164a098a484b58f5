import { duration, percent } from '../core/figures.ts';
import { wrapped } from '../core/text-width.ts';
import { guardRows } from '../desk/check-guard.ts';
import type { CheckReport } from '../desk/check-report.ts';
import { briefItemLines } from './domain-items.ts';
import { textTable } from './table.ts';

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

export function domainLines({ domain }: CheckReport, nowMs: number, columns: number): string[] {
  const { name, check } = domain;
  const age = check === null ? '' : `  (checked ${duration(nowMs - Date.parse(check.at))} ago)`;
  return [
    `the domain ${name}${age}`,
    ...(check === null ? ['  was not checked'] : briefItemLines(check.items, columns)),
    ...gmailLines(domain),
  ];
}

function gmailLines({ isBulkSender, spamRate }: CheckReport['domain']): string[] {
  const bulk =
    isBulkSender === null
      ? []
      : [
          isBulkSender
            ? 'Gmail takes it for a bulk sender'
            : 'not a bulk sender for Gmail by what Sluice has sent',
        ];
  const rate =
    spamRate === null
      ? []
      : [
          `spam rate of ${spamRate.domain} at Gmail ${percent(spamRate.rate)}, as of ${spamRate.at.slice(0, 10)}`,
        ];
  const known = [...bulk, ...rate];
  return known.length === 0 ? [] : [`  ${known.join('; ')}`];
}
