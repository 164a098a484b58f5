import type { EntryTag } from './event.ts';

/** Entries of a batch, at most (SES's recipients a bulk call): the planner cuts the audience so. */
export const BATCH_ENTRIES_MAX = 50;

const CAMPAIGN = /^[A-Za-z0-9_-]{1,64}$/;
const CLAIM = /^[A-Za-z0-9-]{1,64}$/;
/** `<batch>-<position>-<seq>` */
const ENTRY = /^(\d{1,9})-(\d{1,2})-(\d{1,12})$/;

/** SES's tags: each name has a list of values, and ours have one. */
export type SesTags = Readonly<Record<string, readonly string[]>>;

export type MailOrigin =
  | { readonly kind: 'ours'; readonly campaign: string; readonly entry: EntryTag | null }
  /** Somebody else's mail. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'wrong'; readonly reason: string };

/** Whose mail it is, by the tags that it was sent with (`send/calls.ts`). */
export function originOf(tags: SesTags): MailOrigin {
  const campaign = tags['sluice_campaign']?.[0];
  if (campaign === undefined) return { kind: 'foreign' };
  if (!CAMPAIGN.test(campaign)) return wrong('the tag sluice_campaign is no campaign id');
  if (tags['sluice_test']) return { kind: 'ours', campaign, entry: null };
  const claim = tags['sluice_claim']?.[0] ?? '';
  if (!CLAIM.test(claim)) return wrong('there is no tag sluice_claim, or it is no claim');
  const entry = ENTRY.exec(tags['sluice_entry']?.[0] ?? '');
  const [batch, position, seq] = entry?.slice(1).map(Number) ?? [];
  if (batch === undefined || position === undefined || seq === undefined || position >= BATCH_ENTRIES_MAX)
    return wrong('there is no tag sluice_entry, or it is no entry');
  return { kind: 'ours', campaign, entry: { claim, batch, position, seq } };
}

/** Without ours and SES's own (`ses:…`). */
export function ownTags(tags: SesTags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags)
      .filter(([name]) => !name.startsWith('sluice_') && !name.startsWith('ses:'))
      .map(([name, values]) => [name, values.join(',')]),
  );
}

function wrong(reason: string): MailOrigin {
  return { kind: 'wrong', reason };
}
