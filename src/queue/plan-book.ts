import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import { encodeBlock } from '../log/block.ts';
import type { EventBlock } from '../log/event.ts';
import type { Payload } from '../send/payload.ts';
import { campaignChange } from './campaigns.ts';
import { decodeSections, encodeSections, type JobSection } from './job-groups.ts';

/** How far the plan has come: position in the audience, and a digest of every address before it. */
export interface Checkpoint {
  /** Rows read. */
  readonly seq: number;
  /** Of the addresses in order, so that a source that changed is seen. */
  readonly digest: string;
  readonly atEnd: boolean;
}

/** Whoever gets this is the campaign's planner, until somebody else begins. */
export interface PlanStart {
  readonly kind: 'plan';
  readonly epoch: number;
  readonly checkpoint: Checkpoint | null;
  readonly nextBatch: number;
  /** Of the source, when it was first read. */
  readonly fingerprint: string | null;
  /** Which of the planned batches travel together. */
  readonly jobs: readonly JobSection[];
  /** How many more people may be planned for now; `unknown` where it is a share of a list that nobody has counted yet. */
  readonly peopleMax: number | 'unknown';
}

/**
 * Nothing to plan: all is planned, the flags say no, the campaign is over, nobody knows it, or its canary is out and the others wait
 * for what is heard of it.
 */
export interface NoPlan {
  readonly kind: 'planned' | 'paused' | 'held' | 'ended' | 'missing' | 'canary';
}

/** It is too early. */
export interface NotYet {
  readonly kind: 'scheduled';
  readonly waitMs: number;
}

/** What a planner has put together since its last commit. */
export interface PlanStretch {
  readonly before: Checkpoint | null;
  readonly after: Checkpoint;
  readonly fingerprint: string;
  readonly read: number;
  readonly duplicate: number;
  readonly invalid: number;
  readonly firstBatch: number;
  readonly batches: readonly { readonly size: number; readonly payload: Payload }[];
  /** Rows for duplicates and invalid addresses. */
  readonly block: EventBlock | null;
}

export interface PlanCommit {
  readonly kind: 'ok' | 'superseded' | 'paused' | 'held' | 'ended';
  /** Batches that are planned and not settled. */
  readonly outstanding: number;
  /** Outbox entries that are not yet in the sink. */
  readonly backlog: number;
  /** Campaigns that are being planned, this one with them: they share the window. */
  readonly planning: number;
}

/** A planner that was not heard of for so long is gone; it speaks whenever it looks for room, and at every commit. */
const PLANNER_SILENT_MS_MAX = 30_000;

/**
 * The planner's record in Redis. Its epoch makes sure that there is one planner: whoever begins takes the next number,
 * and a commit under an older one changes nothing.
 */
