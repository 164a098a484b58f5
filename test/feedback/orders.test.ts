import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { useRedis } from '../support/redis.ts';
import {
  CLICK,
  COMPLAINT,
  DELAY,
  DELIVERY,
  HARD_BOUNCE,
  OPEN,
  REJECT,
  RENDERING_FAILURE,
  SEND,
  SOFT_BOUNCE,
} from './happenings.ts';
import { CAMPAIGN, countersOf, MINUTE, messageId, Stage } from './stage.ts';

/*
 * The ledger is changed by workers and by events, in any order: an event may come before SES's answer is settled, while
 * the entry is in doubt, after an operator has dropped it, or when the batch is long gone. Whatever the order, the log
 * and the counters must say the same, after every step.
 */

const server = useRedis();
const keys = new Keys('{test}');

async function stageOf(size: number): Promise<Stage> {
  await server.redis.flushall();
  const stage = new Stage(server.redis, keys, size);
  await stage.plan();
  return stage;
}

async function expectBooksToAgree(stage: Stage): Promise<void> {
  const counters = await stage.counters();
  expect(counters).toEqual(countersOf(await stage.rows(), stage.recipients.length));
  // The guard counts the same, each once, whoever was the first to know.
  const guarded = { s: counters['accepted'], b: counters['bounced:hard'], c: counters['complained'] };
  expect(await stage.guard()).toEqual([guarded, guarded]);
}

/** A step, and those that must come before it. */
interface Step {
  readonly name: string;
  readonly after: readonly string[];
  readonly run: () => Promise<void>;
}

/** Runs steps in the order that the numbers choose among those that may come next. */
async function play(
  stage: Stage,
  steps: readonly Step[],
  choices: readonly number[],
  repeats: readonly boolean[],
): Promise<void> {
  const done = new Set<string>();
  let left = [...steps];
  for (let turn = 0; left.length > 0; turn += 1) {
    const ready = left.filter(({ after }) => after.every((name) => done.has(name)));
    const next = ready[(choices[turn % choices.length] ?? 0) % ready.length];
    if (!next) throw new Error('the steps wait for each other');
    await next.run();
    await expectBooksToAgree(stage);
    // Whoever got no answer asks again, now or later.
    if (repeats[turn % repeats.length]) {
      await next.run();
      await expectBooksToAgree(stage);
    }
    done.add(next.name);
    left = left.filter((step) => step !== next);
  }
}

const A = `w-1-${MINUTE}`;
const B = `w-2-${MINUTE}`;
const FATES = [
  [SEND],
  [SEND, DELIVERY],
  [SEND, DELIVERY, OPEN, CLICK],
  [SEND, SOFT_BOUNCE, HARD_BOUNCE],
  [SEND, DELAY, DELIVERY, HARD_BOUNCE, COMPLAINT],
  [REJECT],
  [RENDERING_FAILURE],
] as const;

const scenario = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  takenA: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  takenB: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  fates: fc.array(fc.constantFrom(...FATES), { minLength: 4, maxLength: 4 }),
  /** Whether the worker lives to hear SES's answer. */
  answersA: fc.boolean(),
  answersB: fc.boolean(),
  isLost: fc.boolean(),
  resolution: fc.constantFrom('drop', 'resend', null),
  eventsAtATime: fc.integer({ min: 1, max: 5 }),
  choices: fc.array(fc.nat(1_000), { minLength: 8, maxLength: 30 }),
  repeats: fc.array(fc.boolean(), { minLength: 3, maxLength: 7 }),
});

