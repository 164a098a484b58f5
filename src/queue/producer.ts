import type { Redis } from 'ioredis';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { Keys } from '../core/keys.ts';
import { reachRedis } from '../core/reach.ts';
import type { Campaign, CampaignInput } from './campaign.ts';
import { Campaigns } from './campaigns.ts';
import { Courier } from './courier.ts';
import { reviewSubmission } from './submit.ts';

export interface EnqueueOptions {
  /** `redis://…`, `rediss://…`, the path of a unix socket, or a connection of your own. */
  readonly redis: string | Redis;
  /** Key prefix, as SLUICE_PREFIX of the workers. */
  readonly prefix?: string;
  /** Folder that audience paths must lie under, as SLUICE_FILES of the workers. */
  readonly filesRoot?: string;
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
  const review = reviewSubmission(input, options.filesRoot ?? null);
  if (review.kind === 'problems') throw new InputFault(review.problems);
  const { redis, prefix = '{sluice}' } = options;
  if (typeof redis !== 'string') return enqueueReviewed(review.campaign, redis, prefix);
  const connection = await reachRedis(redis, REACH_MS);
  try {
    return await enqueueReviewed(review.campaign, connection, prefix);
  } finally {
    await connection.quit();
  }
}

/**
 * First the record, then the job: a job that is missing can be brought back, and a job that is there twice does nothing.
 */
async function enqueueReviewed(campaign: Campaign, redis: Redis, prefix: string): Promise<Enqueued> {
  const campaigns = new Campaigns(redis, new Keys(prefix), systemClock);
  const courier = new Courier(redis, prefix);
  try {
    const acceptance = await campaigns.accept(campaign);
    if (acceptance.kind === 'different') {
      throw new InputFault([
        `id: "${campaign.id}" was used before, with other content; ids are unique for ever, so choose another`,
      ]);
    }
    if (acceptance.phase === 'queued' || acceptance.phase === 'scheduled') await courier.campaign(campaign);
    return { id: campaign.id, kind: acceptance.kind };
  } finally {
    await courier.close();
  }
}
