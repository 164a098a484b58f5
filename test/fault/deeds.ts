import type { TakenMail } from './judge.ts';
import type { Finding } from './verdict.ts';

/** Something that an operator asked for, and what it is about. */
export interface Deed {
  readonly verb: 'pause' | 'resume' | 'cancel' | 'suppress' | 'lift';
  /** A campaign; of suppressions an address in lower case. */
  readonly of: string;
  /** Of suppressions: whether it counts for the sender only, so that a campaign may override it. */
  readonly isOfSender: boolean;
  /** When it was asked for the first time; milliseconds since 1970. */
  readonly sentAt: number;
  /** When it can't happen any more: its answer was there, or whoever it was asked of is gone. */
  readonly endedAt: number;
  /** The answer was a success. */
  readonly isDone: boolean;
}

/** Time in which no mail may be taken. */
interface Silence {
  readonly from: number;
  readonly to: number;
}

export interface DeedJudgement {
  readonly findings: readonly Finding[];
  /** Silences in which a mail would have been a fault. A run without any proves nothing. */
  readonly silences: number;
  /** People of a campaign who were suppressed by an operator while it had not ended, and have no mail. */
  readonly spared: number;
}

/** What the judge of deeds knows of a campaign. */
export interface JudgedCampaign {
  readonly id: string;
  readonly isOverride: boolean;
  readonly people: ReadonlySet<string>;
}

const OPPOSITES: Readonly<Partial<Record<Deed['verb'], Deed['verb']>>> = {
  pause: 'resume',
  suppress: 'lift',
};

/**
 * Holds what the endpoint has taken against what operators were told: after the answer to a pause, a cancellation or a suppression
 * no claim happens, so that nothing is taken once the requests that were dated before it are too old for SES. Pure.
 *
 * @param graceMs for how long the endpoint takes a request after its date, and the error of that date
 */
export function judgeDeeds(
  campaigns: readonly JudgedCampaign[],
  deeds: readonly Deed[],
  mails: readonly TakenMail[],
  graceMs: number,
): DeedJudgement {
  const findings: Finding[] = [];
  const byCampaign = Map.groupBy(mails, ({ campaign }) => campaign);
  const told = Map.groupBy(deeds, (deed) => deed.of);
  let silences = 0;
  let spared = 0;
  for (const { id, isOverride, people } of campaigns) {
    const own = byCampaign.get(id) ?? [];
    const quiet = silencesOf(told.get(id) ?? [], graceMs);
    silences += quiet.length;
    const late = own.filter(({ atMs }) => isWithin(atMs, quiet));
    if (late.length > 0) {
      const text = `were taken though it was paused or cancelled: ${late
        .slice(0, 3)
        .map(({ to }) => to)
        .join(', ')}`;
      findings.push({ campaign: id, kind: 'late', count: late.length, text });
    }
    const reached = new Set(own.map(({ to }) => to.toLowerCase()));
    const unwanted = own.filter(({ to, atMs }) =>
      isWithin(atMs, silencesOf(against(told, to.toLowerCase(), isOverride), graceMs)),
    );
    if (unwanted.length > 0) {
      const text = `got it after an operator was told that they get no mail: ${unwanted
        .slice(0, 3)
        .map(({ to }) => to)
        .join(', ')}`;
      findings.push({ campaign: id, kind: 'suppressed', count: unwanted.length, text });
    }
    for (const person of people)
      if (!reached.has(person) && silencesOf(against(told, person, isOverride), graceMs).length > 0)
        spared += 1;
  }
  return { findings, silences, spared };
}

function against(told: ReadonlyMap<string, readonly Deed[]>, person: string, isOverride: boolean): Deed[] {
  return (told.get(person) ?? []).filter(({ isOfSender }) => !(isOfSender && isOverride));
}

/** From the answer on, until somebody asks for the opposite; none where somebody did so at the same time. */
function silencesOf(deeds: readonly Deed[], graceMs: number): Silence[] {
  return deeds.flatMap((deed) => {
    if (!deed.isDone || (deed.verb !== 'cancel' && OPPOSITES[deed.verb] === undefined)) return [];
    const opposites = deeds.filter((other) => isOpposite(deed, other) && other.endedAt > deed.sentAt);
    const to = Math.min(Number.POSITIVE_INFINITY, ...opposites.map(({ sentAt }) => sentAt));
    const from = deed.endedAt + graceMs;
    return from < to ? [{ from, to }] : [];
  });
}

/** Of one list a lifted suppression says nothing about another. */
function isOpposite(deed: Deed, other: Deed): boolean {
  return OPPOSITES[deed.verb] === other.verb && deed.isOfSender === other.isOfSender;
}

function isWithin(atMs: number, silences: readonly Silence[]): boolean {
  return silences.some(({ from, to }) => atMs > from && atMs < to);
}
