import type { DuplicateFilter } from '../audience/filter.ts';
import type { AudienceRow, AudienceSource } from '../audience/source.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { type Meter, NO_METER } from '../core/meter.ts';
import { NO_TRACING, type Tracing } from '../core/tracing.ts';
import type { LogEvent } from '../log/event.ts';
import { CALL_RECIPIENTS_MAX } from '../send/calls.ts';
import type { Mailing } from '../send/mailing.ts';
import { type Allowance, refillOf } from './allowance.ts';
import { extendSections, type JobSection, SECTIONS_MAX } from './job-groups.ts';
import type { Checkpoint, PlanBook, PlanCommit, PlanStart, PlanStretch } from './plan-book.ts';
import { judgeRow, recipientOf, shownAddress } from './row.ts';
import { PlanDraft } from './stretch.ts';

/**
 * How a planning ended. `canary`: as many are planned as may be for now, and the others wait; `interrupted`: this process is shutting down, and another goes on from the checkpoint; `crowded`:
 * it gave way to others, and goes on from the checkpoint when there is memory again.
 */
export type PlanEnd =
  | 'planned'
  | 'canary'
  | 'superseded'
  | 'paused'
  | 'held'
  | 'ended'
  | 'interrupted'
  | 'crowded';

export interface PlannerParts {
  readonly book: PlanBook;
  readonly clock: Clock;
  /** Puts the jobs of batches that are written down on the queue. */
  readonly dispatch: (batches: readonly number[], jobs: readonly JobSection[]) => Promise<void>;
  /** How far it may run ahead now that so many campaigns are being planned. */
  readonly allowance: (campaigns: number) => Allowance;
  /** Whether there is memory for the filter as it is now. */
  readonly mayStay: () => boolean;
  /** Outbox entries at which planning waits. */
  readonly backlogMax: number;
  /** How many more people may be planned for now. */
  readonly peopleMax: number;
  readonly meter?: Meter;
  readonly tracing?: Tracing;
}

/** A planner that waits for room looks when there should be some, and no closer or further apart than this. */
const LOOK_MS_MIN = 25;
const LOOK_MS_MAX = 1_000;
/** Batches of a commit: their payloads are a few megabytes at most, and some milliseconds of Redis's time. */
const STRETCH_BATCHES_MAX = 100;
/** A job waits for its batches no longer than this where the source is slow, nor for more stretches of the list. */
const JOB_WAIT_MS_MAX = 1_000;
const SEGMENTS_HELD_MAX = 20;
/** A planner that reads for long without writing (it catches up with a checkpoint) says so this often. */
const SIGN_OF_LIFE_MS = 5_000;

