import { randomUUID } from 'node:crypto';
import { Fault, InputFault, messageOf } from '../core/fault.ts';
import type { Author } from '../queue/author.ts';
import { type SyncCount, syncSuppression } from '../suppression/sync.ts';
import type { SeenRun, SyncRun } from '../suppression/sync-book.ts';
import type { SyncOrder } from './desk.ts';
import type { DeskParts } from './parts.ts';

type SyncParts = Pick<DeskParts, 'client' | 'clock' | 'openAccountList'>;

export interface SyncHooks {
  readonly onProgress: (count: SyncCount) => void;
  readonly onRefused: (address: string, why: string) => void;
  /** Aborted where it is to end soon: then SES's patience is not waited for. Where it ends, `onProgress` decides. */
  readonly stop?: AbortSignal;
}

/** Brings our list and SES's own together: both directions, where none is named. It takes as long as it takes. */
export async function syncWithSes(
  { client, clock, openAccountList }: SyncParts,
  order: SyncOrder,
  { stop, ...hooks }: SyncHooks,
): Promise<SyncCount> {
  const list = await openAccountList();
  // Who waits for his next try, for half a minute or longer, waits no more then.
  stop?.addEventListener('abort', () => list.close());
  try {
    return await syncSuppression({
      list,
      store: client.suppression,
      ...directionsOf(order),
      isDryRun: order.dryRun ?? false,
      nowMs: clock.now(),
      ...hooks,
    });
  } finally {
    list.close();
  }
}

function directionsOf({ fromSes = false, toSes = false }: SyncOrder) {
  return { fromSes: fromSes || !toSes, toSes: toSes || !fromSes };
}

const NOTHING_PULLED = { read: 0, added: 0, already: 0, simulator: 0, invalid: 0 };
const NOTHING_PUSHED = { read: 0, added: 0, already: 0, simulator: 0, refused: 0 };
/** How often a run says how far it is, and hears whether it is to stop. */
const BEAT_MS = 1_000;

type RunParts = SyncParts & Pick<DeskParts, 'background' | 'logger'>;

/** Syncs that go on in this process while others look at them: an address a second may be days. */
export class SyncRuns {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** @throws InputFault (`conflict`) where another one runs; the same order again is told of that run */
  async begin(order: SyncOrder, { by, reason }: Author): Promise<SeenRun> {
    const { client, clock, background } = this.#parts;
    const { fromSes, toSes } = directionsOf(order);
    const at = new Date(clock.now()).toISOString();
    const run: SyncRun = {
      id: randomUUID(),
      by,
      reason,
      dryRun: order.dryRun ?? false,
      beganAt: at,
      heardAt: at,
      state: 'running',
      why: null,
      fromSes: fromSes ? NOTHING_PULLED : null,
      toSes: toSes ? NOTHING_PUSHED : null,
    };
    // Where nobody can be asked from here, that is said at once.
    (await this.#parts.openAccountList()).close();
    if (!(await client.syncs.begin(run))) return this.#other(run);
    background.start('the sync with SES’s suppression list', (signal) => this.#run(run, order, signal));
    return run;
  }

  /** @throws InputFault (`missing`) where none was begun within 30 days */
  async look(): Promise<SeenRun> {
    const run = await this.#parts.client.syncs.look();
    if (run) return run;
    throw new InputFault(['no sync was begun here within 30 days'], { kind: 'missing' });
  }

  /** What it has done stays. One that is over stays as it is. */
  async stop({ by, reason }: Author): Promise<SeenRun> {
    const { client, clock, logger } = this.#parts;
    const run = await this.look();
    if (run.state !== 'running') return run;
    await client.syncs.stop(run.id);
    logger.info('the sync with SES’s suppression list is to stop', { by, reason });
    for (let waits = 0; waits < STOP_BEATS_MAX; waits += 1) {
      await clock.sleep(BEAT_MS / 2);
      const now = await this.look();
      if (now.state !== 'running') return now;
    }
    return this.look();
  }

  async #other(wanted: SyncRun): Promise<SeenRun> {
    const run = await this.#parts.client.syncs.look();
    // It has its place, and has not said yet what it is; or it has just come to its end.
    if (run?.state !== 'running')
      throw new InputFault(['another sync begins or ends at this moment: ask again'], { kind: 'conflict' });
    const isSame =
      run.dryRun === wanted.dryRun &&
      (run.fromSes === null) === (wanted.fromSes === null) &&
      (run.toSes === null) === (wanted.toSes === null);
    if (isSame) return run;
    throw new InputFault(
      [
        `a sync${run.dryRun ? ' (a dry run)' : ''} runs since ${run.beganAt}, begun by ${run.by}: stop it, or wait for its end`,
      ],
      { kind: 'conflict' },
    );
  }

  async #run(begun: SyncRun, order: SyncOrder, stopping: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#parts;
    let run = begun;
    const asked = new AbortController();
    const over = new AbortController();
    const stop = AbortSignal.any([stopping, asked.signal]);
    const at = () => new Date(clock.now()).toISOString();
    const beats = this.#beat(() => ({ ...run, heardAt: at() }), asked, over.signal);
    const end = (last: Partial<SyncRun>) => ({ ...run, ...last, heardAt: at() });
    try {
      const count = await syncWithSes(this.#parts, order, {
        onProgress: (soFar) => {
          run = { ...run, ...soFar };
          stop.throwIfAborted();
        },
        // Addresses are in no log, and SES says it again the next time.
        onRefused: () => {},
        stop,
      });
      run = end({ ...count, state: 'done' });
    } catch (thrown) {
      run = stop.aborted ? end({ state: 'stopped' }) : end({ state: 'failed', why: whyOf(thrown) });
      if (!stop.aborted) logger.error('the sync with SES’s suppression list failed', { error: thrown });
    }
    over.abort();
    await beats;
    await client.syncs.end(run);
    const { by, reason, state, dryRun, fromSes, toSes } = run;
    logger.info('the sync with SES’s suppression list is over', {
      by,
      reason,
      state,
      dryRun,
      fromSes,
      toSes,
    });
  }

  /** Until it is over. Redis may be away for a while: the run itself says so where it needs it. */
  async #beat(now: () => SyncRun, asked: AbortController, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#parts.clock.sleep(BEAT_MS, over);
      if (over.aborted) return;
      const answer = await this.#parts.client.syncs.note(now()).catch(() => 'go on');
      if (answer === 'stop') return asked.abort();
    }
  }
}

/** A call to SES that is on its way is waited for; some are tried again for longer than this. */
const STOP_BEATS_MAX = 10;

/** What SES refused, or did not answer. */
const OF_SES: ReadonlySet<string> = new Set(['SES_SUPPRESSION', 'SUPPRESSION_REFUSED']);

/** SES's own words help whoever set it up; anything else is in the log. */
function whyOf(thrown: unknown): string {
  if (thrown instanceof InputFault) return thrown.problems.join('; ');
  const isOfSes = thrown instanceof Fault && OF_SES.has(thrown.code);
  return isOfSes ? messageOf(thrown) : 'this is a fault of the server; its log has a line of it';
}
