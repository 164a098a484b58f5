import { addressOf, addressProblem } from './address.ts';
import { badRequest, type Checked, INVALID_TOKEN, notFound, type SesError } from './error.ts';

/** SES knows no bound; this many take some 300 MB, and more are not put on the list. */
const ADDRESSES_MAX = 1_000_000;
export const PAGE_SIZE_MAX = 1_000;

export type SuppressedReason = 'BOUNCE' | 'COMPLAINT';

export interface SuppressedAddress {
  /** Its place on the list, and what the token of a page stands for. */
  readonly seq: number;
  /** As it was put there, with the domain in lower case. */
  readonly address: string;
  reason: SuppressedReason;
  /** Milliseconds since 1970. */
  updatedMs: number;
  /** The mail that led to it; null where somebody put it there. */
  messageId: string | null;
}

export interface ListQuery {
  /** Empty: all of them. */
  readonly reasons: readonly string[];
  readonly afterMs: number;
  readonly beforeMs: number;
  readonly token: string | null;
  readonly pageSize: number;
}

export interface ListPage {
  readonly found: readonly SuppressedAddress[];
  /** Null after the last page. */
  readonly token: string | null;
}

/**
 * The account-level suppression list. As with SES, an address keeps the case of its local part, and whoever gets or
 * deletes it has to write it so; a send is held back in whatever case it is written.
 */
export class SuppressionList {
  /** By `seq`, so that a page begins where the one before has ended, whatever came and went meanwhile. */
  readonly #listed: SuppressedAddress[] = [];
  /** By the address in lower case, each way in which it was written. */
  readonly #ways = new Map<string, SuppressedAddress[]>();
  readonly #addressesMax: number;
  #seq = 0;

  constructor(addressesMax: number = ADDRESSES_MAX) {
    this.#addressesMax = addressesMax;
  }

  /** A second time it takes the new reason and time. */
  put(
    written: string,
    reason: SuppressedReason,
    nowMs: number,
    messageId: string | null = null,
  ): SesError | null {
    const problem = addressProblem(written);
    if (problem !== null) return badRequest(`Invalid email address: ${problem}.`);
    const known = this.#find(written);
    if (known) {
      Object.assign(known, { reason, updatedMs: nowMs, messageId });
      return null;
    }
    if (this.#listed.length >= this.#addressesMax)
      return badRequest('There are too many suppressed addresses.');
    this.#seq += 1;
    const entry = { seq: this.#seq, address: kept(written), reason, updatedMs: nowMs, messageId };
    this.#listed.push(entry);
    const folded = written.toLowerCase();
    this.#ways.set(folded, [...(this.#ways.get(folded) ?? []), entry]);
    return null;
  }

  get(written: string): Checked<SuppressedAddress> {
    const value = this.#find(written);
    return value ? { ok: true, value } : { ok: false, error: missing(written) };
  }

  delete(written: string): SesError | null {
    const entry = this.#find(written);
    if (!entry) return missing(written);
    this.#listed.splice(this.#placeAfter(entry.seq - 1), 1);
    const folded = written.toLowerCase();
    const others = (this.#ways.get(folded) ?? []).filter((way) => way !== entry);
    if (others.length > 0) this.#ways.set(folded, others);
    else this.#ways.delete(folded);
    return null;
  }

  /** Whether a mail to this address is held back. */
  holds(mailbox: string): boolean {
    return this.#ways.size > 0 && this.#ways.has(addressOf(mailbox).toLowerCase());
  }

  page({ reasons, afterMs, beforeMs, token, pageSize }: ListQuery): Checked<ListPage> {
    const after = token === null ? 0 : seqOf(token);
    if (after === null) return { ok: false, error: INVALID_TOKEN };
    const found: SuppressedAddress[] = [];
    for (let place = this.#placeAfter(after); place < this.#listed.length; place += 1) {
      const entry = this.#listed[place];
      if (!entry || entry.updatedMs < afterMs || entry.updatedMs > beforeMs) continue;
      if (reasons.length > 0 && !reasons.includes(entry.reason)) continue;
      const last = found.at(-1);
      if (found.length === pageSize && last) return { ok: true, value: { found, token: tokenOf(last.seq) } };
      found.push(entry);
    }
    return { ok: true, value: { found, token: null } };
  }

  #find(written: string): SuppressedAddress | undefined {
    const address = kept(written);
    return this.#ways.get(written.toLowerCase())?.find((way) => way.address === address);
  }

  /** Where the first entry with a higher `seq` is. */
  #placeAfter(seq: number): number {
    let [low, high] = [0, this.#listed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#listed[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function kept(written: string): string {
  const at = written.lastIndexOf('@');
  return written.slice(0, at) + written.slice(at).toLowerCase();
}

function missing(written: string): SesError {
  return notFound(`Email address <${written}> does not exist on your suppression list.`);
}

function tokenOf(seq: number): string {
  return Buffer.from(`after ${seq}`).toString('base64url');
}

function seqOf(token: string): number | null {
  const seq = /^after (\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  return seq === undefined ? null : Number(seq);
}
