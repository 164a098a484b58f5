import type { Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { encodeBlock } from '../log/block.ts';
import type { EventBlock, LogEvent } from '../log/event.ts';
import { BLOCK_EVENTS_MAX, type Outbox } from '../log/outbox.ts';
import type { FeedbackEvent } from './event.ts';
import { feedbackRow } from './row.ts';
import { type EntryEvent, scriptEvents } from './script-events.ts';

/** Projects of campaigns that are remembered: more than run at a time. */
const PROJECTS_MAX = 256;

/** What became of each event, in their order: null where it is stored, and why it is not otherwise. */
export type Applied = readonly (Error | null)[];

/**
 * Stores what events cause, in Redis: log rows, counts of people, and the end of entries in doubt. In one step for the
 * events of one campaign, so that rows and counters always agree. Applied again, an event changes nothing.
 */
export class FeedbackBook {
  readonly #keys: Keys;
  readonly #redis: Redis;
  readonly #outbox: Outbox;
  readonly #apply: ReturnType<typeof loadScript>;
  readonly #projects = new Map<string, string>();

  constructor(redis: Redis, keys: Keys, outbox: Outbox) {
    this.#redis = redis;
    this.#keys = keys;
    this.#outbox = outbox;
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
    const project = await this.#project(kin.campaign);
    const common = commonOf(kin, project);
    const block: EventBlock = { common, events: events.map(feedbackRow) };
    // A test send is in no batch and no count; of a campaign that is not known here, a row is all that can be kept.
    if (kin.isTest || project === null) return this.#outbox.append(block);
    const { keys, json } = scriptEvents(this.#keys, kin.campaign, events.filter(isOfEntry));
    const answer = await this.#apply(keys, [json, encodeBlock(block), JSON.stringify(common)]);
    const [status]: unknown[] = Array.isArray(answer) ? answer : [];
    if (status === 'ok') return;
    if (status !== 'unknown')
      throw new Fault('FEEDBACK_ANSWER', 'the apply script gave an answer that it never gives');
    this.#projects.delete(kin.campaign);
    await this.#outbox.append(block);
  }

  /** Null where the campaign is not known. */
  async #project(campaign: string): Promise<string | null> {
    const known = this.#projects.get(campaign);
    if (known !== undefined) return known;
    const project = await this.#redis.hget(this.#keys.campaign(campaign), 'project');
    if (project === null) return null;
    const oldest = this.#projects.keys().next();
    if (this.#projects.size >= PROJECTS_MAX && !oldest.done) this.#projects.delete(oldest.value);
    this.#projects.set(campaign, project);
    return project;
  }
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
