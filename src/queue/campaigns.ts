import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { encodeBlock } from '../log/block.ts';
import type { EventBlock, EventType } from '../log/event.ts';
import type { HoldRequest } from '../send/deliver.ts';
import { parseMailbox } from '../send/header.ts';
import { type Author, detailOf } from './author.ts';
import { type Campaign, campaignDigest, DOUBT_POLICIES, parseCampaign } from './campaign.ts';
import { storedCanary } from './canary-settings.ts';
import { decodeHold, encodeHold, type StoredHold } from './hold.ts';
import { type Receipt, receiptOf } from './receipt.ts';

/*
 * A campaign has one phase and two flags.
 *
 *   scheduled ──▶ queued ──▶ running ──▶ finished
 *       │            │           │
 *       └────────────┴───────────┴─────▶ failed | cancelled
 *
 * `paused` (an operator) and `held` (a rule) keep a queued or running campaign from sending; lifting one does not lift
 * the other. A campaign is finished when its whole audience is planned and every recipient is settled; the script
 * that settles the last one says so.
 */

export type Acceptance =
  /** New, or the same again: `phase` tells how far it is. */
  | { readonly kind: 'accepted' | 'known'; readonly phase: string }
  /** The id was used for other content. */
  | { readonly kind: 'different' };

/** What came of a change: `same`, it was so before; `ended`, the campaign is over. */
export type Steered = 'changed' | 'same' | 'ended' | 'missing';

/** A campaign that has not ended, as the sweeper sees it. */
export interface OpenCampaign {
  readonly id: string;
  readonly project: string;
  readonly category: Campaign['category'];
  readonly epoch: number;
  /** The whole audience is planned. */
  readonly isPlanned: boolean;
  /** Milliseconds since 1970 before which it may not begin; null where it may. */
  readonly notBefore: number | null;
  /** It failed or was cancelled, and some recipients are not accounted for yet. */
  readonly isEnding: boolean;
  readonly paused: boolean;
  readonly held: StoredHold | null;
  readonly doubt: Campaign['doubt'];
  /** Its first mails are sent, and the others wait for what is heard of them. */
  readonly hasCanary: boolean;
  /** All of those first are planned, and the others wait. */
  readonly waitsForCanary: boolean;
  readonly pending: number;
  readonly inDoubt: number;
}

