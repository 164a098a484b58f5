import { encodeMailbox, parseMailbox } from '../send/header.ts';
import type { Mailing } from '../send/mailing.ts';
import { compileMail } from '../send/template.ts';
import type { Campaign } from './campaign.ts';

export type Prepared =
  | { readonly kind: 'mailing'; readonly mailing: Mailing }
  /** One line a problem, each with the path in the campaign. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/**
 * Compiles what a campaign says about its mail: sender, headers, templates. Whoever enqueues calls it to find every
 * mistake before anything is done; whoever sends calls it once per campaign and keeps the result.
 */
export function prepareMailing(campaign: Campaign): Prepared {
  const problems: string[] = [];
  const from = parseMailbox(campaign.sender.from ?? '');
  if (from.kind === 'problem') problems.push(`sender.from: ${from.problem}`);
  const replyTo = (campaign.sender.replyTo ?? []).map((text, index) => {
    const mailbox = parseMailbox(text);
    if (mailbox.kind === 'problem') problems.push(`sender.replyTo[${index}]: ${mailbox.problem}`);
    return mailbox;
  });
  const { subject, html, text } = campaign.content;
  const compiled = compileMail({
    subject,
    ...(html === undefined ? {} : { html }),
    ...(text === undefined ? {} : { text }),
  });
  if (compiled.kind === 'problems') {
    problems.push(
      ...compiled.problems.map(
        (problem) =>
          `content.${problem.part}, line ${problem.line}, column ${problem.column}: ${problem.message}`,
      ),
    );
  }
  if (from.kind === 'problem' || compiled.kind === 'problems' || problems.length > 0)
    return { kind: 'problems', problems };
  return {
    kind: 'mailing',
    mailing: {
      campaign: campaign.id,
      project: campaign.project,
      sender: from.mailbox.address.normal,
      from: encodeMailbox(from.mailbox),
      replyTo: replyTo.flatMap((mailbox) =>
        mailbox.kind === 'mailbox' ? [encodeMailbox(mailbox.mailbox)] : [],
      ),
      mail: compiled.mail,
      category: campaign.category,
      override: campaign.sendToUnsubscribed,
      perSecond: campaign.limits?.perSecond ?? null,
      tags: campaign.tags ?? {},
      tracking: { opens: campaign.tracking?.opens ?? null, clicks: campaign.tracking?.clicks ?? null },
    },
  };
}
