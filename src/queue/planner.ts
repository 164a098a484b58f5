import type { DuplicateFilter } from '../audience/filter.ts';
import type { AudienceRow, AudienceSource } from '../audience/source.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { LogEvent } from '../log/event.ts';
import type { Mailing } from '../send/mailing.ts';
import type { Checkpoint, PlanBook, PlanCommit, PlanStart } from './plan-book.ts';
import { judgeRow, recipientOf, shownAddress } from './row.ts';
import { PlanDraft } from './stretch.ts';

/** How a planning ended. `interrupted`: this process is shutting down, and another goes on from the checkpoint. */
export type PlanEnd = 'planned' | 'superseded' | 'paused' | 'held' | 'ended' | 'interrupted';

export interface PlannerParts {
  readonly book: PlanBook;
  readonly clock: Clock;
  /** Puts the jobs of batches that are written down on the queue. */
  readonly dispatch: (batches: readonly number[]) => Promise<void>;
  /** Batches that may be outstanding now. */
  readonly window: () => number;
  /** Outbox entries at which planning waits. */
  readonly backlogMax: number;
}

/** How often a planner that waits for room looks again. */
const LOOK_MS = 50;
/** A planner that reads for long without writing (it catches up with a checkpoint) says so this often. */
const SIGN_OF_LIFE_MS = 5_000;

/**
 * Reads one audience from its start to its end and turns it into batches, never further ahead of the sender than the
 * window. What it has written down is final: after a crash another planner reads the same rows again, checks that they
 * are the same, and goes on behind the checkpoint.
 *
 * @throws AudienceFault where the list can't be read, Fault SOURCE_CHANGED where it is no longer the list it was
 */
export class Planner {
  readonly #parts: PlannerParts;
  readonly #mailing: Mailing;
  readonly #start: PlanStart;
  readonly #filter: DuplicateFilter;
  readonly #draft: PlanDraft;
  readonly #common: Partial<LogEvent>;
  #rows = 0;
  #lookedAt = 0;
  #room: PlanCommit = { kind: 'ok', outstanding: 0, backlog: 0 };

  constructor(parts: PlannerParts, mailing: Mailing, start: PlanStart, filter: DuplicateFilter) {
    this.#parts = parts;
    this.#mailing = mailing;
    this.#start = start;
    this.#filter = filter;
    this.#draft = new PlanDraft(start, () => filter.digest());
    this.#common = {
      campaign_id: mailing.campaign,
      project: mailing.project,
      sender: mailing.sender,
      tags: mailing.tags,
    };
  }

  async run(source: AudienceSource, signal: AbortSignal): Promise<PlanEnd> {
    const fingerprint = await source.fingerprint();
    if (this.#start.fingerprint !== null && this.#start.fingerprint !== fingerprint) throw changed();
    await this.#look();
    for await (const rows of source.rows()) {
      for (const row of rows) this.#read(row);
      const end = await this.#write(fingerprint, signal);
      if (end) return end;
    }
    // A file that was written over while it was read has given rows of both.
    if ((await source.fingerprint()) !== fingerprint) throw changed();
    this.#draft.end();
    if (this.#rows < (this.#start.checkpoint?.seq ?? 0)) throw changed();
    return (await this.#write(fingerprint, signal)) ?? 'planned';
  }

  #read(row: AudienceRow): void {
    this.#rows += 1;
    const judged = judgeRow(row, this.#filter);
    const { checkpoint } = this.#start;
    if (checkpoint && row.seq <= checkpoint.seq) {
      if (row.seq === checkpoint.seq) this.#compare(checkpoint);
      return;
    }
    switch (judged.kind) {
      case 'invalid':
        this.#draft.invalid(row.seq, this.#event('invalid', row, judged.reason));
        break;
      case 'duplicate':
        this.#draft.duplicate(row.seq, this.#event('duplicate', row, 'seen_before'));
        break;
      case 'person':
        this.#draft.recipient(recipientOf(row, judged.address, this.#mailing.mail.reads));
    }
  }

  #event(type: 'invalid' | 'duplicate', row: AudienceRow, reason: string): Partial<LogEvent> {
    const recipient = shownAddress(row);
    return { event_type: type, event_time: this.#parts.clock.now(), recipient, seq: row.seq, reason };
  }

  #compare(checkpoint: Checkpoint): void {
    if (this.#filter.digest() !== checkpoint.digest) throw changed();
  }

  /** Writes down what is ready, waiting for room between the stretches; null where planning goes on. */
  async #write(fingerprint: string, signal: AbortSignal): Promise<PlanEnd | null> {
    const { book, dispatch, window } = this.#parts;
    if (this.#parts.clock.now() - this.#lookedAt > SIGN_OF_LIFE_MS) await this.#look();
    if (this.#room.kind !== 'ok') return this.#room.kind;
    if (signal.aborted) return 'interrupted';
    while (this.#draft.ready > 0) {
      const stop = await this.#waitForRoom(signal);
      if (stop) return stop;
      const stretch = this.#draft.take(window() - this.#room.outstanding, fingerprint, this.#common);
      if (!stretch) break;
      this.#room = await book.commit(this.#mailing.campaign, this.#start.epoch, stretch);
      if (this.#room.kind !== 'ok') return this.#room.kind;
      await dispatch(stretch.batches.map((_batch, index) => stretch.firstBatch + index));
    }
    return null;
  }

  /** Also tells the others that this planner is alive. */
  async #look(): Promise<void> {
    this.#lookedAt = this.#parts.clock.now();
    this.#room = await this.#parts.book.look(this.#mailing.campaign, this.#start.epoch);
  }

  async #waitForRoom(signal: AbortSignal): Promise<PlanEnd | null> {
    const { clock, window, backlogMax } = this.#parts;
    for (;;) {
      if (signal.aborted) return 'interrupted';
      if (this.#room.kind !== 'ok') return this.#room.kind;
      if (this.#room.outstanding < window() && this.#room.backlog < backlogMax) return null;
      await clock.sleep(LOOK_MS, signal);
      await this.#look();
    }
  }
}

function changed(): Fault {
  return new Fault(
    'SOURCE_CHANGED',
    'the audience changed while the campaign was being sent; nobody else gets it, since the rest of the list cannot be trusted',
  );
}