export class Campaigns {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #accept: ReturnType<typeof loadScript>;
  readonly #stand: ReturnType<typeof loadScript>;
  readonly #end: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#accept = loadScript(redis, new URL('./accept.lua', import.meta.url));
    this.#stand = loadScript(redis, new URL('./stand.lua', import.meta.url));
    this.#end = loadScript(redis, new URL('./end.lua', import.meta.url));
  }

  /** @param sender the From address (normal); where the campaign names a profile, that of the profile */
  async accept(campaign: Campaign, sender = writtenSender(campaign)): Promise<Acceptance> {
    const { audience } = campaign;
    const inline = audience.kind === 'inline' ? JSON.stringify(audience.recipients) : '';
    const definition = audience.kind === 'inline' ? { ...campaign, audience: { kind: 'inline' } } : campaign;
    const { id } = campaign;
    const keys = this.#keys;
    const answer = await this.#accept(
      [
        keys.campaign(id),
        keys.definition(id),
        keys.recipients(id),
        keys.campaigns(),
        keys.open(),
        keys.outbox(),
      ],
      [
        id,
        campaignDigest(campaign),
        JSON.stringify(definition),
        inline,
        campaign.project,
        campaign.name ?? '',
        campaign.category,
        this.#change(
          id,
          campaign.project,
          'campaign_accepted',
          campaign.override ? { override: campaign.override } : {},
        ),
        campaign.sendAt === undefined ? 0 : Date.parse(campaign.sendAt),
        campaign.doubt,
        sender,
        campaign.limits?.bounceRate ?? '',
        campaign.limits?.complaintRate ?? '',
        campaign.canary === undefined ? '' : storedCanary(campaign.canary),
      ],
    );
    const [kind, phase]: unknown[] = Array.isArray(answer) ? answer : [];
    if (kind === 'different') return { kind };
    if ((kind === 'accepted' || kind === 'known') && typeof phase === 'string') return { kind, phase };
    throw new Fault('CAMPAIGN_ANSWER', 'the accept script gave an answer that it never gives');
  }

  /** The campaign as it was accepted; inline recipients included. Null where there is none, or it has ended. */
  async definition(id: string): Promise<Campaign | null> {
    const [definition, recipients] = await this.#redis.mget(
      this.#keys.definition(id),
      this.#keys.recipients(id),
    );
    if (!definition) return null;
    const stored: unknown = JSON.parse(definition);
    // The inline list goes when the campaign has ended, and then there is nothing to plan or to send.
    if (recipients === null && isRecord(stored) && isInline(stored['audience'])) return null;
    const whole =
      recipients && isRecord(stored)
        ? { ...stored, audience: { kind: 'inline', recipients: JSON.parse(recipients) } }
        : stored;
    const parsed = parseCampaign(whole);
    if (parsed.kind === 'problems') {
      throw new Fault(
        'CAMPAIGN_DEFINITION',
        `the stored campaign ${id} is not in a form that this version reads: ${parsed.problems.join('; ')}`,
      );
    }
    return parsed.campaign;
  }

  async receipt(id: string): Promise<Receipt | null> {
    const hash = await this.#redis.hgetall(this.#keys.campaign(id));
    return hash['id'] === undefined ? null : receiptOf(hash, this.#clock.now());
  }

  /** The From address (normal) that was noted last; empty where none is. */
  async sender(id: string): Promise<string> {
    return (await this.#redis.hget(this.#keys.campaign(id), 'sender')) ?? '';
  }

  /** The campaign's profile has another From address now. */
  async noteSender(id: string, sender: string): Promise<void> {
    await this.#redis.hset(this.#keys.campaign(id), 'sender', sender);
  }

  /**
   * Columns that unsubscribe URLs of the campaign's profile have read since it began, these among them. All of them are planned from
   * now on: where a URL is set back, what was planned under the other one must not lack its columns.
   */
  async linkColumns(id: string, columns: readonly string[]): Promise<string[]> {
    const key = this.#keys.linkColumns(id);
    if (columns.length > 0) await this.#redis.sadd(key, ...columns);
    return (await this.#redis.smembers(key)).toSorted();
  }

  /** All receipts, newest first. */
  async receipts(limit: number): Promise<Receipt[]> {
    const ids = await this.#redis.zrevrange(this.#keys.campaigns(), 0, String(limit - 1));
    const receipts = await Promise.all(ids.map((id) => this.receipt(id)));
    return receipts.filter((receipt) => receipt !== null);
  }

  /** Ids of those that were accepted since then (ms), newest first. */
  acceptedSince(sinceMs: number, limit: number): Promise<string[]> {
    return this.#redis.zrange(
      this.#keys.campaigns(),
      '+inf',
      String(sinceMs),
      'BYSCORE',
      'REV',
      'LIMIT',
      0,
      limit,
    );
  }

  /** Ids of the campaigns that have not ended. */
  open(): Promise<string[]> {
    return this.#redis.smembers(this.#keys.open());
  }

  /** What the sweeper has to know of a campaign that has not ended; null where it is gone. */
  async look(id: string): Promise<OpenCampaign | null> {
    return openCampaignOf(id, await this.#redis.hgetall(this.#keys.campaign(id)));
  }

  /** Batches that are planned and in which somebody is neither settled nor in doubt, oldest first. */
  async outstanding(id: string): Promise<number[]> {
    return (await this.#redis.zrange(this.#keys.outstanding(id), 0, '-1')).map(Number);
  }

  /** Those that were planned at least `ageMs` ago, by Redis's clock. */
  async overdue(id: string, ageMs: number): Promise<number[]> {
    const [seconds] = await this.#redis.time();
    const latest = Number(seconds) * 1000 - ageMs;
    return (await this.#redis.zrangebyscore(this.#keys.outstanding(id), '-inf', latest)).map(Number);
  }

  /** A rule stops the campaign; once this has resolved no claim happens. True where it was not held before. */
  async hold(id: string, project: string, hold: HoldRequest): Promise<boolean> {
    const { code, reason, until } = hold;
    const block = this.#change(id, project, 'campaign_held', { code, reason, until });
    return (await this.#steer(id, 'held', encodeHold(hold), block)) === 'changed';
  }

  /**
   * Lifts the hold that was seen, and no other that came since.
   * @param by who did it; null where a rule did
   */
  async release(
    id: string,
    project: string,
    why: string,
    seen: StoredHold,
    by: string | null = null,
  ): Promise<boolean> {
    const detail = { reason: why, ...(by === null ? {} : { by }) };
    const block = this.#change(id, project, 'campaign_released', detail);
    return (await this.#steer(id, 'held', '', block, seen.stored)) === 'changed';
  }

  /**
   * The campaign can't go on. What was planned and not claimed becomes cancelled, batch by batch.
   * @param epoch of the planner that says so; false where it is no longer the campaign's
   */
  async fail(id: string, project: string, reason: string, epoch: number): Promise<boolean> {
    const answer = await this.#end(
      [this.#keys.campaign(id), this.#keys.outbox(), this.#keys.open()],
      ['failed', reason, this.#change(id, project, 'campaign_failed', { reason }), epoch],
    );
    return answer === 'changed';
  }

  /** An operator stops the campaign; once this has resolved no claim happens. */
  async pause(id: string, project: string, author: Author): Promise<Steered> {
    const paused = { reason: author.reason ?? '', by: author.by, at: this.#clock.now() };
    return this.#steer(
      id,
      'paused',
      JSON.stringify(paused),
      this.#change(id, project, 'campaign_paused', detailOf(author)),
    );
  }

  async unpause(id: string, project: string, author: Author): Promise<Steered> {
    return this.#steer(id, 'paused', '', this.#change(id, project, 'campaign_resumed', detailOf(author)));
  }

  /** An operator ends the campaign. What was planned and not claimed becomes cancelled, batch by batch. */
  async cancel(id: string, project: string, author: Author): Promise<Steered> {
    return steered(
      await this.#end(
        [this.#keys.campaign(id), this.#keys.outbox(), this.#keys.open()],
        [
          'cancelled',
          author.reason ?? '',
          this.#change(id, project, 'campaign_cancelled', detailOf(author)),
          '',
        ],
      ),
    );
  }

  async #steer(
    id: string,
    flag: 'paused' | 'held',
    value: string,
    block: Buffer,
    seen = '',
  ): Promise<Steered> {
    return steered(
      await this.#stand([this.#keys.campaign(id), this.#keys.outbox()], [flag, value, block, seen]),
    );
  }

  #change(id: string, project: string, type: EventType, detail: Record<string, unknown>): Buffer {
    return encodeBlock(campaignChange(id, project, type, this.#clock.now(), detail));
  }
}

/** Reads a campaign's hash as the sweeper does; null where there is none. */
export function openCampaignOf(id: string, hash: Readonly<Record<string, string>>): OpenCampaign | null {
  if (hash['id'] === undefined) return null;
  return {
    id,
    project: hash['project'] ?? 'default',
    category: hash['category'] === 'transactional' ? 'transactional' : 'marketing',
    epoch: Number(hash['epoch'] ?? 0),
    isPlanned: hash['planned_all'] === '1',
    isEnding: hash['phase'] === 'failed' || hash['phase'] === 'cancelled',
    notBefore: hash['phase'] === 'scheduled' ? Number(hash['sendAt']) : null,
    paused: hash['paused'] !== undefined,
    held: hash['held'] === undefined ? null : decodeHold(hash['held']),
    doubt: DOUBT_POLICIES.find((policy) => policy === hash['doubt']) ?? 'hold',
    hasCanary: hash['canary:state'] === 'open',
    waitsForCanary:
      hash['canary:state'] === 'open' &&
      Number(hash['planned'] ?? 0) >= Number(hash['canary:upTo'] ?? Infinity),
    pending: Number(hash['pending'] ?? 0),
    inDoubt: Number(hash['inDoubt'] ?? 0),
  };
}

/** The log row of something that happened to a campaign as a whole. */
export function campaignChange(
  id: string,
  project: string,
  type: EventType,
  nowMs: number,
  detail: Record<string, unknown>,
): EventBlock {
  return { common: { campaign_id: id, project }, events: [{ event_type: type, event_time: nowMs, detail }] };
}

/** The From address in its normal form; empty where a profile says it. */
function writtenSender({ sender }: Campaign): string {
  const from = parseMailbox(sender.from ?? '');
  return from.kind === 'mailbox' ? from.mailbox.address.normal : '';
}

function steered(answer: unknown): Steered {
  if (answer === 'changed' || answer === 'same' || answer === 'ended' || answer === 'missing') return answer;
  throw new Fault('CAMPAIGN_ANSWER', 'a script gave an answer that it never gives');
}

function isInline(audience: unknown): boolean {
  return isRecord(audience) && audience['kind'] === 'inline';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