export class PlanBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #begin: ReturnType<typeof loadScript>;
  readonly #commit: ReturnType<typeof loadScript>;
  readonly #look: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#begin = loadScript(redis, new URL('./begin-plan.lua', import.meta.url));
    this.#commit = loadScript(redis, new URL('./commit-plan.lua', import.meta.url));
    this.#look = loadScript(redis, new URL('./look-plan.lua', import.meta.url));
  }

  async begin(id: string, project: string): Promise<PlanStart | NoPlan | NotYet> {
    const started = campaignChange(id, project, 'campaign_started', this.#clock.now(), {});
    const keys = this.#keys;
    const answer = await this.#begin(
      [keys.campaign(id), keys.outbox(), keys.guards(), keys.project('')],
      [encodeBlock(started), JSON.stringify(GUARD_RULES)],
    );
    const [kind, epoch, checkpoint, next, fingerprint, jobs, left]: unknown[] = Array.isArray(answer)
      ? answer
      : [];
    switch (kind) {
      case 'planned':
      case 'paused':
      case 'held':
      case 'ended':
      case 'missing':
      case 'canary':
        return { kind };
      case 'scheduled':
        return { kind, waitMs: Number(epoch) };
      case 'plan':
        return {
          kind,
          epoch: Number(epoch),
          checkpoint: decodeCheckpoint(String(checkpoint)),
          nextBatch: Number(next),
          fingerprint: fingerprint === '' ? null : String(fingerprint),
          jobs: decodeSections(String(jobs)),
          peopleMax: left === '?' ? 'unknown' : left === '' ? Number.POSITIVE_INFINITY : Number(left),
        };
      default:
        throw new Fault('PLAN_ANSWER', 'the begin script gave an answer that it never gives');
    }
  }

  /** True while a planner of this campaign was heard of lately. */
  async hasPlanner(id: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.planner(id))) === 1;
  }

  /** How many rows the audience has, by reckoning: for those who look on (queue/receipt.ts). */
  async noteRows(id: string, rows: number): Promise<void> {
    await this.#redis.hset(this.#keys.campaign(id), 'listRows', rows);
  }

  /** Rows of the audience that are planned, and must be read again by whoever goes on. */
  async rowsBehind(id: string): Promise<number> {
    return decodeCheckpoint((await this.#redis.hget(this.#keys.campaign(id), 'checkpoint')) ?? '')?.seq ?? 0;
  }

  /** The planner gives its place up for a while: the sweeper need not look for another one before that is over. */
  async waits(id: string): Promise<void> {
    await this.#redis.set(this.#keys.planner(id), 'waits', 'PX', PLANNER_SILENT_MS_MAX);
  }

  /** @param jobs the sections of jobs after this stretch */
  async commit(
    id: string,
    epoch: number,
    stretch: PlanStretch,
    jobs: readonly JobSection[] = [],
  ): Promise<PlanCommit> {
    const keys = this.#keys;
    const batchKeys = stretch.batches.map((_batch, index) => keys.batch(id, stretch.firstBatch + index));
    const answer = await this.#commit(
      [
        keys.campaign(id),
        keys.outstanding(id),
        keys.outbox(),
        keys.open(),
        keys.planner(id),
        keys.planning(),
        ...batchKeys,
      ],
      [
        epoch,
        encodeCheckpoint(stretch.before),
        encodeCheckpoint(stretch.after),
        stretch.fingerprint,
        stretch.read,
        stretch.duplicate,
        stretch.invalid,
        stretch.after.atEnd ? '1' : '0',
        stretch.block ? encodeBlock(stretch.block) : '',
        stretch.firstBatch,
        PLANNER_SILENT_MS_MAX,
        id,
        encodeSections(jobs),
        ...stretch.batches.flatMap(({ size, payload }) => [size, payload.addresses, payload.rest]),
      ],
    );
    return standingOf(answer);
  }

  /** What a planner that waits for room looks at: is it still the planner of a campaign that runs, and is there room. */
  async look(id: string, epoch: number): Promise<PlanCommit> {
    const keys = this.#keys;
    return standingOf(
      await this.#look(
        [keys.campaign(id), keys.outstanding(id), keys.outbox(), keys.planner(id), keys.planning()],
        [epoch, PLANNER_SILENT_MS_MAX, id],
      ),
    );
  }
}

function standingOf(answer: unknown): PlanCommit {
  const [kind, outstanding, backlog, planning]: unknown[] = Array.isArray(answer) ? answer : [];
  if (kind === 'ok' || kind === 'superseded' || kind === 'paused' || kind === 'held' || kind === 'ended') {
    return { kind, outstanding: Number(outstanding), backlog: Number(backlog), planning: Number(planning) };
  }
  throw new Fault('PLAN_ANSWER', 'a script of the plan gave an answer that it never gives');
}

function encodeCheckpoint(checkpoint: Checkpoint | null): string {
  return checkpoint ? `${checkpoint.seq} ${checkpoint.digest} ${checkpoint.atEnd ? 'end' : ''}` : '';
}

function decodeCheckpoint(text: string): Checkpoint | null {
  if (text === '') return null;
  const [seq = '', digest = '', end = ''] = text.split(' ');
  return { seq: Number(seq), digest, atEnd: end === 'end' };
}