describe('in every order of claims, answers, losses, decisions and events, each of them also twice', () => {
  test('counters and log rows say the same after every step', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const stage = await stageOf(given.size);
        const claimed = new Map<string, readonly number[]>();
        const positionsOf = (claim: string) => claimed.get(claim) ?? [];
        const takenOf = (claim: string) =>
          positionsOf(claim).filter((position) => (claim === A ? given.takenA : given.takenB)[position]);

        const claimStep = (claim: string, after: readonly string[]): Step => ({
          name: `claim ${claim}`,
          after,
          run: async () => {
            if (!claimed.has(claim)) claimed.set(claim, await stage.claim(claim));
          },
        });
        // What an answer says that comes when the batch is gone is not about events: B's waits for A's.
        const answerStep = (claim: string): Step => ({
          name: `answer ${claim}`,
          after: [`claim ${claim}`, ...(claim === B && given.answersA ? [`answer ${A}`] : [])],
          run: () => stage.answer(claim, positionsOf(claim), takenOf(claim)),
        });
        // Whom a claim has is not known before it is made, so a step takes its share of whatever there is then.
        const shares = Math.ceil((given.size * 5) / given.eventsAtATime);
        const eventSteps = (claim: string): Step[] =>
          Array.from({ length: shares }, (_, share) => ({
            name: `events ${claim} ${share}`,
            after: [`claim ${claim}`],
            run: async () => {
              const events = takenOf(claim).flatMap((position) =>
                (given.fates[position] ?? []).map((happened) => stage.event(claim, position, happened)),
              );
              await stage.book.apply(events.filter((_event, index) => index % shares === share));
            },
          }));
        const { resolution } = given;
        const steps: Step[] = [
          claimStep(A, []),
          ...eventSteps(A),
          ...(given.answersA ? [answerStep(A)] : []),
          ...(given.isLost ? [{ name: 'lost', after: [`claim ${A}`], run: () => stage.putInDoubt() }] : []),
          ...(resolution === null
            ? []
            : [{ name: 'resolve', after: [`claim ${A}`], run: () => stage.resolve(resolution) }]),
          ...(resolution === 'resend'
            ? [
                claimStep(B, ['resolve']),
                ...eventSteps(B),
                ...(given.answersB ? [answerStep(B)] : []),
                { name: 'lost again', after: [`claim ${B}`], run: () => stage.putInDoubt() },
              ]
            : []),
        ];
        await play(stage, steps, given.choices, given.repeats);

        // Every mail is in the log, and everybody of whom SES has one is accepted. Only who was sent to again on poor
        // evidence, and rejected then, may have had his end before the first mail's events came.
        const rows = await stage.rows();
        const logged = new Set(rows.map((row) => row.ses_message_id));
        const sent = [A, B].flatMap((claim) => takenOf(claim).map((position) => messageId(claim, position)));
        expect(sent.filter((id) => !logged.has(id))).toEqual([]);
        const { accepted = 0 } = await stage.counters();
        const taken = new Set([...takenOf(A), ...takenOf(B)]);
        const again = takenOf(A).filter((position) => positionsOf(B).includes(position));
        const isRejected = (position: number) => given.answersB && !takenOf(B).includes(position);
        expect(accepted).toBeGreaterThanOrEqual(taken.size - again.filter(isRejected).length);
        expect(accepted).toBeLessThanOrEqual(taken.size);
        // The evidence about a claim's minute is what it says, where nobody was sent to twice.
        const flow = await stage.flow();
        expect(flow.accepted).toBe(accepted);
        if (again.length === 0) expect(flow.sent).toBe(accepted);
      }),
      { numRuns: 400 },
    );
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

test('all orders of an answer, a loss, a drop, a Send and a Bounce end as the same books', async () => {
  const ends = new Set<string>();
  for (const order of permutations(['answer', 'lost', 'drop', 'send', 'bounce'] as const)) {
    const stage = await stageOf(1);
    const positions = await stage.claim(A);
    const steps = {
      answer: () => stage.answer(A, positions, positions),
      lost: () => stage.putInDoubt(),
      drop: () => stage.resolve('drop'),
      send: () => stage.book.apply([stage.event(A, 0, SEND)]),
      bounce: () => stage.book.apply([stage.event(A, 0, HARD_BOUNCE)]),
    };
    for (const name of order) {
      await steps[name]();
      await steps[name]();
      await expectBooksToAgree(stage);
    }
    const hash = await server.redis.hgetall(keys.campaign(CAMPAIGN));
    const rows = await stage.rows();
    expect(rows.filter(({ event_type }) => event_type === 'campaign_finished')).toHaveLength(1);
    expect(hash['phase']).toBe('finished');
    expect(await server.redis.exists(keys.batch(CAMPAIGN, 0))).toBe(0);
    expect(await server.redis.getbit(keys.settled(CAMPAIGN), 0)).toBe(1);
    ends.add(JSON.stringify([await stage.counters(), await stage.flow()]));
  }
  expect([...ends].map((end): unknown => JSON.parse(end))).toEqual([
    [
      expect.objectContaining({ accepted: 1, pending: 0, inDoubt: 0, dropped: 0, 'bounced:hard': 1 }),
      { accepted: 1, sent: 1 },
    ],
  ]);
});
