import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { duration } from '../core/figures.ts';
import { wrapped } from '../core/text-width.ts';
import { DomainDesk, type KnownDomain } from '../desk/domain-desk.ts';
import { domainRow } from '../desk/domain-view.ts';
import { type DomainCheck, type DomainItem, isInOrder } from '../identity/domain-check.ts';
import { bulkStanding } from '../identity/gmail.ts';
import { ITEM_NAMES } from '../queue/domain-rules.ts';
import { withDesk } from './client.ts';
import { verdict } from './domain-check-text.ts';
import { note, print, printJson } from './output.ts';
import { textTable } from './table.ts';

const COLUMNS_MAX = 100;

export function domainListCommand(): Command {
  return new Command('list')
    .summary('list the domains')
    .description(
      'Lists the registered domains: who owns them, what was found when they were last checked, and how much of their mail went to personal Gmail accounts in the last 24 hours (from 5,000 on, by organisational domain, Gmail counts it as a bulk sender for ever).',
    )
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  sluice domain list --json')
    .action((options: { readonly json?: boolean }) =>
      withDesk(async (parts) => {
        const rows = (await new DomainDesk(parts).known()).map((one) => rowOf(one, systemClock.now()));
        if (options.json) printJson(rows.map(({ data }) => data));
        else if (rows.length === 0) note('No domain is registered: sluice domain add NAME');
        else print(`${table(rows)}\n\n${standings(rows)}`);
        return 0;
      }),
    );
}

type Row = ReturnType<typeof rowOf>;

function rowOf({ domain, check, gmail }: KnownDomain, nowMs: number) {
  const state = check ? `${verdict(check)}, ${duration(Math.max(0, nowMs - check.at))} ago` : 'not checked';
  return {
    data: domainRow(domain, check, gmail),
    state,
    standing: `${bulkStanding(gmail).said}${lackText(check)}`,
  };
}

/** What Gmail asks of bulk senders in DNS; the other rules are about mails, and `check` judges them. */
const OF_BULK_SENDERS: readonly DomainItem['item'][] = ['dkim', 'spf', 'dmarc', 'alignment'];

/** What bulk senders need and the domain has not, from its first mail on. */
function lackText(check: DomainCheck | null): string {
  if (check === null) return '; whether it has what bulk senders need is not known before it is checked';
  const lacks = check.items.filter((one) => OF_BULK_SENDERS.includes(one.item) && !isInOrder(one));
  return lacks.length === 0
    ? '; DKIM, SPF, DMARC and alignment are as bulk senders need them'
    : `; bulk senders need, and it lacks: ${lacks.map(({ item }) => ITEM_NAMES[item]).join(', ')}`;
}

function table(rows: readonly Row[]): string {
  return textTable(
    ['domain', 'organisation', 'to Gmail, 24 h', 'bulk sender', 'state'],
    rows.map(({ data: { name, organisation, gmail }, state }) => [
      name,
      organisation,
      String(gmail.last24Hours),
      gmail.bulkSenderSince === null ? 'no' : `since ${gmail.bulkSenderSince.slice(0, 10)}`,
      state,
    ]),
  );
}

/** How each stands with Gmail. */
function standings(rows: readonly Row[]): string {
  return rows
    .flatMap(({ data: { name }, standing }) => wrapped(`${name}: `, standing, COLUMNS_MAX))
    .join('\n');
}
