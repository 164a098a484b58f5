import type { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import type { Keys } from '../../src/core/keys.ts';
import { MemoryMeter } from '../../src/core/meter.ts';
import { FeedbackBook } from '../../src/feedback/apply.ts';
import type { FeedbackEvent, Happening } from '../../src/feedback/event.ts';
import { isPersonalGmail } from '../../src/identity/gmail.ts';
import { decodeBlock } from '../../src/log/block.ts';
import type { LogRow } from '../../src/log/event.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { logRows } from '../../src/log/row.ts';
import type { Result } from '../../src/send/aftermath.ts';
import { lostEntries } from '../../src/send/aftermath.ts';
import { DoubtBook, type Resolution } from '../../src/send/doubt.ts';
import { type BatchRef, claimOf, type Ledger } from '../../src/send/ledger.ts';
import type { Mailing } from '../../src/send/mailing.ts';
import { encodePayload, type Recipient } from '../../src/send/payload.ts';
import { recordResults } from '../../src/send/record.ts';
import { compileMail } from '../../src/send/template.ts';
import { newLedger } from '../support/ledger.ts';
import { silentLogger } from '../support/logger.ts';

export const MINUTE = 'abc';
export const CAMPAIGN = 'autumn';

/** One batch of one campaign, its ledger, and the events about it: every script is the real one. */
export class Stage {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly book: FeedbackBook;
  readonly ledger: Ledger;
  readonly doubt: DoubtBook;
  readonly recipients: readonly Recipient[];
  /** What the worker counts for the metrics. */
  readonly meter = new MemoryMeter();
  readonly ref: BatchRef = { campaign: CAMPAIGN, project: 'shop', batch: 0, sender: 'news@example.com' };

  /** @param domain of everybody in the batch */
  constructor(redis: Redis, keys: Keys, size: number, domain = 'example.com') {
    this.redis = redis;
    this.keys = keys;
    this.book = new FeedbackBook(redis, keys, new Outbox(redis, keys), null);
    this.ledger = newLedger(redis, keys, 100_000);
    this.doubt = new DoubtBook(redis, keys);
    this.recipients = Array.from({ length: size }, (_, position) => ({
      seq: position + 1,
      written: domain === 'example.com' ? `P${position}@Example.com` : `P${position}@${domain}`,
      wire: `P${position}@${domain}`,
      normal: `p${position}@${domain}`,
      data: {},
    }));
  }

  /** As the planner leaves it. */
  async plan(): Promise<void> {
    const { redis, keys, recipients } = this;
    const size = recipients.length;
    const { addresses, rest } = encodePayload(recipients);
    await redis.hset(keys.campaign(CAMPAIGN), {
      id: CAMPAIGN,
      project: 'shop',
      phase: 'running',
      planned: size,
      pending: size,
      read: size,
      planned_all: '1',
      next: 1,
    });
    await redis.hset(keys.batch(CAMPAIGN, 0), { n: size, a: addresses, p: rest });
    await redis.zadd(keys.outstanding(CAMPAIGN), 1, '0');
    await redis.sadd(keys.open(), CAMPAIGN);
  }

  /** Claims whoever nobody has claimed; their positions. */
  async claim(claim: string): Promise<readonly number[]> {
    const opened = await this.ledger.open(this.ref);
    const free = (opened?.states ?? []).flatMap((state, position) => (state === '.' ? [position] : []));
    if (free.length === 0) return [];
    const answer = await this.ledger.claim(this.ref, claim, free, false);
    return answer.kind === 'claimed' ? answer.positions : [];
  }

  /** What the worker does with SES's answer: accepted for those of whom it has the mail, rejected for the others. */
  async answer(claim: string, positions: readonly number[], taken: readonly number[]): Promise<void> {
    await this.#record(
      positions.map((position): Result => {
        const common = { recipient: this.#of(position).written, seq: this.#of(position).seq };
        return taken.includes(position)
          ? {
              settlement: {
                position,
                verb: 'accepted',
                claim,
                isGmail: isPersonalGmail(this.#of(position).normal),
              },
              event: { event_type: 'accepted', ...common, ses_message_id: messageId(claim, position) },
            }
          : {
              settlement: { position, verb: 'rejected', claim },
              event: { event_type: 'rejected', ...common, reason: 'MESSAGE_REJECTED', mark: claim },
            };
      }),
    );
  }

  /** What a worker does that finds the claims of another which is gone. */
  async putInDoubt(): Promise<void> {
    const opened = await this.ledger.open(this.ref);
    const lost = (opened?.states ?? []).flatMap((state, position) => {
      const claim = state.startsWith('c') ? claimOf(state) : null;
      return claim === null ? [] : [{ position, recipient: this.#of(position), claim }];
    });
    if (lost.length > 0) await this.#record(lostEntries(lost));
  }

  async resolve(resolution: Resolution): Promise<void> {
    const campaign = { id: CAMPAIGN, project: 'shop' };
    await this.doubt.resolve(campaign, 0, resolution, 0, { policy: resolution });
  }

  event(claim: string, position: number, happened: Happening, atMs = 1_800_000_000_000): FeedbackEvent {
    return {
      mail: {
        messageId: messageId(claim, position),
        campaign: CAMPAIGN,
        entry: { claim, batch: 0, position, seq: position + 1 },
        recipient: this.#of(position).wire,
        sender: 'news@example.com',
        tags: { team: 'crm' },
      },
      atMs,
      happened,
    };
  }

  async counters(): Promise<Record<string, number>> {
    const hash = await this.redis.hgetall(this.keys.campaign(CAMPAIGN));
    const names = ['pending', 'accepted', 'rejected', 'inDoubt', 'dropped', ...PEOPLE];
    return Object.fromEntries(names.map((name) => [name, Number(hash[name] ?? 0)]));
  }

  /** All rows that the log is going to have, copies included. */
  async rows(): Promise<LogRow[]> {
    const entries = await this.redis.xrangeBuffer(this.keys.outbox(), '-', '+');
    return entries.flatMap(([, fields]) => logRows(decodeBlock(fields[1] ?? Buffer.alloc(0)), 0));
  }

  async flow(): Promise<{ readonly accepted: number; readonly sent: number }> {
    const [accepted, sent] = await this.redis.hmget(this.keys.flow(MINUTE), 'a', 's');
    return { accepted: Number(accepted ?? 0), sent: Number(sent ?? 0) };
  }

  /** What the guard has counted for the campaign's project and sender, by the hour and by the minute. */
  async guard(): Promise<Record<'s' | 'b' | 'c', number>[]> {
    const base = `${this.keys.guards()}shop:${this.ref.sender}`;
    return Promise.all(
      [':m:', ':h:'].map(async (mark) => {
        const slots = await this.redis.keys(`${base.replaceAll(/[[\]*?\\]/g, '\\$&')}${mark}*`);
        const hashes = await Promise.all(slots.map((key) => this.redis.hgetall(key)));
        const sum = (letter: string) => hashes.reduce((all, hash) => all + Number(hash[letter] ?? 0), 0);
        return { s: sum('s'), b: sum('b'), c: sum('c') };
      }),
    );
  }

  async #record(results: readonly Result[]): Promise<void> {
    const parts = { ledger: this.ledger, clock: systemClock, logger: silentLogger, meter: this.meter };
    await recordResults(parts, this.ref, MAILING, results);
  }

  #of(position: number): Recipient {
    const recipient = this.recipients[position];
    if (!recipient) throw new Error(`there is no position ${position}`);
    return recipient;
  }
}

const PEOPLE = ['delivered', 'bounced:hard', 'bounced:soft', 'complained', 'opened', 'clicked'] as const;

/** One message for one entry of one claim. */
export function messageId(claim: string, position: number): string {
  return `0100-${claim}-${position}`;
}

/**
 * The counters, made from the rows alone: each event id once, and of each person the last word. An acceptance is the last
 * word on anybody; a drop is, unless an acceptance came; and who is in doubt under a claim is so until it is resolved.
 */
export function countersOf(rows: readonly LogRow[], size: number): Record<string, number> {
  const unique = [...new Map(rows.map((row) => [row.event_id, row])).values()];
  const seqs = (type: string, matches: (row: LogRow) => boolean = () => true) =>
    new Set(unique.filter((row) => row.event_type === type && matches(row)).map((row) => row.seq));
  const markOf = (row: LogRow) => /\/mark=([^/]+)/.exec(row.event_id)?.[1];
  const accepted = seqs('accepted');
  const dropped = without(seqs('dropped'), accepted);
  const rejected = without(seqs('rejected'), accepted, dropped);
  const resolved = new Set(
    unique.filter((row) => row.event_type === 'resolved').map((row) => `${row.seq} ${markOf(row)}`),
  );
  const inDoubt = without(
    seqs('in_doubt', (row) => !resolved.has(`${row.seq} ${markOf(row)}`)),
    accepted,
    dropped,
    rejected,
  );
  return {
    pending: size - accepted.size - dropped.size - rejected.size - inDoubt.size,
    accepted: accepted.size,
    rejected: rejected.size,
    inDoubt: inDoubt.size,
    dropped: dropped.size,
    delivered: seqs('delivery').size,
    'bounced:hard': seqs('bounce', ({ reason }) => reason?.startsWith('Permanent/') ?? false).size,
    'bounced:soft': seqs('bounce', ({ reason }) => !reason?.startsWith('Permanent/')).size,
    complained: seqs('complaint').size,
    opened: seqs('open').size,
    clicked: seqs('click').size,
  };
}

function without<T>(set: ReadonlySet<T>, ...others: readonly ReadonlySet<T>[]): Set<T> {
  return new Set([...set].filter((item) => !others.some((other) => other.has(item))));
}

const MAILING: Mailing = (() => {
  const compiled = compileMail({ subject: 'Hello', html: '<p>Hello</p>' });
  if (compiled.kind !== 'compiled') throw new Error('the template of these tests is wrong');
  return {
    campaign: CAMPAIGN,
    project: 'shop',
    sender: 'news@example.com',
    from: 'news@example.com',
    replyTo: [],
    mail: compiled.mail,
    category: 'transactional',
    unsubscribe: { kind: 'none' },
    linkColumns: [],
    override: false,
    perSecond: null,
    tags: { team: 'crm' },
    tracking: { opens: null, clicks: null },
  };
})();
