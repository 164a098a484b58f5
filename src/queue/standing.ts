import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { type Campaign, campaignDigest } from './campaign.ts';

/** What accepting a campaign would find: nothing under its id, the same campaign, or another one. */
export type Standing = 'new' | 'known' | 'different';

export async function standingOf(redis: Redis, keys: Keys, campaign: Campaign): Promise<Standing> {
  const digest = await redis.hget(keys.campaign(campaign.id), 'digest');
  if (digest === null) return 'new';
  return digest === campaignDigest(campaign) ? 'known' : 'different';
}
