import type { Telemetry } from 'bullmq';
import type { Redis } from 'ioredis';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { Keys } from '../core/keys.ts';
import { reachRedis } from '../core/reach.ts';
import { ProfileBook } from '../identity/profile.ts';
import type { CampaignInput } from './campaign.ts';
import { Campaigns } from './campaigns.ts';
import { Courier } from './courier.ts';
import { standingOf } from './standing.ts';
import { reviewSubmission, type Submission } from './submit.ts';

export interface EnqueueOptions {
  /** `redis://…`, `rediss://…`, the path of a unix socket, or a connection of your own. */
  readonly redis: string | Redis;
  /** Key prefix, as SLUICE_PREFIX of the workers. */
  readonly prefix?: string;
  /** Folder that audience paths must lie under, as SLUICE_FILES of the workers. */
  readonly filesRoot?: string;
  /** BullMQ's, such as `new BullMQOtel({ tracerName: 'scheduler' })` of bullmq-otel: by it a trace of yours goes on in the workers. */
  readonly telemetry?: Telemetry;
}

/** How long a Redis that is away is waited for: a scheduler has a job of its own to answer for. */
const REACH_MS = 10_000;

export interface Enqueued {
  readonly id: string;
  /** `known`: the same campaign had been enqueued before, and nothing was done. */
  readonly kind: 'accepted' | 'known';
}

/**
 * Enqueues a campaign. Once this has resolved, the campaign is in Redis and will be delivered: once, to the right people.
 * The same id with the same content again does nothing and succeeds, so a caller that is not sure may call again.
 *
 * @throws InputFault with every problem found; nothing was enqueued then
 * @throws Fault REDIS_AWAY where there is no Redis at that address; a connection of your own waits as it is set up
 */
export async function enqueueCampaign(input: CampaignInput, options: EnqueueOptions): Promise<Enqueued> {
  const line = new Line(options.redis);
  const { prefix = '{sluice}', filesRoot = null, telemetry = null } = options;
  const keys = new Keys(prefix);
  try {
    const profiles = {
      get: async (name: string) => new ProfileBook(await line.open(), keys).get(name),
    };
    const review = await reviewSubmission(input, { filesRoot, profiles });
    if (review.kind === 'campaign') return await enqueueOn(await line.open(), prefix, review, telemetry);
    // What was accepted is delivered, also where its profile has gone or changed since: a second call succeeds as the first did.
    const { campaign } = review;
    if (campaign?.sender.profile && (await standingOf(await line.open(), keys, campaign)) === 'known')
      return { id: campaign.id, kind: 'known' };
    throw new InputFault(review.problems);
  } finally {
    await line.close();
  }
}

/** The connection, opened when it is needed first: what is wrong with a campaign by itself is said without a Redis. */
class Line {
  readonly #redis: string | Redis;
  #opened: Redis | null = null;

  constructor(redis: string | Redis) {
    this.#redis = redis;
  }

  async open(): Promise<Redis> {
    if (typeof this.#redis !== 'string') return this.#redis;
    this.#opened ??= await reachRedis(this.#redis, REACH_MS);
    return this.#opened;
  }

  /** One that came from the caller stays open. */
  async close(): Promise<void> {
    await this.#opened?.quit();
  }
}

type Reviewed = Pick<Extract<Submission, { kind: 'campaign' }>, 'campaign' | 'mailing'>;

async function enqueueOn(
  redis: Redis,
  prefix: string,
  reviewed: Reviewed,
  telemetry: Telemetry | null,
): Promise<Enqueued> {
  const campaigns = new Campaigns(redis, new Keys(prefix), systemClock);
  const courier = new Courier(redis, prefix, telemetry);
  try {
    return await enqueueReviewed(reviewed, { campaigns, courier });
  } finally {
    await courier.close();
  }
}

/**
 * First the record, then the job: a job that is missing can be brought back, and a job that is there twice does nothing.
 * @throws InputFault (`conflict`) where the id was used for other content
 */
export async function enqueueReviewed(
  { campaign, mailing }: Reviewed,
  { campaigns, courier }: { readonly campaigns: Pick<Campaigns, 'accept'>; readonly courier: Courier },
): Promise<Enqueued> {
  const acceptance = await campaigns.accept(campaign, mailing.sender);
  if (acceptance.kind === 'different') {
    throw new InputFault(
      [
        `id: "${campaign.id}" was used before, with other content; ids are unique for ever, so choose another`,
      ],
      { kind: 'conflict' },
    );
  }
  if (acceptance.phase === 'queued' || acceptance.phase === 'scheduled') await courier.campaign(campaign);
  return { id: campaign.id, kind: acceptance.kind };
}
