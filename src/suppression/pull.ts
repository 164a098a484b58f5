import { parseWireAddress } from '../core/address.ts';
import { isSimulator } from '../core/simulator.ts';
import type { ListedAddress, ListedPeople, SharedReason } from './account-list.ts';
import type { SuppressionStore } from './store.ts';
import { reasonOf, type Suppression } from './target.ts';

/** `read = added + already + simulator + invalid`, in entries of SES's list. */
export interface PullCount {
  readonly read: number;
  readonly added: number;
  /** Suppressed for this reason before, or on SES's list a second time in another case. */
  readonly already: number;
  /** Addresses of Amazon's mailbox simulator, which are left out. */
  readonly simulator: number;
  /** What is no address that Sluice could mail, or is there for a reason that it does not know. */
  readonly invalid: number;
}

export interface PullOptions {
  readonly store: Pick<SuppressionStore, 'addEach' | 'checkEverywhere'>;
  /** Says only what would be added. */
  readonly isDryRun: boolean;
  /** The time of entries for which SES names none. */
  readonly nowMs: number;
}

export const NOTHING_PULLED: PullCount = { read: 0, added: 0, already: 0, simulator: 0, invalid: 0 };

/** Where what sync takes from SES comes from, in the words of the store. */
const SOURCE = 'ses';

/**
 * Takes a page of SES's list over, and remembers in `listed` who is on it.
 * @param options null where nothing is taken over, and the page is only remembered
 * @returns what was counted before and the page
 */
export async function pullPage(
  page: readonly ListedAddress[],
  listed: ListedPeople,
  options: PullOptions | null,
  before: PullCount,
): Promise<PullCount> {
  const judged = page.map(judge);
  const people = judged.flatMap((one) => (one.kind === 'person' ? [one] : []));
  const fresh = people.filter(({ normal, reason }) => listed.add(normal, reason));
  const added = options === null ? 0 : await takeOver(fresh, options);
  const counted = (kind: Judged['kind']) => judged.filter((one) => one.kind === kind).length;
  return {
    read: before.read + page.length,
    added: before.added + added,
    already: before.already + people.length - added,
    simulator: before.simulator + counted('simulator'),
    invalid: before.invalid + counted('invalid'),
  };
}

type Judged =
  | {
      readonly kind: 'person';
      readonly normal: string;
      readonly reason: SharedReason;
      readonly at: number | null;
    }
  | { readonly kind: 'simulator' }
  | { readonly kind: 'invalid' };

function judge({ address, reason, at }: ListedAddress): Judged {
  const parsed = parseWireAddress(address);
  if (parsed.kind === 'invalid' || reason === null) return { kind: 'invalid' };
  const { normal } = parsed.address;
  return isSimulator(normal) ? { kind: 'simulator' } : { kind: 'person', normal, reason, at };
}

/** @returns how many of them are new here */
async function takeOver(
  people: readonly Extract<Judged, { kind: 'person' }>[],
  { store, isDryRun, nowMs }: PullOptions,
): Promise<number> {
  const suppressions = people.map(
    ({ normal, reason, at }): Suppression => ({
      address: normal,
      target: { kind: 'everywhere', reason },
      at: at ?? nowMs,
      source: SOURCE,
      detail: null,
    }),
  );
  if (!isDryRun) return (await store.addEach(suppressions)).added;
  const known = await store.checkEverywhere(suppressions.map(({ address }) => address));
  return suppressions.filter(
    ({ target }, i) => !known[i]?.some((entry) => reasonOf(entry.target) === reasonOf(target)),
  ).length;
}
