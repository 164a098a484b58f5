import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { cancelledEntries, lostEntries } from './aftermath.ts';
import { BatchPass } from './batch-pass.ts';
import { type BatchRef, claimOf, type Ledger, type OpenedBatch } from './ledger.ts';
import type { Mailing } from './mailing.ts';
import type { Pace } from './pace.ts';
import { decodePayload, type Recipient } from './payload.ts';
import type { Permits } from './permits.ts';
import { recordResults } from './record.ts';
import type { Strategy } from './strategy.ts';
import type { SesTransport } from './transport.ts';
import type { UnsubscribeLinks } from './unsubscribe.ts';

export interface DelivererParts {
  readonly ledger: Ledger;
  readonly pace: Pace;
  readonly transport: SesTransport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly strategy: Strategy;
  /** SES calls in flight in this process. */
  readonly permits: Permits;
  /** From 0 to 1, for the spread of waits. */
  readonly random: () => number;
  /** A claim's number: unique for ever. */
  readonly claimNumber: () => string;
  /** Recipients a second that the account allows at present. */
  readonly accountPerSecond: () => number;
  /** Null where this installation can't make unsubscribe links, and so sends no marketing mail. */
  readonly links: UnsubscribeLinks | null;
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
  readonly code: string;
  readonly reason: string;
  /** Milliseconds since 1970 when it lifts by itself; null where an operator has to decide. */
  readonly until: number | null;
}

/** Marketing mail never leaves without its unsubscribe link. */
const NO_LINKS: HoldRequest = {
  code: 'CONFIGURATION',
  reason:
    'a worker that sends has no SLUICE_PUBLIC_URL or SLUICE_SECRET, and so no unsubscribe links: set them for all workers',
  until: null,
};

/**
 * Delivers one batch: open it, put in doubt what a dead worker had claimed, send to whom nobody has tried, and look
 * again, until nobody is left.
 */
export class Deliverer {
  readonly #parts: DelivererParts;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
  }

  async deliver(ref: BatchRef, mailing: Mailing, signal: AbortSignal): Promise<Delivery> {
    for (;;) {
      const opened = await this.#parts.ledger.open(ref);
      if (!opened) return { kind: 'settled' };
      const recipients = decodePayload(opened.addresses, opened.payload);
      const lost = lostClaims(opened, recipients);
      if (lost.length > 0) {
        // Whoever claimed them is gone: this job would not run again otherwise. They may have the mail.
        await recordResults(this.#parts, ref, mailing, lostEntries(lost));
        continue;
      }
      const waiting = addressedWhere(opened, recipients, (state) => state === '.');
      if (waiting.length === 0) return { kind: 'settled' };
      if (opened.status === 'ended') {
        await recordResults(this.#parts, ref, mailing, cancelledEntries(waiting));
        continue;
      }
      if (opened.status !== 'running') return { kind: 'parked' };
      if (mailing.category === 'marketing' && !this.#parts.links) return { kind: 'hold', hold: NO_LINKS };
      const end = await new BatchPass(this.#parts, { ref, mailing, opened, signal }).run(waiting);
      if (end !== 'again') return end;
    }
  }
}

interface Addressed {
  readonly position: number;
  readonly recipient: Recipient;
}

function addressedWhere(
  opened: OpenedBatch,
  recipients: readonly Recipient[],
  matches: (state: string) => boolean,
): Addressed[] {
  return recipients.flatMap((recipient, position) =>
    matches(opened.states[position] ?? '') ? [{ position, recipient }] : [],
  );
}

function lostClaims(
  opened: OpenedBatch,
  recipients: readonly Recipient[],
): (Addressed & { readonly claim: string })[] {
  return addressedWhere(opened, recipients, (state) => state.startsWith('c')).flatMap((entry) => {
    const claim = claimOf(opened.states[entry.position] ?? '');
    return claim === null ? [] : [{ ...entry, claim }];
  });
}
