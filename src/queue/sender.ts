import type { Profile } from '../identity/profile.ts';
import { encodeMailbox, parseMailbox } from '../send/header.ts';
import type { Sender, Unsubscribe } from '../send/mailing.ts';
import { parseOwnLink } from '../send/own-link.ts';
import type { Campaign } from './campaign.ts';

export type ChosenSender =
  | { readonly kind: 'sender'; readonly sender: Sender }
  /** One line a problem, each with the path in the campaign. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/**
 * Who a campaign's mail is from: what it says itself, or what the profile says at this moment.
 * @param profile the one that the campaign names; null where it names none, or there is none of that name
 */
export function senderOf(campaign: Campaign, profile: Profile | null): ChosenSender {
  const { profile: name, from = '', replyTo = [] } = campaign.sender;
  if (name === undefined)
    return chosen({ from, replyTo, unsubscribe: 'sluice', oneClick: true }, campaign.category, 'sender.');
  if (!profile) {
    const problem = `sender.profile: there is no profile "${name}"; sluice profile list shows them`;
    return { kind: 'problems', problems: [problem] };
  }
  return chosen(profile, campaign.category, `sender.profile: "${name}" has a wrong `);
}

/** @param at how a problem with one of the fields begins */
function chosen(written: Omit<Profile, 'name'>, category: Campaign['category'], at: string): ChosenSender {
  const problems: string[] = [];
  const from = parseMailbox(written.from);
  if (from.kind === 'problem') problems.push(`${at}from: ${from.problem}`);
  const replyTo = written.replyTo.flatMap((text, index) => {
    const mailbox = parseMailbox(text);
    if (mailbox.kind === 'mailbox') return [encodeMailbox(mailbox.mailbox)];
    problems.push(`${at}replyTo[${index}]: ${mailbox.problem}`);
    return [];
  });
  const unsubscribe = unsubscribeOf(written, category);
  if (unsubscribe.kind === 'problem') problems.push(`${at}unsubscribe: ${unsubscribe.problem}`);
  if (from.kind === 'problem' || unsubscribe.kind === 'problem' || problems.length > 0)
    return { kind: 'problems', problems };
  const linkColumns = unsubscribe.kind === 'own' ? unsubscribe.link.columns : [];
  const { normal: sender } = from.mailbox.address;
  return {
    kind: 'sender',
    sender: { sender, from: encodeMailbox(from.mailbox), replyTo, unsubscribe, linkColumns },
  };
}

/** Transactional mail has no link, whatever its profile says. */
function unsubscribeOf(
  { unsubscribe, oneClick }: Pick<Profile, 'unsubscribe' | 'oneClick'>,
  category: Campaign['category'],
): Unsubscribe | { readonly kind: 'problem'; readonly problem: string } {
  if (category === 'transactional') return { kind: 'none' };
  switch (unsubscribe) {
    case 'sluice':
      return { kind: 'sluice' };
    case 'none':
      return {
        kind: 'problem',
        problem: 'it is none, so only transactional campaigns may use it; marketing mail needs a link',
      };
    default: {
      const parsed = parseOwnLink(unsubscribe, oneClick);
      return parsed.kind === 'link' ? { kind: 'own', link: parsed.link, oneClick } : parsed;
    }
  }
}
