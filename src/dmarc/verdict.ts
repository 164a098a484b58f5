import type { FailureKind } from './judge-record.ts';
import type { PublishedPolicy } from './report.ts';

/** Below these, a share says nothing of the domain's mail: weekly mail has been seen twice after so many days. */
const DAYS_MIN = 14;
const MESSAGES_MIN = 100;
/** Of all messages. Forwarding alone breaks about so many, whatever a sender does. */
const HARM_SHARE_MAX = 0.005;

export interface Judged {
  readonly domain: string;
  readonly messages: number;
  readonly days: number;
  readonly failing: Readonly<Record<FailureKind, number>>;
  /** Of those that look legitimate: quarantined or rejected already. */
  readonly hurt: number;
  readonly policy: PublishedPolicy | null;
}

/** What `quarantine` or `reject` would do to mail that is not spoofed. */
export interface Verdict {
  /** `early`: there is too little to judge by. `hurts`: a strict policy takes mail that looks legitimate. */
  readonly kind: 'early' | 'hurts' | 'safe';
  readonly messages: number;
  readonly days: number;
  /** Fail DMARC, and look legitimate: known senders, other domains that prove themselves, forwarded. */
  readonly legitimate: number;
  /** Of all messages, from 0 to 1; null of none. */
  readonly legitimateShare: number | null;
  /** Fail DMARC and prove nothing. */
  readonly spoofed: number;
  readonly sentence: string;
  readonly next: string;
}

/** One sentence with its figures, and what to do next: from `none` by `quarantine` to `reject`. */
export function verdictOn(judged: Judged): Verdict {
  const { messages, days, failing, policy } = judged;
  const legitimate = failing.known + failing.authenticated + failing.forwarded;
  const spoofed = failing.unknown;
  const share = messages === 0 ? null : legitimate / messages;
  const figures = { messages, days, legitimate, legitimateShare: share, spoofed };
  if (days < DAYS_MIN || messages < MESSAGES_MIN) {
    const seen = `${count(messages, 'message')} on ${count(days, 'day')} so far`;
    return {
      kind: 'early',
      ...figures,
      sentence: `It is too early to judge a stricter policy: ${seen}, of which ${number(legitimate)} fail DMARC and look legitimate; it takes ${MESSAGES_MIN} messages and ${DAYS_MIN} days.`,
      next: `Keep ${published(policy)}, and import the reports of the next days.`,
    };
  }
  const found = `${number(legitimate)} of ${count(messages, 'message')} (${percent(share ?? 0)}) fail DMARC and look legitimate, and ${number(spoofed)} (${percent(spoofed / messages)}) look like spoofing`;
  const hurts = (share ?? 0) > HARM_SHARE_MAX;
  return {
    kind: hurts ? 'hurts' : 'safe',
    ...figures,
    sentence: `${hurts ? harm(judged) : 'Rejecting what fails hurts next to nobody'}: ${found}.`,
    next: hurts ? mend(judged) : further(policy),
  };
}

function harm({ policy, hurt }: Judged): string {
  return isEnforced(policy)
    ? `The policy ${published(policy)} hurts: ${count(hurt, 'such message')} ${hurt === 1 ? 'was' : 'were'} quarantined or rejected`
    : 'Quarantine or reject would hurt';
}

function mend({ domain, policy }: Judged): string {
  const repair = `Let the senders that fail sign with DKIM as ${domain}, or let them send from a domain of their own, and look again after two weeks`;
  return isEnforced(policy)
    ? `Go back to p=none while it is mended. ${repair}.`
    : `Stay at p=none. ${repair}; then p=quarantine.`;
}

function further(policy: PublishedPolicy | null): string {
  const isPartial = (policy?.pct ?? 100) < 100 || policy?.testing === true;
  const whole = policy?.testing === true ? 't=y' : `pct=${policy?.pct ?? 100}`;
  switch (policy?.p ?? 'none') {
    case 'none':
      return 'Publish p=quarantine, look again after two weeks, and then publish p=reject.';
    case 'quarantine':
      return isPartial
        ? `Take ${whole} away, look again after two weeks, and then publish p=reject.`
        : 'Publish p=reject.';
    case 'reject':
      return isPartial
        ? `Take ${whole} away: then all that fails is rejected.`
        : 'Nothing: p=reject is published.';
  }
}

function isEnforced(policy: PublishedPolicy | null): boolean {
  return policy?.p === 'quarantine' || policy?.p === 'reject';
}

function published(policy: PublishedPolicy | null): string {
  return `p=${policy?.p ?? 'none'}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
