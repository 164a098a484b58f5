import type { DuplicateFilter } from '../audience/filter.ts';
import { MergeData } from '../audience/merge-data.ts';
import type { AudienceRow } from '../audience/source.ts';
import { type Address, type AddressProblem, parseAddress } from '../core/address.ts';
import type { Mailing } from '../send/mailing.ts';
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

/** What is read of a row. */
interface Reader extends Pick<Mailing, 'linkColumns'> {
  readonly mail: Pick<Mailing['mail'], 'reads'>;
}

/** A person as the sender gets it, with the merge data that the mail reads and no more. */
export function recipientOf(
  row: AudienceRow,
  { written, wire, normal }: Address,
  mailing: Reader,
): Recipient {
  return { seq: row.seq, written, wire, normal, data: readData(row, mailing) };
}

/**
 * What the mail reads of a row. A column of an unsubscribe URL is there in any case, empty where the row has none: who is
 * without it was planned before the URL read it.
 */
export function readData(row: AudienceRow, { mail, linkColumns }: Reader): Record<string, unknown> {
  const data = new MergeData();
  for (const name of mail.reads ?? Object.keys(row.data)) {
    if (Object.hasOwn(row.data, name)) data[name] = row.data[name];
  }
  for (const name of linkColumns) data[name] = Object.hasOwn(row.data, name) ? row.data[name] : null;
  return data;
}

/** Longer than any address; what stands in an address column can be anything. */
const SHOWN_ADDRESS_CHARS_MAX = 400;

/** What stands where the address should be, as logs and reports show it. */
export function shownAddress(row: AudienceRow): string {
  return row.email.trim().slice(0, SHOWN_ADDRESS_CHARS_MAX).toWellFormed();
}