/** So many batches of a campaign are a job each: as many as a process works at. */
const SINGLE_BATCHES = 20;

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
  /** Planned by this planner. */
  #people = 0;
  #lookedAt = 0;
  #wroteAt = 0;
  /** Since when it has been busy, as far as that is not counted. */
  #busySince = 0;
  #atEnd = false;
  #jobs: readonly JobSection[];
  #room: PlanCommit = { kind: 'ok', outstanding: 0, backlog: 0, planning: 1 };

  constructor(parts: PlannerParts, mailing: Mailing, start: PlanStart, filter: DuplicateFilter) {
    this.#parts = parts;
    this.#mailing = mailing;
    this.#start = start;
    this.#jobs = start.jobs;
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
    this.#busySince = this.#parts.clock.now();
    await this.#look();
    for await (const rows of source.rows()) {
      for (const row of rows) this.#read(row);
      const end = await this.#write(fingerprint, signal);
      if (end) return end;
    }
    // A file that was written over while it was read has given rows of both.
    if ((await source.fingerprint()) !== fingerprint) throw changed();
    this.#draft.end();
    this.#atEnd = true;
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
        this.#draft.recipient(recipientOf(row, judged.address, this.#mailing));
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
    const { dispatch, clock, mayStay } = this.#parts;
    if (clock.now() - this.#lookedAt > SIGN_OF_LIFE_MS) await this.#look();
    if (this.#room.kind !== 'ok') return this.#room.kind;
    if (signal.aborted) return 'interrupted';
    if (!mayStay()) return 'crowded';
    while (this.#isDue()) {
      // What is left of a list without anybody in it is no reason to wait.
      if (this.#batchesLeft() <= 0 && !(this.#atEnd && this.#draft.batchesReady === 0)) return 'canary';
      const stop = await this.#waitForRoom(signal);
      if (stop) return stop;
      const { batches, size } = this.#nextJobs();
      const stretch = this.#draft.take(batches, fingerprint, this.#common);
      if (!stretch) break;
      const jobs = extendSections(this.#jobs, stretch.firstBatch, stretch.batches.length, size);
      this.#room = await this.#commit(stretch, jobs);
      if (this.#room.kind !== 'ok') return this.#room.kind;
      this.#people += peopleOf(stretch);
      this.#count(stretch);
      this.#jobs = jobs;
      this.#wroteAt = clock.now();
      this.#lookedAt = this.#wroteAt;
      const numbers = stretch.batches.map((_batch, index) => stretch.firstBatch + index);
      await dispatch(numbers, jobs);
    }
    return null;
  }

  /** A job's batches are written down together. The first of a campaign wait for nobody. */
  #isDue(): boolean {
    const { ready, batchesReady } = this.#draft;
    if (ready === 0) return false;
    if (this.#atEnd || ready >= SEGMENTS_HELD_MAX || batchesReady >= this.#allowance().jobBatches)
      return true;
    return this.#parts.clock.now() - this.#wroteAt > JOB_WAIT_MS_MAX;
  }

  /** How many of the batches that are ready are written down now, and how many of them make a job. */
  #nextJobs(): { batches: number; size: number } {
    const { window, jobBatches } = this.#allowance();
    const ready = Math.min(this.#draft.batchesReady, this.#batchesLeft());
    // A short list goes out by many hands at once; a long one in jobs that grow.
    const grown = 1 + Math.floor(this.#draft.nextBatch / SINGLE_BATCHES);
    const size = this.#jobs.length < SECTIONS_MAX ? Math.min(jobBatches, grown) : 1;
    if (ready < size) return { batches: ready, size: ready };
    const room = Math.max(window - this.#room.outstanding, size);
    const batches = Math.min(ready, room, STRETCH_BATCHES_MAX);
    return { batches: batches - (batches % size), size };
  }

  #commit(stretch: PlanStretch, jobs: readonly JobSection[]): Promise<PlanCommit> {
    const { book, tracing = NO_TRACING } = this.#parts;
    const { campaign } = this.#mailing;
    const fields = { campaign, rows: stretch.read, batches: stretch.batches.length };
    return tracing.span('plan a stretch', fields, () =>
      book.commit(campaign, this.#start.epoch, stretch, jobs),
    );
  }

  #count(stretch: PlanStretch): void {
    const { clock, meter = NO_METER } = this.#parts;
    meter.add('sluice_planner_rows_total', { kind: 'person' }, peopleOf(stretch));
    meter.add('sluice_planner_rows_total', { kind: 'duplicate' }, stretch.duplicate);
    meter.add('sluice_planner_rows_total', { kind: 'invalid' }, stretch.invalid);
    const now = clock.now();
    meter.add('sluice_planner_busy_seconds_total', {}, (now - this.#busySince) / 1000);
    this.#busySince = now;
  }

  /** Of those that may be planned for now. */
  #batchesLeft(): number {
    return Math.ceil((this.#parts.peopleMax - this.#people) / CALL_RECIPIENTS_MAX);
  }

  #allowance(): Allowance {
    return this.#parts.allowance(this.#room.planning);
  }

  /** Also tells the others that this planner is alive. */
  async #look(): Promise<void> {
    this.#lookedAt = this.#parts.clock.now();
    this.#room = await this.#parts.book.look(this.#mailing.campaign, this.#start.epoch);
  }

  /** Until there is room for a stretch: a window that is filled up batch by batch costs ten commands for each. */
  async #waitForRoom(signal: AbortSignal): Promise<PlanEnd | null> {
    const { clock, backlogMax } = this.#parts;
    let msPerBatch = (1_000 * CALL_RECIPIENTS_MAX) / this.#allowance().perSecond;
    for (let standstills = 0; ; ) {
      if (signal.aborted) return 'interrupted';
      if (this.#room.kind !== 'ok') return this.#room.kind;
      const allowance = this.#allowance();
      const { outstanding, backlog } = this.#room;
      const tooMany = outstanding + refillOf(allowance) - allowance.window;
      if (tooMany <= 0 && backlog < backlogMax) return null;
      const since = clock.now();
      await clock.sleep(waitMs(tooMany * msPerBatch, standstills), signal);
      this.#busySince += clock.now() - since;
      await this.#look();
      const settled = outstanding - this.#room.outstanding;
      // What senders really do says more than what the account allows them.
      if (settled > 0) msPerBatch = (clock.now() - since) / settled;
      standstills = settled > 0 ? 0 : standstills + 1;
    }
  }
}

function peopleOf({ batches }: PlanStretch): number {
  return batches.reduce((sum, { size }) => sum + size, 0);
}

/** At growing distances where nothing goes out at all. */
function waitMs(expectedMs: number, standstills: number): number {
  return Math.min(Math.max(expectedMs, LOOK_MS_MIN) * 2 ** Math.min(standstills, 10), LOOK_MS_MAX);
}

function changed(): Fault {
  return new Fault(
    'SOURCE_CHANGED',
    'the audience changed while the campaign was being sent; nobody else gets it, since the rest of the list cannot be trusted',
  );
}
