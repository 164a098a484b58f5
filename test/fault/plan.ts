import { between, pick, randomFor, randomOf } from './random.ts';

/** Something that is done to the processes, so long after the start of a run. */
export type Blow = { readonly atMs: number } & (
  | { readonly kind: 'kill' | 'terminate'; readonly worker: number; readonly awayMs: number }
  | { readonly kind: 'stop'; readonly worker: number; readonly forMs: number }
  | { readonly kind: 'restart redis'; readonly signal: 'SIGTERM' | 'SIGKILL'; readonly awayMs: number }
  /** Redis loses its connections; some of them had commands whose answer is then never heard. */
  | { readonly kind: 'cut connections' }
  | { readonly kind: 'forget scripts' }
  /** The batches queue loses everything in it. */
  | { readonly kind: 'obliterate' }
  | { readonly kind: 'pause'; readonly chance: number; readonly forMs: number }
  | { readonly kind: 'cancel'; readonly chance: number }
);

type Kind = Blow['kind'];

/** How often each comes, for one kill. */
const WEIGHTS: readonly (readonly [number, Kind])[] = [
  [64, 'kill'],
  [5, 'terminate'],
  [12, 'stop'],
  [3, 'restart redis'],
  [6, 'cut connections'],
  [2, 'forget scripts'],
  [1, 'obliterate'],
  [4, 'pause'],
  [2, 'cancel'],
];

/**
 * Everything that is done to the processes of a run; a pure function of its arguments.
 * @param gapMs from one blow to the next, on average
 */
export function blowsOf(seed: number, durationMs: number, workers: number, gapMs: number): Blow[] {
  const random = randomOf(seed);
  const blows: Blow[] = [];
  // Who has just been started is left alone for a moment, or nobody would ever come to do anything.
  for (let atMs = 3_000; atMs < durationMs; atMs += between(random, gapMs / 2, gapMs * 1.5)) {
    blows.push(blowOf(random, atMs, workers));
  }
  return blows;
}

function blowOf(random: () => number, atMs: number, workers: number): Blow {
  const kind = pick(random, WEIGHTS);
  const worker = between(random, 0, workers);
  switch (kind) {
    case 'kill':
    case 'terminate':
      return { atMs, kind, worker, awayMs: between(random, 0, 600) };
    case 'stop':
      // Longer than a lock, longer than SES takes a request after its date, and sometimes longer than doubt waits.
      return { atMs, kind, worker, forMs: between(random, 2_200, random() < 0.2 ? 16_000 : 6_000) };
    case 'restart redis': {
      const signal = random() < 0.5 ? 'SIGTERM' : 'SIGKILL';
      return { atMs, kind, signal, awayMs: between(random, 0, 1_500) };
    }
    case 'pause':
      return { atMs, kind, chance: random(), forMs: between(random, 500, 4_000) };
    case 'cancel':
      return { atMs, kind, chance: random() };
    case 'cut connections':
    case 'forget scripts':
    case 'obliterate':
      return { atMs, kind };
  }
}

export type DoubtPolicy = 'auto' | 'hold' | 'drop';

/** A campaign of a run, and what is known of its audience. */
export interface CampaignPlan {
  readonly id: string;
  readonly category: 'marketing' | 'transactional';
  readonly isOverride: boolean;
  readonly isInline: boolean;
  readonly doubt: DoubtPolicy;
  /** The address column of its list, row by row. */
  readonly rows: readonly string[];
  /** Whom it is to reach, in lower case. */
  readonly people: ReadonlySet<string>;
  readonly duplicates: number;
  readonly invalid: number;
}

/** Suppressed before a run begins. */
export const BLOCKED = Array.from({ length: 40 }, (_, index) => `blocked${index}@example.net`);
export const UNSUBSCRIBED = Array.from({ length: 40 }, (_, index) => `left${index}@example.net`);
export const SENDER = 'news@example.com';

/**
 * The n-th campaign of a run; a pure function of its arguments.
 * @param isAuto whether doubt may be settled by evidence: only where no event is lost
 */
export function campaignOf(seed: number, number: number, recipients: number, isAuto: boolean): CampaignPlan {
  const random = randomFor(seed, 'campaign', number);
  const doubt = pick<DoubtPolicy>(random, [
    [isAuto ? 6 : 0, 'auto'],
    [2, 'hold'],
    [2, 'drop'],
  ]);
  const size = between(random, recipients / 4, recipients);
  const rows: string[] = [];
  const people = new Set<string>();
  let duplicates = 0;
  let invalid = 0;
  for (let index = 0; index < size; index += 1) {
    const address = addressOf(random, number, index);
    rows.push(address);
    const normal = address.toLowerCase();
    if (!address.includes('@')) invalid += 1;
    else if (people.has(normal)) duplicates += 1;
    else people.add(normal);
  }
  return {
    id: `chaos-${number}-${doubt}`,
    category: random() < 0.3 ? 'transactional' : 'marketing',
    isOverride: random() < 0.25,
    isInline: random() < 0.2,
    doubt,
    rows,
    people,
    duplicates,
    invalid,
  };
}

function addressOf(random: () => number, campaign: number, index: number): string {
  const someone = (list: readonly string[]) => list[between(random, 0, list.length)] ?? '';
  return pick<() => string>(random, [
    [92, () => `P${index}.of${campaign}@example.com`],
    [2, () => `p${between(random, 0, index + 1)}.of${campaign}@EXAMPLE.com`],
    [1, () => `bounce${index}.of${campaign}@example.com`],
    [1, () => 'no address at all'],
    [2, () => someone(BLOCKED)],
    [2, () => someone(UNSUBSCRIBED)],
  ])();
}
