import type { Profile } from '../identity/profile.ts';
import type { Mailing, Sender } from '../send/mailing.ts';
import { compileMail } from '../send/template.ts';
import type { Campaign } from './campaign.ts';
import { senderOf } from './sender.ts';

export type Prepared =
  | { readonly kind: 'mailing'; readonly mailing: Mailing }
  /** One line a problem, each with the path in the campaign. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** What never changes while a campaign runs. */
export type Draft = Omit<Mailing, keyof Sender>;

export type Drafted =
  | { readonly kind: 'draft'; readonly draft: Draft }
  /** As of `Prepared`. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/**
 * Compiles what a campaign says about its mail: sender, headers, templates. Whoever enqueues calls it to find every
 * mistake before anything is done.
 *
 * @param profile the one that the campaign names; null where it names none, or there is none of that name
 */
export function prepareMailing(campaign: Campaign, profile: Profile | null = null): Prepared {
  const chosen = senderOf(campaign, profile);
  const drafted = prepareDraft(campaign);
  if (chosen.kind === 'problems' || drafted.kind === 'problems') {
    const problems = [chosen, drafted].flatMap((one) => (one.kind === 'problems' ? one.problems : []));
    return { kind: 'problems', problems };
  }
  return { kind: 'mailing', mailing: { ...drafted.draft, ...chosen.sender } };
}

/** The part without the sender. Whoever sends calls it once per campaign and keeps the result. */
export function prepareDraft(campaign: Campaign): Drafted {
  const { subject, html, text } = campaign.content;
  const compiled = compileMail({
    subject,
    ...(html === undefined ? {} : { html }),
    ...(text === undefined ? {} : { text }),
  });
  if (compiled.kind === 'problems') {
    const problems = compiled.problems.map(
      ({ part, line, column, message }) => `content.${part}, line ${line}, column ${column}: ${message}`,
    );
    return { kind: 'problems', problems };
  }
  return {
    kind: 'draft',
    draft: {
      campaign: campaign.id,
      project: campaign.project,
      mail: compiled.mail,
      category: campaign.category,
      override: campaign.sendToUnsubscribed,
      perSecond: campaign.limits?.perSecond ?? null,
      tags: campaign.tags ?? {},
      tracking: { opens: campaign.tracking?.opens ?? null, clicks: campaign.tracking?.clicks ?? null },
    },
  };
}
