import type { Campaign } from '../queue/campaign.ts';
import type { CampaignLimits } from '../queue/guard-book.ts';
import type { StoredHold } from '../queue/hold.ts';
import { storedCampaign } from '../queue/stored-campaign.ts';
import type { CampaignDetails } from './desk.ts';
import { campaignId, missingCampaign } from './missing.ts';
import type { DeskParts } from './parts.ts';

/** @throws InputFault where there is no such campaign */
export async function campaignDetails(
  { client }: Pick<DeskParts, 'client'>,
  id: string,
): Promise<CampaignDetails> {
  const { redis, keys, campaigns, guardBook } = client;
  const [stored, open, sender, rates] = await Promise.all([
    storedCampaign(redis, keys, campaignId(id)),
    campaigns.look(id),
    campaigns.sender(id),
    guardBook.limits(id),
  ]);
  if (!stored || !open) throw missingCampaign(id);
  const { campaign } = stored;
  const { content, limits, tags = {} } = campaign;
  return {
    id,
    category: campaign.category,
    sender,
    profile: campaign.sender.profile ?? null,
    subject: content.subject,
    audience: { kind: campaign.audience.kind, from: placeOf(campaign.audience) },
    sendAt: campaign.sendAt ?? null,
    doubt: campaign.doubt,
    sendToUnsubscribed: campaign.sendToUnsubscribed,
    limits: limitsNow(limits?.perSecond, rates),
    tags,
    held: withoutRecord(open.held),
    hasText: Boolean(content.text?.trim()),
    hasHtml: Boolean(content.html?.trim()),
  };
}

function withoutRecord(held: StoredHold | null): CampaignDetails['held'] {
  if (held === null) return null;
  const { stored: _, ...hold } = held;
  return hold;
}

/** Rates may have been changed since the campaign was accepted. */
function limitsNow(
  perSecond: number | undefined,
  { bounceRate, complaintRate }: CampaignLimits,
): CampaignDetails['limits'] {
  const limits = {
    ...(perSecond !== undefined && { perSecond }),
    ...(bounceRate !== null && { bounceRate }),
    ...(complaintRate !== null && { complaintRate }),
  };
  return Object.keys(limits).length === 0 ? null : limits;
}

/** Files by their paths, a table by its name; null for a query, and for recipients that came with the campaign. */
function placeOf(audience: Campaign['audience']): string | null {
  switch (audience.kind) {
    case 'inline':
      return null;
    case 'bigquery':
      return audience.table ?? null;
    case 'csv':
    case 'ndjson':
      return [audience.path].flat().join(', ');
  }
}
