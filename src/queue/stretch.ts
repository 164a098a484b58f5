import type { LogEvent } from '../log/event.ts';
import { CALL_RECIPIENTS_MAX } from '../send/calls.ts';
import { encodePayload, type Recipient } from '../send/payload.ts';
import type { Checkpoint, PlanStretch } from './plan-book.ts';

/**
 * Rows that are neither mailed nor committed, at most: a list of nothing but duplicates must not grow in memory, nor
 * become one huge log entry.
 */
const SEGMENT_ROWS_MAX = 2_000;

/** The rows up to a point at which the plan can be written down: a batch is full, or too many rows have passed. */
interface Segment {
  read: number;
  duplicate: number;
  invalid: number;
  readonly recipients: Recipient[];
  readonly events: Partial<LogEvent>[];
}

interface ClosedSegment extends Readonly<Segment> {
  readonly checkpoint: Checkpoint;
}

/** What the plan's log rows have in common. */
type Common = Partial<LogEvent>;

/**
 * Cuts an audience into batches, row by row. Where the cuts are depends on the rows alone, so that a planner which goes
 * on after a crash makes the same batches.
 */
export class PlanDraft {
  readonly #digest: () => string;
  #checkpoint: Checkpoint | null;
  #batch: number;
  #seq: number;
  #open: Segment = emptySegment();
  readonly #closed: ClosedSegment[] = [];

  /** @param digest of all addresses so far, asked for at each cut */
  constructor(
    start: { readonly checkpoint: Checkpoint | null; readonly nextBatch: number },
    digest: () => string,
  ) {
    this.#checkpoint = start.checkpoint;
    this.#batch = start.nextBatch;
    this.#seq = start.checkpoint?.seq ?? 0;
    this.#digest = digest;
  }

  recipient(recipient: Recipient): void {
    this.#open.recipients.push(recipient);
    this.#row(recipient.seq);
  }

  duplicate(seq: number, event: Partial<LogEvent>): void {
    this.#open.duplicate += 1;
    this.#open.events.push(event);
    this.#row(seq);
  }

  invalid(seq: number, event: Partial<LogEvent>): void {
    this.#open.invalid += 1;
    this.#open.events.push(event);
    this.#row(seq);
  }

  /** No row follows. */
  end(): void {
    this.#close(true);
  }

  /** Stretches that are ready to be written down. */
  get ready(): number {
    return this.#closed.length;
  }

  /** Batches among them. */
  get batchesReady(): number {
    return this.#closed.filter(({ recipients }) => recipients.length > 0).length;
  }

  /** Number of the next batch that is written down. */
  get nextBatch(): number {
    return this.#batch;
  }

  /** The next stretch, of at most so many batches (and at least one segment); null where nothing is ready. */
  take(batchesMax: number, fingerprint: string, common: Common): PlanStretch | null {
    const segments = this.#closed.splice(0, Math.max(this.#segmentsFor(batchesMax), 1));
    const last = segments.at(-1);
    if (!last) return null;
    const batches = segments
      .filter((segment) => segment.recipients.length > 0)
      .map((segment) => ({ size: segment.recipients.length, payload: encodePayload(segment.recipients) }));
    const events = segments.flatMap((segment) => segment.events);
    const stretch: PlanStretch = {
      before: this.#checkpoint,
      after: last.checkpoint,
      fingerprint,
      read: sum(segments, (segment) => segment.read),
      duplicate: sum(segments, (segment) => segment.duplicate),
      invalid: sum(segments, (segment) => segment.invalid),
      firstBatch: this.#batch,
      batches,
      block: events.length > 0 ? { common, events } : null,
    };
    this.#checkpoint = last.checkpoint;
    this.#batch += batches.length;
    return stretch;
  }

  /** Segments up to the last one before more than so many batches are in them. */
  #segmentsFor(batchesMax: number): number {
    let batches = 0;
    const beyond = this.#closed.findIndex(({ recipients }) => {
      if (recipients.length > 0) batches += 1;
      return batches > batchesMax;
    });
    return beyond === -1 ? this.#closed.length : beyond;
  }

  #row(seq: number): void {
    this.#seq = seq;
    this.#open.read += 1;
    if (this.#open.recipients.length === CALL_RECIPIENTS_MAX || this.#open.read === SEGMENT_ROWS_MAX)
      this.#close(false);
  }

  #close(atEnd: boolean): void {
    this.#closed.push({ ...this.#open, checkpoint: { seq: this.#seq, digest: this.#digest(), atEnd } });
    this.#open = emptySegment();
  }
}

function emptySegment(): Segment {
  return { read: 0, duplicate: 0, invalid: 0, recipients: [], events: [] };
}

function sum(segments: readonly ClosedSegment[], of: (segment: ClosedSegment) => number): number {
  return segments.reduce((total, segment) => total + of(segment), 0);
}
