import type { Books } from '../log/books.ts';
import { decodeHold, type Hold } from './hold.ts';

/** How a campaign stands, as `status --json` prints it (`interface.md`, "Receipt"). All times are ISO 8601 in UTC. */
export interface Receipt {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly state: CampaignState;
  readonly reason: string | null;
  /** What `reason` says of one that is held, as data; null in every other state. `until`: as in Hold. */
  readonly hold: Pick<Hold, 'code' | 'until' | 'about'> | null;
  /** Of a campaign that sends to a few first: to how many so far, and whether the others get it by now; null where it does not. */
  readonly canary: { readonly state: 'open' | 'passed'; readonly recipients: number | null } | null;
  readonly counts: Counts;
  /**
   * While the audience is being read: how many people will be planned, by reckoning (the list's rows, by the share of those read so far that
   * became people). Null where all are planned, or nothing is known of the list's length.
   */
  readonly expected: number | null;
  /** Recipients a second that SES accepts at present. */
  readonly perSecond: number;
  /** By reckoning while the audience is still being read; null where nothing is known of its length, or nothing moves. */
  readonly etaMs: number | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export const CAMPAIGN_STATES = [
  'scheduled',
  'queued',
  'running',
  'paused',
  'held',
  'finished',
  'cancelled',
  'failed',
] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/**
 * People, not events. Two equations hold at every moment:
 * read = duplicate + invalid + planned, and
 * planned = skipped + accepted + rejected + cancelled + dropped + inDoubt + pending.
 */
export type Counts = Books;

/** The rate in the hash is an exponential average over this time; it decays when nothing is accepted. */
const RATE_MS = 5_000;

/** Reads a campaign's hash, all of it from one HGETALL, so that the figures belong together. */
export function receiptOf(hash: Readonly<Record<string, string>>, nowMs: number): Receipt {
  const counts = countsOf(hash);
  const state = stateOf(hash);
  const perSecond = state === 'running' ? rateOf(hash, nowMs) : 0;
  const expected = hash['planned_all'] === '1' || isOver(state) ? null : expectedOf(hash, counts);
  const knowsAll = hash['planned_all'] === '1' || expected !== null;
  return {
    id: hash['id'] ?? '',
    name: hash['name'] || (hash['id'] ?? ''),
    project: hash['project'] ?? 'default',
    state,
    reason: reasonOf(hash, state),
    hold: state === 'held' ? holdOf(hash['held']) : null,
    canary: canaryOf(hash),
    counts,
    expected,
    perSecond,
    etaMs: knowsAll && perSecond > 0 ? Math.round((leftOf(counts, expected) / perSecond) * 1000) : null,
    createdAt: isoOf(hash['createdAt']) ?? new Date(0).toISOString(),
    startedAt: isoOf(hash['startedAt']),
    finishedAt: isoOf(hash['finishedAt']),
  };
}

function holdOf(stored = '{}'): Receipt['hold'] {
  const { code, until, about } = decodeHold(stored);
  return { code, until, about };
}

function expectedOf(hash: Readonly<Record<string, string>>, { read, planned }: Counts): number | null {
  const rows = Number(hash['listRows'] ?? 0);
  return rows > 0 && read > 0 ? Math.max(planned, Math.round((Math.max(rows, read) * planned) / read)) : null;
}

function leftOf({ pending, planned }: Counts, expected: number | null): number {
  return pending + (expected ?? planned) - planned;
}

function canaryOf(hash: Readonly<Record<string, string>>): Receipt['canary'] {
  if (hash['canary'] === undefined) return null;
  const upTo = hash['canary:upTo'];
  return {
    state: hash['canary:state'] === 'passed' ? 'passed' : 'open',
    recipients: upTo === undefined ? null : Number(upTo),
  };
}

/**
 * Recipients a second. The average in the hash starts from zero and has forgotten that only after a while, so it is
 * divided by the share of its weight that lies after the start.
 */
function rateOf(hash: Readonly<Record<string, string>>, nowMs: number): number {
  const at = Number(hash['rateAt'] ?? nowMs);
  const decay = Math.exp(-Math.max(nowMs - at, 0) / RATE_MS);
  const weight = 1 - Math.exp(-Math.max(nowMs - Number(hash['startedAt'] ?? 0), 1) / RATE_MS);
  return Math.round(((Number(hash['rate'] ?? 0) * decay) / weight) * 10) / 10;
}

/** The equations that do not hold, in words; none where the books balance. */
export function imbalances(counts: Counts): string[] {
  const { skipped } = counts;
  const read = counts.duplicate + counts.invalid + counts.planned;
  const settled =
    skipped.unsubscribed +
    skipped.bounced +
    skipped.complained +
    skipped.blocked +
    counts.accepted +
    counts.rejected +
    counts.cancelled +
    counts.dropped;
  const planned = settled + counts.inDoubt + counts.pending;
  return [
    ...(read === counts.read ? [] : [`read is ${counts.read}, but duplicate + invalid + planned is ${read}`]),
    ...(planned === counts.planned
      ? []
      : [`planned is ${counts.planned}, but its parts add up to ${planned}`]),
  ];
}

export function isOver(state: CampaignState): boolean {
  return state === 'finished' || state === 'cancelled' || state === 'failed';
}

function countsOf(hash: Readonly<Record<string, string>>): Counts {
  const count = (field: string) => Number(hash[field] ?? 0);
  return {
    read: count('read'),
    duplicate: count('duplicate'),
    invalid: count('invalid'),
    planned: count('planned'),
    pending: count('pending'),
    skipped: {
      unsubscribed: count('skipped:unsubscribed'),
      bounced: count('skipped:bounced'),
      complained: count('skipped:complained'),
      blocked: count('skipped:blocked'),
    },
    accepted: count('accepted'),
    rejected: count('rejected'),
    cancelled: count('cancelled'),
    dropped: count('dropped'),
    inDoubt: count('inDoubt'),
    resent: count('resent'),
    delivered: count('delivered'),
    bounced: { hard: count('bounced:hard'), soft: count('bounced:soft') },
    complained: count('complained'),
    opened: count('opened'),
    clicked: count('clicked'),
    unsubscribed: count('unsubscribed'),
  };
}

function stateOf(hash: Readonly<Record<string, string>>): CampaignState {
  const phase = hash['phase'];
  switch (phase) {
    case 'finished':
    case 'cancelled':
    case 'failed':
      return phase;
    default:
      if (hash['paused'] !== undefined) return 'paused';
      if (hash['held'] !== undefined) return 'held';
      return phase === 'running' || phase === 'scheduled' ? phase : 'queued';
  }
}

function reasonOf(hash: Readonly<Record<string, string>>, state: CampaignState): string | null {
  const flag = state === 'paused' ? hash['paused'] : state === 'held' ? hash['held'] : undefined;
  if (flag !== undefined) {
    const parsed: unknown = JSON.parse(flag);
    if (typeof parsed === 'object' && parsed !== null && 'reason' in parsed) return String(parsed.reason);
    return null;
  }
  return hash['reason'] ?? null;
}

function isoOf(ms: string | undefined): string | null {
  return ms === undefined ? null : new Date(Number(ms)).toISOString();
}
