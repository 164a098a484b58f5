import type { DnsRecord } from '../identity/dns-records.ts';
import { textTable } from './table.ts';

/** @param zone whose names are shown without it; null: whole names */
export function recordsTable(records: readonly DnsRecord[], zone: string | null): string {
  return textTable(
    ['type', 'name', 'value', 'for'],
    records.map(({ type, name, priority, value, purpose }) => [
      type,
      zone === null ? name : shownName(name, zone, true),
      priority === null ? value : `${priority} ${value}`,
      purpose,
    ]),
  );
}

/** A name as DNS panels that append the zone take it; `@` is the zone itself. */
export function shownName(name: string, zone: string, isRelative: boolean): string {
  if (!isRelative) return name;
  if (name === zone) return '@';
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name;
}
