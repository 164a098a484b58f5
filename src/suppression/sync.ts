import { type AccountList, ListedPeople } from './account-list.ts';
import { NOTHING_PULLED, type PullCount, pullPage } from './pull.ts';
import { NOTHING_PUSHED, type PushCount, pushAll } from './push.ts';
import type { SuppressionStore } from './store.ts';

/** Null for a direction that was not asked for. */
export interface SyncCount {
  readonly fromSes: PullCount | null;
  readonly toSes: PushCount | null;
}

export interface SyncOptions {
  readonly list: AccountList;
  readonly store: Pick<SuppressionStore, 'addEach' | 'checkEverywhere' | 'listEverywhere'>;
  readonly fromSes: boolean;
  readonly toSes: boolean;
  /** Counts what would be added on either side, and adds nothing. */
  readonly isDryRun: boolean;
  readonly nowMs: number;
  /** Hears of what was counted so far: once a page of SES's list, once an address that is put there. */
  readonly onProgress: (count: SyncCount) => void;
  readonly onRefused: (address: string, why: string) => void;
}

/**
 * Brings what is suppressed here for everybody's mail together with SES's account-level list. SES's list is read to its
 * end in any case, since only that tells what it lacks; then what it lacks is put there. Nothing is removed on either
 * side. What a run has done is done: one that is broken off is finished by the next, and a run after that changes
 * nothing.
 *
 * @throws what the list and the store throw
 */
export async function syncSuppression(options: SyncOptions): Promise<SyncCount> {
  const { list, store, isDryRun, nowMs, onProgress } = options;
  const listed = new ListedPeople();
  let pulled = NOTHING_PULLED;
  const count = (pushed: PushCount): SyncCount => ({
    fromSes: options.fromSes ? pulled : null,
    toSes: options.toSes ? pushed : null,
  });
  for await (const page of list.pages()) {
    pulled = await pullPage(page, listed, options.fromSes ? { store, isDryRun, nowMs } : null, pulled);
    onProgress(count(NOTHING_PUSHED));
  }
  let pushed = NOTHING_PUSHED;
  if (!options.toSes) return count(pushed);
  for await (const soFar of pushAll({ list, store, listed, isDryRun, onRefused: options.onRefused })) {
    pushed = soFar;
    onProgress(count(pushed));
  }
  return count(pushed);
}
