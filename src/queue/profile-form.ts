import type { Profile } from '../identity/profile.ts';
import { parseMailbox } from '../send/header.ts';
import { parseOwnLink } from '../send/own-link.ts';

export type ParsedProfile =
  | { readonly kind: 'profile'; readonly profile: Profile }
  /** One line a problem, each with what it is about. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** It is typed by hand, and stands in campaigns and in keys. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** As many as a campaign may name itself. */
const REPLY_TO_MAX = 10;

/** Holds a profile against everything that a campaign would be held against when it is enqueued. */
export function parseProfile(profile: Profile): ParsedProfile {
  const { name, from, replyTo, unsubscribe, oneClick } = profile;
  const problems: string[] = [];
  if (!NAME.test(name)) problems.push(`name: "${name}" must be 1 to 64 letters, digits, "_" or "-"`);
  const mailbox = parseMailbox(from);
  if (mailbox.kind === 'problem') problems.push(`from: ${mailbox.problem}`);
  if (replyTo.length > REPLY_TO_MAX)
    problems.push(`replyTo: ${REPLY_TO_MAX} addresses at most, and here are ${replyTo.length}`);
  for (const text of replyTo) {
    const parsed = parseMailbox(text);
    if (parsed.kind === 'problem') problems.push(`replyTo "${text}": ${parsed.problem}`);
  }
  const problem = unsubscribeProblem(unsubscribe, oneClick);
  if (problem !== null) problems.push(`unsubscribe: ${problem}`);
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'profile', profile };
}

function unsubscribeProblem(way: string, oneClick: boolean): string | null {
  switch (way) {
    case 'sluice':
      return oneClick ? null : "Sluice's own link takes one click: only an own URL may not";
    case 'none':
      return oneClick ? 'without a link there is no one click' : null;
    default: {
      const parsed = parseOwnLink(way, oneClick);
      return parsed.kind === 'link' ? null : parsed.problem;
    }
  }
}
