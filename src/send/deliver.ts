import type { Clock } from '../core/clock.ts';
import type { About, HoldCode } from '../core/hold-code.ts';
import type { Logger } from '../core/logger.ts';
import { type Meter, NO_METER } from '../core/meter.ts';
import type { Tracing } from '../core/tracing.ts';
import { type Addressed, cancelledEntries, lostEntries } from './aftermath.ts';
import { BatchPass, type Order } from './batch-pass.ts';
import { Current } from './current.ts';
import { type BatchRef, claimOf, type Ledger, type OpenedBatch } from './ledger.ts';
import type { Mailing } from './mailing.ts';
import type { Pace } from './pace.ts';
import { addressedOf, decodePayload } from './payload.ts';
import type { Permits } from './permits.ts';
import { recordResults } from './record.ts';
import type { SendingLimits } from './sending-limits.ts';
import { Settling } from './settling.ts';
import type { Strategy } from './strategy.ts';
import type { SesTransport } from './transport.ts';
import type { Turnstile } from './turnstile.ts';
import type { UnsubscribeLinks } from './unsubscribe.ts';

export interface DelivererParts {
  readonly ledger: Ledger;
  readonly turnstile: Pick<Turnstile, 'take' | 'giveBack'>;
  readonly limits: SendingLimits;
  /** Told when SES throttles. */
  readonly pace: Pick<Pace, 'throttled'>;
  readonly transport: SesTransport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly strategy: Strategy;
  /** Calls that are claimed, in flight or about to be: more than the transport makes at a time, so that one is ready when another ends. */
  readonly claims: Permits;
  /** From 0 to 1, for the spread of waits. */
  readonly random: () => number;
  /** A claim's number: unique for ever. */
  readonly claimNumber: () => string;
  /** Recipients a second that the account allows at present. */
  readonly accountPerSecond: () => number;
  /** Null where this installation can't make unsubscribe links, and so sends no marketing mail. */
  readonly links: UnsubscribeLinks | null;
  readonly meter?: Meter;
  readonly tracing?: Tracing;
}

/** What the queue is to do with the batch's job. */
export type Delivery =
  /** Nothing is left to do, or only what is in doubt. */
  | { readonly kind: 'settled' }
  /** The campaign stands still: the batch waits in its record, outside the queue, until the campaign goes on. */
  | { readonly kind: 'parked' }
  /** Worth another try after a while; nothing is claimed. */
  | { readonly kind: 'later'; readonly waitMs: number }
  /** SES says that the whole campaign has to wait, or that somebody has to mend something; nothing is claimed. */
  | { readonly kind: 'hold'; readonly hold: HoldRequest };

export interface HoldRequest {
  readonly code: HoldCode;
  /** Plain English, with the figures. */
  readonly reason: string;
  /** The figures and names of the reason, for those who say it in other words. */
  readonly about?: About;
  /** Milliseconds since 1970 when it lifts by itself; null where an operator has to decide. */
  readonly until: number | null;
}

/** As what the next batch of a campaign goes out. */
export interface Outgoing {
  readonly mailing: Mailing;
  /** Why nobody may be claimed now; null where nothing is in the way. */
  readonly obstacle: HoldRequest | null;
}

/** Asked before each claim, since a sender profile may have changed. A campaign without one answers at once, and always the same. */
export type OutgoingSource = () => Outgoing | Promise<Outgoing>;

/**
 * Delivers batches: open one, put in doubt what a dead worker had claimed, send to whom nobody has tried, and look
 * again, until nobody is left.
 */
export class Deliverer {
  readonly #parts: DelivererParts;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
  }

  /**
   * The batches of a job, one after the other: what became of one is written down while the next is on its way, and everything is
   * written down when this resolves. The first batch that can't be settled now decides; those behind it are untouched.
   * @param source asked before each claim: who the mail is from may have changed while its turn was waited for
   */
  async deliver(
    campaign: string,
    batches: readonly number[],
    source: OutgoingSource,
    signal: AbortSignal,
  ): Promise<Delivery> {
    // Read together, in one round trip. Only the ledger's claim decides whether it still holds.
    const opened = await this.#parts.ledger.openAll(campaign, batches);
    const current = await Current.read(source, this.#parts.links);
    const settling = new Settling();
    try {
      for (const [index, batch] of batches.entries()) {
        const end = await this.#deliverOne({ batch, current, signal, settling }, opened[index] ?? null);
        if (end.kind !== 'settled') return end;
        (this.#parts.meter ?? NO_METER).add('sluice_batches_settled_total', {});
      }
      return { kind: 'settled' };
    } finally {
      await settling.ended();
    }
  }

  async #deliverOne(order: Order, first: OpenedBatch | null): Promise<Delivery> {
    const { batch, current, settling } = order;
    const ref = current.ref(batch);
    for (let opened = first; opened; opened = await this.#parts.ledger.open(ref)) {
      const { states, status } = opened;
      const lost = positionsOf(states, (state) => state.startsWith('c'));
      const waiting = positionsOf(states, (state) => state === '.');
      if (lost.length > 0) {
        // Whoever claimed them is gone: this job would not run again otherwise. They may have the mail.
        const entries = await this.#addressed(ref, lost);
        if (!entries) return { kind: 'settled' };
        const claimed = entries.map((entry) => ({
          ...entry,
          claim: claimOf(states[entry.position] ?? '') ?? '',
        }));
        await recordResults(this.#parts, ref, current.mailing, lostEntries(claimed));
        continue;
      }
      if (waiting.length === 0) return { kind: 'settled' };
      if (status === 'ended') {
        const entries = await this.#addressed(ref, waiting);
        if (!entries) return { kind: 'settled' };
        await recordResults(this.#parts, ref, current.mailing, cancelledEntries(entries));
        continue;
      }
      if (status !== 'running') return { kind: 'parked' };
      if (current.obstacle) return { kind: 'hold', hold: current.obstacle };
      const end = await new BatchPass(this.#parts, { ...order, opened }).run(waiting);
      if (end !== 'again') return end;
      // What was answered must be in the ledger before anybody looks at it again: a claim in it counts as lost.
      await settling.ended();
    }
    return { kind: 'settled' };
  }

  /** Null where the batch was settled in the meantime. */
  async #addressed(ref: BatchRef, positions: readonly number[]): Promise<Addressed[] | null> {
    const content = await this.#parts.ledger.content(ref);
    return content && addressedOf(decodePayload(content), positions);
  }
}

function positionsOf(states: readonly string[], matches: (state: string) => boolean): number[] {
  const positions: number[] = [];
  for (const [position, state] of states.entries()) if (matches(state)) positions.push(position);
  return positions;
}
