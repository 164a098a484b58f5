import type { Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { type Campaign, parseCampaign } from './campaign.ts';

export interface StoredCampaign {
  /** As it was accepted. Where its recipients are gone, its audience is one row without an address. */
  readonly campaign: Campaign;
  /** False where the list came with the campaign, and went when it had ended. */
  readonly hasRecipients: boolean;
}

/** A campaign as it was accepted, also when it has ended; null where there is none. */
export async function storedCampaign(redis: Redis, keys: Keys, id: string): Promise<StoredCampaign | null> {
  const [definition, recipients] = await redis.mget(keys.definition(id), keys.recipients(id));
  if (!definition) return null;
  const stored: unknown = JSON.parse(definition);
  const isInline = kindOf(stored) === 'inline';
  const parsed = parseCampaign(isInline ? { ...asObject(stored), audience: inlineOf(recipients) } : stored);
  if (parsed.kind === 'problems') {
    throw new Fault(
      'CAMPAIGN_DEFINITION',
      `the stored campaign ${id} is not in a form that this version reads: ${parsed.problems.join('; ')}`,
    );
  }
  return { campaign: parsed.campaign, hasRecipients: !isInline || Boolean(recipients) };
}

function inlineOf(recipients: string | null | undefined): object {
  const list: unknown = recipients ? JSON.parse(recipients) : [{ email: '' }];
  return { kind: 'inline', recipients: list };
}

function kindOf(stored: unknown): unknown {
  const { audience } = { audience: undefined, ...asObject(stored) };
  return { kind: undefined, ...asObject(audience) }.kind;
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
