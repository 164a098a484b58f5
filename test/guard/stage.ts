import type { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import type { Keys } from '../../src/core/keys.ts';
import { FeedbackBook } from '../../src/feedback/apply.ts';
import type { FeedbackEvent, Happening } from '../../src/feedback/event.ts';
import { decodeBlock } from '../../src/log/block.ts';
import type { LogRow } from '../../src/log/event.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { logRows } from '../../src/log/row.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';

export const SENDER = 'news@example.com';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Campaigns that run, and what the guard has counted before: all scripts are the real ones. */
export class GuardStage {
  readonly campaigns: Campaigns;
  readonly book: FeedbackBook;
  readonly #redis: Redis;
  readonly #keys: Keys;
  #mails = 0;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.campaigns = new Campaigns(redis, keys, systemClock);
    this.book = new FeedbackBook(redis, keys, new Outbox(redis, keys), null);
  }

  async accept(id: string, change: Partial<CampaignInput> = {}): Promise<void> {
    const parsed = parseCampaign({
      id,
      category: 'transactional',
      sender: { from: `News <${SENDER}>` },
      content: { subject: 'x', text: 'x' },
      audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
      ...change,
    });
    if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
    await this.campaigns.accept(parsed.campaign);
  }

  /** A campaign in the middle of its sending. */
  async running(id: string, change: Partial<CampaignInput> = {}): Promise<void> {
    await this.accept(id, change);
    await this.#redis.hset(this.#keys.campaign(id), {
      phase: 'running',
      startedAt: Date.now(),
      read: 1_000_000,
      planned: 1_000_000,
      pending: 1_000_000,
      next: 20_000,
    });
  }

  /** As if the campaign had sent so many mails itself, by way of its counters. */
  async sent(id: string, accepted: number): Promise<void> {
    await this.#redis.hset(this.#keys.campaign(id), { accepted });
  }

  /** What was counted so many minutes ago, for a project and sender. */
  async counted(
    counts: Readonly<Partial<Record<'s' | 'b' | 'c', number>>>,
    { minutesAgo = 0, project = 'default', sender = SENDER } = {},
  ): Promise<void> {
    const base = `${this.#keys.guards()}${project}:${sender}`;
    const at = Date.now() - minutesAgo * MINUTE_MS;
    for (const [letter, count] of Object.entries(counts)) {
      await this.#redis.hincrby(`${base}:m:${Math.floor(at / MINUTE_MS)}`, letter, count);
      await this.#redis.hincrby(`${base}:h:${Math.floor(at / HOUR_MS)}`, letter, count);
    }
    await this.#redis.zadd(this.#keys.guarded(), Math.floor(at / HOUR_MS), base);
  }

  /** Applies an event of a mail that nobody has heard of before. */
  async hear(id: string, happened: Happening, recipient?: string): Promise<FeedbackEvent> {
    const event = this.event(id, happened, recipient);
    const [failure] = await this.book.apply([event]);
    if (failure) throw failure;
    return event;
  }

  event(id: string, happened: Happening, recipient?: string, sender = SENDER): FeedbackEvent {
    const mail = this.#mails;
    this.#mails += 1;
    return {
      mail: {
        messageId: `0100-${mail}`,
        campaign: id,
        entry: { claim: 'w-1-abc', batch: Math.floor(mail / 50), position: mail % 50, seq: mail + 1 },
        recipient: recipient ?? `p${mail}@example.com`,
        sender,
        tags: {},
      },
      atMs: 1_800_000_000_000,
      happened,
    };
  }

  async held(id: string) {
    return (await this.campaigns.look(id))?.held ?? null;
  }

  async rows(type: string): Promise<LogRow[]> {
    const entries = await this.#redis.xrangeBuffer(this.#keys.outbox(), '-', '+');
    return entries
      .flatMap(([, fields]) => logRows(decodeBlock(fields[1] ?? Buffer.alloc(0)), 0))
      .filter(({ event_type }) => event_type === type);
  }
}
