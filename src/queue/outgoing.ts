import type { Profile } from '../identity/profile.ts';
import type { Outgoing } from '../send/deliver.ts';
import type { Sender } from '../send/mailing.ts';
import type { Campaign } from './campaign.ts';
import type { Draft } from './prepare.ts';
import { senderOf } from './sender.ts';

/**
 * As what a campaign's mail goes out at this moment. Where its profile is gone, or may not be used for it any more, the campaign
 * has to wait: nobody is lost, and what others left behind can still be written down.
 *
 * @param lastSender the From address (normal) that was the last one to be right
 */
export function outgoingOf(
  campaign: Campaign,
  draft: Draft,
  profile: Profile | null,
  lastSender: string,
): Outgoing {
  const chosen = senderOf(campaign, profile);
  if (chosen.kind === 'sender') return { mailing: { ...draft, ...chosen.sender }, obstacle: null };
  const nobody: Sender = {
    sender: lastSender,
    from: '',
    replyTo: [],
    unsubscribe: { kind: 'none' },
    linkColumns: [],
  };
  const reason = `${chosen.problems.join('; ')}; set it right (sluice profile set), then resume the campaign`;
  return {
    mailing: { ...draft, ...nobody },
    obstacle: { code: 'PROFILE', reason, about: { profile: campaign.sender.profile ?? '' }, until: null },
  };
}
