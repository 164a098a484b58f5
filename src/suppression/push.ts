import { describeProblem, parseAddress } from '../core/address.ts';
import { Fault } from '../core/fault.ts';
import { isSimulator } from '../core/simulator.ts';
import type { AccountList, ListedPeople, SharedReason } from './account-list.ts';
import type { SuppressionStore } from './store.ts';
import { reasonOf, type Suppression } from './target.ts';

/** `read = added + already + simulator + refused`, in addresses that have bounced or complained. */
export interface PushCount {
  readonly read: number;
  /** Put on SES's list, or there as a complaint where SES knew of a bounce only. */
  readonly added: number;
  readonly already: number;
  /** Addresses of Amazon's mailbox simulator, which are left out. */
  readonly simulator: number;
  /** Addresses that SES does not take. */
  readonly refused: number;
}

export interface PushOptions {
  readonly list: AccountList;
  readonly store: Pick<SuppressionStore, 'listEverywhere'>;
  readonly listed: ListedPeople;
  /** Says only what would be put there. */
  readonly isDryRun: boolean;
  /** Hears of every address that SES refuses. */
  readonly onRefused: (address: string, why: string) => void;
}

export const NOTHING_PUSHED: PushCount = { read: 0, added: 0, already: 0, simulator: 0, refused: 0 };

/** When so many in a row are refused, it is not the addresses: an account in SES's sandbox may take none, for one. */
const REFUSED_IN_A_ROW_MAX = 10;

/**
 * Puts everybody on SES's list who has bounced or complained here and is not there. One call at a time: SES lets in
 * about one a second, so more of them at a time would only be turned away more often.
 *
 * @yields what was counted so far, after every address that SES was asked about, and at the end
 * @throws Fault SUPPRESSION_REFUSED where SES takes none of them; what the list throws
 */
export async function* pushAll(options: PushOptions): AsyncIterable<PushCount> {
  const ends = { added: 0, already: 0, simulator: 0, refused: 0 };
  let refusedInARow = 0;
  for await (const some of options.store.listEverywhere()) {
    for (const [address, reason] of sharedReasons(some)) {
      const end = await pushOne(options, address, reason);
      ends[end.kind] += 1;
      if (end.kind === 'already' || end.kind === 'simulator') continue;
      refusedInARow = end.kind === 'refused' ? refusedInARow + 1 : 0;
      if (end.kind === 'refused') options.onRefused(address, end.why);
      yield countOf(ends);
      if (end.kind === 'refused' && refusedInARow >= REFUSED_IN_A_ROW_MAX) throw noneIsTaken(end.why);
    }
  }
  yield countOf(ends);
}

function countOf(ends: Omit<PushCount, 'read'>): PushCount {
  return { read: ends.added + ends.already + ends.simulator + ends.refused, ...ends };
}

type End =
  | { readonly kind: 'added' | 'already' | 'simulator' }
  | { readonly kind: 'refused'; readonly why: string };

async function pushOne(
  { list, listed, isDryRun }: PushOptions,
  address: string,
  reason: SharedReason,
): Promise<End> {
  if (isSimulator(address)) return { kind: 'simulator' };
  if (listed.covers(address, reason)) return { kind: 'already' };
  const parsed = parseAddress(address);
  if (parsed.kind === 'invalid') return { kind: 'refused', why: describeProblem(parsed.reason) };
  if (!isDryRun) {
    const answer = await list.put(parsed.address.wire, reason);
    if (answer.kind === 'refused') return answer;
  }
  // The scan of a hash that grows gives a few addresses twice.
  listed.add(address, reason);
  return { kind: 'added' };
}

/** The addresses of a chunk that SES has a reason for, each with the graver one. */
function sharedReasons(some: readonly Suppression[]): Map<string, SharedReason> {
  const reasons = new Map<string, SharedReason>();
  for (const { address, target } of some) {
    const reason = reasonOf(target);
    if (reason === 'complained') reasons.set(address, reason);
    else if (reason === 'bounced' && !reasons.has(address)) reasons.set(address, reason);
  }
  return reasons;
}

function noneIsTaken(why: string): Fault {
  return new Fault(
    'SUPPRESSION_REFUSED',
    `SES refused ${REFUSED_IN_A_ROW_MAX} addresses in a row, so it may take none: ${why}`,
  );
}
