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
  /** Messages that fail, by the other domain that they prove. */
  readonly proved: readonly (readonly [domain: string, messages: number])[];
  /** Of those that look legitimate: quarantined or rejected already. */
  readonly hurt: number;
  readonly policy: PublishedPolicy | null;
}

/** What `quarantine` or `reject` would do to mail that is not spoofed. */
export interface Verdict {
  /**
   * `early`: there is too little to judge by. `hurts`: a strict policy takes mail that looks legitimate. `unclear`: it takes mail that
   * proves other domains, and whose those are only its owner can tell.
   */
  readonly kind: 'early' | 'hurts' | 'unclear' | 'safe';
  readonly messages: number;
  readonly days: number;
  /** Fail DMARC, and look legitimate: from known senders, or forwarded. */
  readonly legitimate: number;
  /** Of all messages, from 0 to 1; null of none. */
  readonly legitimateShare: number | null;
  /** Fail DMARC, and prove another domain: a service that sends for us, or somebody who sends spam by a domain of his own. */
  readonly undecided: number;
  /** Those domains, most messages first; five of them at the most. */
  readonly provedBy: readonly { readonly domain: string; readonly messages: number }[];
  /** Fail DMARC and prove nothing. */
  readonly spoofed: number;
  readonly sentence: string;
  readonly next: string;
}

/** One sentence with its figures, and what to do next: from `none` by `quarantine` to `reject`. */
export function verdictOn(judged: Judged): Verdict {
  const { messages, days, failing, policy } = judged;
  const legitimate = failing.known + failing.forwarded;
  const undecided = failing.authenticated;
  const spoofed = failing.unknown;
  const share = messages === 0 ? null : legitimate / messages;
  const provedBy = judged.proved
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, PROVED_SHOWN)
    .map(([domain, some]) => ({ domain, messages: some }));
  const figures = { messages, days, legitimate, legitimateShare: share, undecided, provedBy, spoofed };
  if (days < DAYS_MIN || messages < MESSAGES_MIN) {
    const seen = `${count(messages, 'message')} on ${count(days, 'day')} so far`;
    return {
      kind: 'early',
      ...figures,
      sentence: `It is too early to judge a stricter policy: ${seen}, of which ${number(legitimate)} fail DMARC and look legitimate; it takes ${MESSAGES_MIN} messages and ${DAYS_MIN} days.`,
      next: `Keep ${published(policy)}, and import the reports of the next days.`,
    };
  }
  const kind = kindOf(legitimate, undecided, messages);
  return {
    kind,
    ...figures,
    sentence: `${JUDGED[kind](judged)}: ${foundText(figures)}.`,
    next: NEXT[kind](judged),
  };
}

/** What the last line names of the domains that failing mail proves. */
const PROVED_SHOWN = 5;

type Kind = Exclude<Verdict['kind'], 'early'>;

/** Spam by other people's domains alone makes no stricter policy hurt: it is one more reason for it. */
function kindOf(legitimate: number, undecided: number, messages: number): Kind {
  if (legitimate > messages * HARM_SHARE_MAX) return 'hurts';
  return legitimate + undecided > messages * HARM_SHARE_MAX ? 'unclear' : 'safe';
}

const JUDGED: Readonly<Record<Kind, (judged: Judged) => string>> = {
  hurts: harm,
  unclear: () => 'Whether a stricter policy hurts depends on whose mail this is',
  safe: () => 'Rejecting what fails hurts next to nobody',
};

const NEXT: Readonly<Record<Kind, (judged: Judged) => string>> = {
  hurts: mend,
  unclear: ({ domain, policy }) =>
    `See whether any of these domains is of a service that sends for you: it has to sign with DKIM as ${domain} first, or to send from a domain of its own. If none is, all of it is spoofing. ${further(policy)}`,
  safe: ({ policy }) => further(policy),
};

function foundText({
  messages,
  legitimate,
  undecided,
  provedBy,
  spoofed,
}: Pick<Verdict, 'messages' | 'legitimate' | 'undecided' | 'provedBy' | 'spoofed'>): string {
  const share = (some: number) => `${number(some)} (${percent(some / messages)})`;
  const names = provedBy.map((one) => `${one.domain} ${number(one.messages)}`).join(', ');
  const other = undecided === 0 ? '' : `, ${share(undecided)} prove another domain${names && ` (${names})`}`;
  return `${number(legitimate)} of ${count(messages, 'message')} (${percent(legitimate / messages)}) fail DMARC and look legitimate${other}, and ${share(spoofed)} look like spoofing`;
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
