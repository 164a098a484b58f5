import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import type { Client } from '../desk/client.ts';
import { blockersOf } from '../identity/blockers.ts';
import type { Domain } from '../identity/domain-book.ts';
import { type DomainCheck, type DomainItem, isInOrder } from '../identity/domain-check.ts';
import { bulkStanding } from '../identity/gmail.ts';
import { ITEM_NAMES } from '../queue/domain-rules.ts';
import { withClient } from './client.ts';
import { isGreen, verdict } from './domain-check-text.ts';
import { note, print, printJson } from './output.ts';
import { duration } from '../core/figures.ts';
import { textTable } from './table.ts';
import { wrapped } from '../core/text-width.ts';

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
      withClient(async (client) => {
        const rows = await rowsOf(client);
        if (options.json) printJson(rows.map(({ data }) => data));
        else if (rows.length === 0) note('No domain is registered: sluice domain add NAME');
        else print(`${table(rows)}\n\n${standings(rows)}`);
        return 0;
      }),
    );
}

async function rowsOf(client: Client) {
  const nowMs = systemClock.now();
  return Promise.all((await client.domains.list()).map((domain) => rowOf(client, domain, nowMs)));
}

type Row = Awaited<ReturnType<typeof rowOf>>;

async function rowOf({ domains, gmail }: Client, domain: Domain, nowMs: number) {
  const { name, primary, organisation, addedAt } = domain;
  const [check, sent] = await Promise.all([domains.lastCheck(name), gmail.look(primary)]);
  const state = check ? `${verdict(check)}, ${duration(Math.max(0, nowMs - check.at))} ago` : 'not checked';
  const data = {
    name,
    organisation,
    primary,
    addedAt: new Date(addedAt).toISOString(),
    check: check && {
      at: new Date(check.at).toISOString(),
      ready: isGreen(check),
      blockers: blockersOf(check, { allowUnauthenticated: false }).map(({ item }) => item),
    },
    gmail: {
      last24Hours: sent.last24Hours,
      bulkSenderSince: sent.bulkSince === null ? null : new Date(sent.bulkSince).toISOString(),
    },
  };
  return {
    data,
    state,
    standing: `${bulkStanding(sent).said}${lackText(check)}`,
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
