import type { DnsRecord } from '../identity/records.ts';
import { relativeName } from '../identity/zone-file.ts';
import { textTable } from './table.ts';

/** @param zone whose names are shown without it; null: whole names */
export function recordsTable(records: readonly DnsRecord[], zone: string | null): string {
  return textTable(
    ['type', 'name', 'value', 'for'],
    records.map(({ type, name, priority, value, purpose }) => [
      type,
      zone === null ? name : relativeName(name, zone),
      priority === null ? value : `${priority} ${value}`,
      purpose,
    ]),
  );
}
