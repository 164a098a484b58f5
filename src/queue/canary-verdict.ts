import type { About } from '../core/hold-code.ts';
import { sequentialTest, trialsToPass } from '../guard/sequential.ts';

/** How a canary is judged, as a campaign says it. */
export interface CanarySettings {
  /** People of the first stage; each further one doubles what was sent to. */
  readonly recipients: number;
  /** How long events are waited for after the last mail of a stage. */
  readonly waitMs: number;
  /** From 0 to 1. */
  readonly confidence: number;
}

/** What is known of the mails of a canary. Those to SES's simulator are not among them. */
export interface CanaryFigures {
  /** People that may be planned so far. */
  readonly upTo: number;
  /** So many are planned. */
  readonly isPlanned: boolean;
  /** Planned, and not at an end: pending, or in doubt. */
  readonly open: number;
  /** Mails that SES took. */
  readonly sends: number;
  /** Mails that SES has said anything of but that it has them. */
  readonly heardOf: number;
  /** Those of them that say something of the rate of bounces. */
  readonly judged: number;
  readonly delivered: number;
  readonly bounces: number;
  readonly complaints: number;
  /** Since SES took the last one. */
  readonly quietMs: number;
}

export interface CanaryLimits {
  readonly bounceRate: number;
  readonly complaintRate: number;
}

export type CanaryVerdict =
  /** Its mails, or what becomes of them, are on their way. */
  | { readonly kind: 'wait' }
  /** Both rates are under their limits. */
  | { readonly kind: 'go' }
  /** Too few to tell: twice as many. */
  | { readonly kind: 'more'; readonly upTo: number }
  | { readonly kind: 'hold'; readonly reason: string; readonly about: About };

/** Of the mails that SES took, so many must have been heard of before silence means that all is well. */
const HEARD_SHARE_MIN = 0.9;
/**
 * So many times as many as the first stage, or as a list takes of which nobody bounces or complains, are enough: a rate that is
 * still open then, between half of the limit and the limit, is for people to judge.
 */
const ENOUGH_TIMES = 10;

/** What becomes of a campaign whose canary is out. Pure; docs/guard.md explains it. */
export function canaryVerdict(
  { recipients, waitMs, confidence }: CanarySettings,
  figures: CanaryFigures,
  limits: CanaryLimits,
): CanaryVerdict {
  const { upTo, isPlanned, open, sends, heardOf, judged, delivered, bounces, complaints, quietMs } = figures;
  const test = (events: number, trials: number, limit: number) =>
    sequentialTest({ events, trials }, limit, confidence);
  // Bounces come before deliveries, so that a list is condemned by all of its mails, and acquitted by those that are known.
  if (test(bounces, sends, limits.bounceRate) === 'over')
    return over('bounces', bounces, sends, limits.bounceRate, confidence);
  if (test(complaints, sends, limits.complaintRate) === 'over')
    return over('complaints', complaints, sends, limits.complaintRate, confidence);
  if (!isPlanned || open > 0 || quietMs < waitMs) return { kind: 'wait' };
  if (heardOf < sends * HEARD_SHARE_MIN) {
    return {
      kind: 'hold',
      reason: `of the first ${sends} mails only ${heardOf} were heard of: SES's events must come in before the rest is sent`,
      about: { found: 'silent', sends, heardOf },
    };
  }
  const isUnder =
    test(bounces, judged, limits.bounceRate) === 'under' &&
    test(complaints, delivered, limits.complaintRate) === 'under';
  if (isUnder) return { kind: 'go' };
  if (upTo >= ENOUGH_TIMES * Math.max(recipients, leastToPass(limits, confidence))) {
    return {
      kind: 'hold',
      reason: `after ${sends} mails (${bounces} bounced hard, ${complaints} were called spam) it is still open whether the rates are under their limits`,
      about: { found: 'open', sends, bounces, complaints },
    };
  }
  return { kind: 'more', upTo: 2 * upTo };
}

function leastToPass({ bounceRate, complaintRate }: CanaryLimits, confidence: number): number {
  return Math.max(trialsToPass(bounceRate, confidence), trialsToPass(complaintRate, confidence));
}

const SAID = { bounces: 'bounced hard', complaints: 'were called spam' } as const;

function over(
  found: keyof typeof SAID,
  count: number,
  sends: number,
  limit: number,
  confidence: number,
): CanaryVerdict {
  const rate = Number(((count / sends) * 100).toPrecision(3));
  return {
    kind: 'hold',
    reason: `${count} of the first ${sends} mails ${SAID[found]} (${rate} %): with ${Number((confidence * 100).toPrecision(4))} % confidence the rate is not under half of the limit of ${Number((limit * 100).toPrecision(3))} %`,
    about: { found, count, sends, rate: count / sends, limit, confidence },
  };
}
