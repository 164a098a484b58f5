import type { GlobalReason } from './entry.ts';

/** The reasons that SES knows as well. It has none for what an operator blocks. */
export type SharedReason = Extract<GlobalReason, 'bounced' | 'complained'>;

/** An entry of SES's account-level suppression list. */
export interface ListedAddress {
  /** As SES has it: in any case, and the local part maybe in quotes. */
  readonly address: string;
  /** Null for one that we don't know. */
  readonly reason: SharedReason | null;
  /** When SES last changed it, in milliseconds since 1970; null where it doesn't say. */
  readonly at: number | null;
}

export type PutAnswer =
  | { readonly kind: 'put' }
  /** SES does not take this address; others it may. */
  | { readonly kind: 'refused'; readonly why: string };

/** The list that SES keeps for the whole account, in one region. Whoever cannot ask it throws a Fault. */
export interface AccountList {
  /** All of it, page by page. What comes or goes meanwhile may be missing. */
  pages(): AsyncIterable<readonly ListedAddress[]>;
  /** Puts an address on the list, in the form in which SES mails it. Where it is there it takes the new reason. */
  put(wire: string, reason: SharedReason): Promise<PutAnswer>;
}

/**
 * Who is on SES's list by which reason, in the normal form of addresses: SES keeps them in the case in which somebody
 * wrote them, and may have one twice. A million addresses take some 80 MB, for as long as a sync runs.
 */
export class ListedPeople {
  readonly #byReason: Readonly<Record<SharedReason, Set<string>>> = {
    bounced: new Set(),
    complained: new Set(),
  };

  /** False where it was known. */
  add(normal: string, reason: SharedReason): boolean {
    const people = this.#byReason[reason];
    const sizeBefore = people.size;
    return people.add(normal).size > sizeBefore;
  }

  /** Whether SES's list says as much already: it has one reason an address, and a complaint is the graver. */
  covers(normal: string, reason: SharedReason): boolean {
    return (
      this.#byReason.complained.has(normal) || (reason === 'bounced' && this.#byReason.bounced.has(normal))
    );
  }
}
