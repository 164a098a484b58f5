import type { DuplicateFilter } from '../audience/filter.ts';
import { MergeData } from '../audience/merge-data.ts';
import type { AudienceRow } from '../audience/source.ts';
import { type Address, type AddressProblem, parseAddress } from '../core/address.ts';
import type { Recipient } from '../send/payload.ts';

/** What a row of an audience is, before anybody asks who is suppressed. */
export type JudgedRow =
  | { readonly kind: 'invalid'; readonly reason: AddressProblem }
  /** The address was in an earlier row. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'person'; readonly address: Address };

/**
 * Judges one row. The planner and the dry run both ask here, so that what `check` says is what `send` does.
 * @param filter knows the addresses of all rows before this one, and this one afterwards
 */
export function judgeRow(row: AudienceRow, filter: DuplicateFilter): JudgedRow {
  const parsed = parseAddress(row.email);
  if (parsed.kind === 'invalid') return parsed;
  return filter.add(parsed.address.normal)
    ? { kind: 'person', address: parsed.address }
    : { kind: 'duplicate' };
}

/** A person as the sender gets it, with the merge data that the mail reads and no more. */
export function recipientOf(
  row: AudienceRow,
  { written, wire, normal }: Address,
  reads: readonly string[] | null,
): Recipient {
  return { seq: row.seq, written, wire, normal, data: readData(row, reads) };
}

/**
 * What the mail reads of a row.
 * @param reads as the compiled mail has it; null for everything
 */
export function readData(row: AudienceRow, reads: readonly string[] | null): Record<string, unknown> {
  const data = new MergeData();
  for (const name of reads ?? Object.keys(row.data)) {
    if (Object.hasOwn(row.data, name)) data[name] = row.data[name];
  }
  return data;
}

/** Longer than any address; what stands in an address column can be anything. */
const SHOWN_ADDRESS_CHARS_MAX = 400;

/** What stands where the address should be, as logs and reports show it. */
export function shownAddress(row: AudienceRow): string {
  return row.email.trim().slice(0, SHOWN_ADDRESS_CHARS_MAX).toWellFormed();
}
