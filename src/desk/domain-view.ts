import { blockersOf } from '../identity/blockers.ts';
import type { Domain } from '../identity/domain-book.ts';
import { type DomainCheck, type DomainItem, isInOrder } from '../identity/domain-check.ts';
import type { GmailFigures } from '../identity/gmail.ts';
import type { DnsRecord } from '../identity/records.ts';
import { relativeName, zoneFile } from '../identity/zone-file.ts';
import type { DomainCheckView, DomainRow, DomainView } from './desk.ts';

/** They are the installation's, and a domain can be ready without them. */
export const OF_THE_INSTALLATION: readonly DomainItem['item'][] = ['tls', 'events'];

/** Nothing of the domain itself is wrong or missing, and all of it could be asked. */
export function isGreen({ items }: DomainCheck): boolean {
  return items.every((one) => OF_THE_INSTALLATION.includes(one.item) || isInOrder(one));
}

export function domainRow(
  { name, organisation, primary, addedAt }: Domain,
  check: DomainCheck | null,
  { last24Hours, bulkSince }: GmailFigures,
): DomainRow {
  return {
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
      last24Hours,
      bulkSenderSince: bulkSince === null ? null : new Date(bulkSince).toISOString(),
    },
  };
}

/** What `domain check --json` prints. Fields may be added; those that are here keep their meaning. */
export function domainCheckView(check: DomainCheck): DomainCheckView {
  const blocks = (allowUnauthenticated: boolean) =>
    blockersOf(check, { allowUnauthenticated }).map(({ item }) => item);
  return {
    domain: check.domain,
    checkedAt: new Date(check.at).toISOString(),
    ready: isGreen(check),
    /** Items that keep campaigns from being sent; `always`: whatever the project's domain rules say. */
    blockers: { always: blocks(true), byDefault: blocks(false) },
    items: check.items,
    spf: { lookups: check.spfLookups, tree: check.spfTree },
  };
}

/** As DNS panels take them as well, and as a zone file has them. */
export function recordViews(
  records: readonly DnsRecord[],
  zone: string,
): Pick<DomainView, 'records' | 'zone'> {
  return {
    records: records.map((record) => ({ ...record, relativeName: relativeName(record.name, zone) })),
    zone: zoneFile(records),
  };
}
