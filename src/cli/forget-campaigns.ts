import { parseAddress } from '../core/address.ts';
import type { Client } from '../desk/client.ts';
import type { Campaign } from '../queue/campaign.ts';
import { openEntries } from '../send/open-entries.ts';

export interface OpenMatters {
  /** Campaigns that have something to write about the person still. */
  readonly about: readonly string[];
  /** Campaigns whose list is being read, or will be: nobody knows yet whether the person is on it. */
  readonly unread: readonly string[];
}

/**
 * What campaigns that are not over have to do with a person. It reads their open batches, which are no more than their windows:
 * a megabyte or two for each of those that send.
 */
export async function openMatters(client: Client, normal: string): Promise<OpenMatters> {
  const about: string[] = [];
  const unread: string[] = [];
  for (const id of (await client.campaigns.open()).toSorted()) {
    const isPlanned = (await client.campaigns.look(id))?.isPlanned ?? true;
    const definition = isPlanned ? null : await client.campaigns.definition(id);
    if (isOnList(definition, normal) || (await isInBatches(client, id, normal))) about.push(id);
    else if (definition && definition.audience.kind !== 'inline') unread.push(id);
  }
  return { about, unread };
}

function isOnList(campaign: Campaign | null, normal: string): boolean {
  if (campaign?.audience.kind !== 'inline') return false;
  return campaign.audience.recipients.some(({ email }) => {
    const parsed = parseAddress(email);
    return parsed.kind === 'address' && parsed.address.normal === normal;
  });
}

async function isInBatches({ redis, keys }: Client, id: string, normal: string): Promise<boolean> {
  for await (const entries of openEntries(redis, keys, id)) {
    if (entries.some((entry) => entry.normal === normal)) return true;
  }
  return false;
}
