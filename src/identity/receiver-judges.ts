import { RECEIVERS_DIFFER } from './alignment.ts';
import type { DomainCheck, DomainItemName } from './domain-check.ts';

/** What a campaign is, as far as receivers look at it. */
export interface ReceiverFacts {
  /** Null where nobody has checked the domain. */
  readonly domain: Pick<DomainCheck, 'items'> | null;
  readonly category: 'marketing' | 'transactional';
  /** `sluice`: by our own link; `own`: by a URL of the profile; `none`: not at all. */
  readonly unsubscribe: 'sluice' | 'own' | 'none';
  /** Whether the header says that one click is enough (RFC 8058). */
  readonly oneClick: boolean;
  /** Whether each sample shows a link to unsubscribe; null where there was no sample. */
  readonly visibleLink: boolean | null;
  /** Whether Gmail takes the domain for a bulk sender; null where it is not known. */
  readonly isBulkSender: boolean | null;
  /** Share of the domain's mail, from 0 to 1, that Gmail's users called spam; null where it is not known. */
  readonly spamRate: number | null;
}

export interface Judgement {
  /** `unknown`: it was not looked at, or could not be. */
  readonly status: 'met' | 'unmet' | 'unknown';
  /** Of `unknown`: whether it is so for every campaign, since Sluice has no way to look at it. */
  readonly isUnknowable?: true;
  /** A clause in plain English. */
  readonly why: string;
}

export type Judge = (facts: ReceiverFacts) => Judgement;

/** As the check of the domain has it. */
export function item(name: DomainItemName): Judge {
  return ({ domain }) => {
    if (domain === null) return { status: 'unknown', why: 'the domain was not checked' };
    const found = domain.items.find((one) => one.item === name);
    if (!found) return { status: 'unknown', why: `${name} was not checked` };
    const why = `${name}: ${found.found}`;
    switch (found.status) {
      case 'ok':
      case 'advice':
        return { status: found.found.endsWith(RECEIVERS_DIFFER) ? 'unknown' : 'met', why };
      case 'wrong':
      case 'missing':
        return { status: 'unmet', why };
      case 'unasked':
        return { status: 'unknown', why };
    }
  };
}

/** Met where all are; unmet where one is. */
export function allOf(...judges: readonly Judge[]): Judge {
  return chosen(judges, ['unmet', 'unknown', 'met']);
}

/** Met where one is; unmet where none can be. */
export function anyOf(...judges: readonly Judge[]): Judge {
  return chosen(judges, ['met', 'unknown', 'unmet']);
}

/** The first status of the order that any of them has, with the reasons of those that have it. */
function chosen(judges: readonly Judge[], order: readonly Judgement['status'][]): Judge {
  return (facts) => {
    const found = judges.map((judge) => judge(facts));
    const status = order.find((one) => found.some((judgement) => judgement.status === one)) ?? 'unknown';
    const reasons = found.filter((judgement) => judgement.status === status).map(({ why }) => why);
    return { status, why: [...new Set(reasons)].join('; ') };
  };
}

export function met(why: string): Judge {
  return () => ({ status: 'met', why });
}

/** For every campaign. */
export function unknown(why: string): Judge {
  return () => ({ status: 'unknown', isUnknowable: true, why });
}

/** SES speaks TLS to whoever offers it; a configuration set may insist on it. */
export const judgeTls: Judge = ({ domain }) => ({
  status: 'met',
  why: domain?.items.some((one) => one.item === 'tls' && one.status === 'ok')
    ? 'the configuration set requires it'
    : 'SES uses it with whoever offers it',
});

export function judgeSpamRate(limit: number): Judge {
  return ({ spamRate }) => {
    if (spamRate === null)
      return { status: 'unknown', why: 'there is no figure of the last days from Postmaster Tools' };
    const rate = `${Number((spamRate * 100).toPrecision(3))} % of it is`;
    return { status: spamRate < limit ? 'met' : 'unmet', why: rate };
  };
}

export const judgeOneClick: Judge = ({ unsubscribe, oneClick }) => {
  if (unsubscribe === 'none') return { status: 'unmet', why: 'the mail has no header to unsubscribe by' };
  return oneClick
    ? { status: 'met', why: 'both headers are in every mail' }
    : { status: 'unmet', why: 'the unsubscribe URL of the sender profile does not take one click' };
};

export const judgeVisibleLink: Judge = ({ visibleLink }) => {
  if (visibleLink === null) return { status: 'unknown', why: 'there is no sample to look at' };
  return visibleLink
    ? { status: 'met', why: 'it is in each part of the samples' }
    : { status: 'unmet', why: 'a sample has none that can be seen' };
};

export const judgeHonour: Judge = ({ unsubscribe }) =>
  unsubscribe === 'sluice'
    ? { status: 'met', why: 'Sluice leaves them out from that moment on' }
    : { status: 'unknown', why: 'whoever unsubscribes by an own URL has to be told to Sluice' };

export const judgeDots: Judge = met('Sluice quotes it');
