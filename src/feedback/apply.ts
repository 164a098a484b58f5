import type { Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import { encodeBlock } from '../log/block.ts';
import type { EventBlock, LogEvent } from '../log/event.ts';
import { BLOCK_EVENTS_MAX, type Outbox } from '../log/outbox.ts';
import { SuppressionStore } from '../suppression/store.ts';
import type { Suppression } from '../suppression/target.ts';
import { consequenceOf } from './consequence.ts';
import type { FeedbackEvent } from './event.ts';
import { feedbackRow } from './row.ts';
import { type EntryEvent, scriptEvents } from './script-events.ts';

/** Owners of campaigns that are remembered: more than run at a time. */
const OWNERS_MAX = 256;

const RULES = JSON.stringify(GUARD_RULES);

/** So many soft bounces of an address within a time suppress it, as a hard one does. */
export interface SoftBounceRule {
  readonly count: number;
  readonly withinMs: number;
}

/** What became of each event, in their order: null where it is stored, and why it is not otherwise. */
export type Applied = readonly (Error | null)[];

/**
 * Stores what events cause, in Redis: log rows, counts of people, the end of entries in doubt, suppression, and what the guard
 * makes of it. In one step for the events of one campaign, so that rows and counters always agree, and nobody is claimed
 * any more whom an event that is applied has ruled out. Applied again, an event changes nothing.
 */
export class FeedbackBook {
  readonly #keys: Keys;
  readonly #redis: Redis;
  readonly #outbox: Outbox;
  readonly #suppression: SuppressionStore;
  readonly #softBounces: SoftBounceRule | null;
  readonly #apply: ReturnType<typeof loadScript>;
  readonly #owners = new Map<string, Owner>();

  constructor(redis: Redis, keys: Keys, outbox: Outbox, softBounces: SoftBounceRule | null) {
    this.#redis = redis;
    this.#keys = keys;
    this.#outbox = outbox;
    this.#suppression = new SuppressionStore(redis, keys);
    this.#softBounces = softBounces;
    this.#apply = loadScript(redis, new URL('./apply.lua', import.meta.url));
  }

  async apply(events: readonly FeedbackEvent[]): Promise<Applied> {
    const results: (Error | null)[] = events.map(() => null);
    await Promise.all(
      groupsOf(events).map(async ({ kin, members }) => {
        try {
          await this.#applyGroup(
            kin,
            members.map(({ event }) => event),
          );
        } catch (thrown) {
          const error = thrown instanceof Error ? thrown : new Fault('FEEDBACK_APPLY', String(thrown));
          for (const { index } of members) results[index] = error;
        }
      }),
    );
    return results;
  }

  async #applyGroup(kin: Kin, events: readonly FeedbackEvent[]): Promise<void> {
    const owner = await this.#owner(kin.campaign);
    const common = commonOf(kin, owner?.project ?? null);
    const block: EventBlock = { common, events: events.map(feedbackRow) };
    if (kin.isTest || owner === null) return this.#note(events, block);
    const of = { campaign: kin.campaign, project: owner.project, sender: kin.sender ?? owner.sender };
    const { keys, json, domain } = scriptEvents(this.#keys, of, events.filter(isOfEntry));
    const { count = '', withinMs = '' } = this.#softBounces ?? {};
    const args = [
      json,
      encodeBlock(block),
      JSON.stringify(common),
      RULES,
      count,
      withinMs,
      domain,
      of.sender,
    ];
    const answer = await this.#apply(keys, args);
    const [status]: unknown[] = Array.isArray(answer) ? answer : [];
    if (status === 'ok') return;
    if (status !== 'unknown')
      throw new Fault('FEEDBACK_ANSWER', 'the apply script gave an answer that it never gives');
    this.#owners.delete(kin.campaign);
    await this.#note(events, block);
  }

  /** A test send is in no batch and no count, nor is a campaign that is not known here: what is kept is the row, and what it says of the address. */
  async #note(events: readonly FeedbackEvent[], block: EventBlock): Promise<void> {
    const suppressions = events.flatMap((event): Suppression[] => {
      const { address, entry } = consequenceOf(event);
      if (address === null || entry === null) return [];
      const { reason, at, source, detail } = entry;
      return [{ address, target: { kind: 'everywhere', reason }, at, source, detail }];
    });
    await this.#suppression.addEach(suppressions);
    await this.#outbox.append(block);
  }

  /** Null where the campaign is not known. */
  async #owner(campaign: string): Promise<Owner | null> {
    const known = this.#owners.get(campaign);
    if (known) return known;
    const [project, sender] = await this.#redis.hmget(this.#keys.campaign(campaign), 'project', 'sender');
    if (typeof project !== 'string') return null;
    const oldest = this.#owners.keys().next();
    if (this.#owners.size >= OWNERS_MAX && !oldest.done) this.#owners.delete(oldest.value);
    const owner = { project, sender: sender ?? '' };
    this.#owners.set(campaign, owner);
    return owner;
  }
}

/** Whose campaign it is. */
interface Owner {
  readonly project: string;
  /** The From address in its normal form, when it was last looked at; empty where nobody knows. */
  readonly sender: string;
}

/** What the events of a group have in common. */
interface Kin {
  readonly campaign: string;
  readonly isTest: boolean;
  readonly sender: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

interface Group {
  readonly kin: Kin;
  readonly members: { readonly event: FeedbackEvent; readonly index: number }[];
}

/** Events of one kin, no more than a block holds. */
function groupsOf(events: readonly FeedbackEvent[]): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  events.forEach((event, index) => {
    const { campaign, entry, sender, tags } = event.mail;
    const kin: Kin = { campaign, isTest: entry === null, sender, tags };
    const name = JSON.stringify(kin);
    let group = open.get(name);
    if (!group || group.members.length >= BLOCK_EVENTS_MAX) {
      group = { kin, members: [] };
      open.set(name, group);
      groups.push(group);
    }
    group.members.push({ event, index });
  });
  return groups;
}

function commonOf(kin: Kin, project: string | null): Partial<LogEvent> {
  return {
    campaign_id: kin.campaign,
    ...(project === null ? {} : { project }),
    ...(kin.sender === null ? {} : { sender: kin.sender }),
    ...(Object.keys(kin.tags).length === 0 ? {} : { tags: kin.tags }),
    ...(kin.isTest ? { test: true } : {}),
  };
}

function isOfEntry(event: FeedbackEvent): event is EntryEvent {
  return event.mail.entry !== null;
}
