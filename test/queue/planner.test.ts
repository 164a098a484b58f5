import { beforeEach, expect, test } from 'vitest';
import { DuplicateFilter } from '../../src/audience/filter.ts';
import type { AudienceRow, AudienceSource } from '../../src/audience/source.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { type JobSection, jobsOf } from '../../src/queue/job-groups.ts';
import { PlanBook, type PlanStart } from '../../src/queue/plan-book.ts';
import { type PlanEnd, Planner } from '../../src/queue/planner.ts';
import { prepareMailing } from '../../src/queue/prepare.ts';
import { imbalances } from '../../src/queue/receipt.ts';
import { decodePayload } from '../../src/send/payload.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ID = 'autumn';
const never = new AbortController().signal;
const HOLD = { code: 'SES_REFUSED', reason: 'as the test wants', until: null } as const;
let campaigns: Campaigns;
let book: PlanBook;

const definition = {
  id: ID,
  sender: { from: 'news@example.com' },
  content: { subject: 'Hello {{name}}', text: '{{plan}}' },
  audience: { kind: 'inline', recipients: [{ email: 'unused@example.com' }] },
};

function campaign() {
  const parsed = parseCampaign(definition);
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  return parsed.campaign;
}

function mailing() {
  const prepared = prepareMailing(campaign());
  if (prepared.kind === 'problems') throw new Error(prepared.problems.join());
  return prepared.mailing;
}

/** People 1 to `count`, every tenth of them twice, every seventh without an address. */
function people(count: number): AudienceRow[] {
  return Array.from({ length: count }, (_unused, index) => {
    const seq = index + 1;
    const person = seq % 10 === 0 ? seq - 1 : seq;
    const email = seq % 7 === 0 ? 'nobody' : `P${person}@example.com`;
    return { seq, email, data: { name: `N${seq}`, plan: 'free', unread: 'x'.repeat(50) } };
  });
}

function source(rows: readonly AudienceRow[], fingerprint = 'f1'): AudienceSource {
  return {
    fingerprint: async () => fingerprint,
    rows: async function* () {
      for (let from = 0; from < rows.length; from += 100) yield rows.slice(from, from + 100);
    },
  };
}

async function begin(): Promise<PlanStart> {
  const start = await book.begin(ID, 'default');
  if (start.kind !== 'plan') throw new Error(`there is nothing to plan: ${start.kind}`);
  return start;
}

function planner(
  start: PlanStart,
  options: {
    window?: number;
    jobBatches?: number;
    mayStay?: () => boolean;
    dispatch?: (batches: readonly number[], jobs: readonly JobSection[]) => Promise<void>;
  } = {},
): Planner {
  return new Planner(
    {
      book,
      clock: systemClock,
      dispatch: options.dispatch ?? (async () => {}),
      allowance: () => ({
        window: options.window ?? 1_000,
        jobBatches: options.jobBatches ?? 1,
        perSecond: 100_000,
      }),
      mayStay: options.mayStay ?? (() => true),
      backlogMax: 1_000,
      peopleMax: Number.POSITIVE_INFINITY,
    },
    mailing(),
    start,
    new DuplicateFilter(),
  );
}

/** Plays the sender: settles batches by taking them out of the window. */
async function settleAll(): Promise<void> {
  await server.redis.del(keys.outstanding(ID));
}

async function planned(): Promise<{ batch: number; seqs: number[] }[]> {
  const names = await server.redis.keys(`${keys.prefix}:campaign:${ID}:batch:*`);
  const batches = await Promise.all(
    names.map(async (name) => {
      const [addresses, payload] = await server.redis.hmget(name, 'a', 'p');
      return {
        batch: Number(name.split(':').at(-1)),
        seqs: decodePayload({ addresses: (addresses ?? '').split('\n'), payload: payload ?? '' }).map(
          (recipient) => recipient.seq,
        ),
      };
    }),
  );
  return batches.toSorted((a, b) => a.batch - b.batch);
}

async function counts() {
  const receipt = await campaigns.receipt(ID);
  if (!receipt) throw new Error('there is no receipt');
  expect(imbalances(receipt.counts)).toEqual([]);
  return receipt.counts;
}

beforeEach(async () => {
  campaigns = new Campaigns(server.redis, keys, systemClock);
  book = new PlanBook(server.redis, keys, systemClock);
  await campaigns.accept(campaign());
});

test('everybody of the list is in exactly one count, and its duplicates and invalid rows are in the log', async () => {
  expect(await planner(await begin()).run(source(people(1_000)), never)).toBe('planned');
  const all = people(1_000);
  const invalid = all.filter((row) => row.email === 'nobody').length;
  const persons = new Set(all.filter((row) => row.email !== 'nobody').map((row) => row.email)).size;
  expect(await counts()).toMatchObject({
    read: 1_000,
    invalid,
    planned: persons,
    pending: persons,
    duplicate: 1_000 - invalid - persons,
  });
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  const events = entries.flatMap(([, fields]) => decodeBlock(fields[1] ?? Buffer.alloc(0)).events);
  expect(events.filter((event) => event.event_type === 'invalid')).toHaveLength(invalid);
  expect(events.find((event) => event.event_type === 'invalid')).toMatchObject({
    recipient: 'nobody',
    seq: 7,
    reason: 'no_at',
  });
});

test('only the merge data that the mail reads travels on', async () => {
  await planner(await begin()).run(source(people(3)), never);
  const [addresses, payload] = await server.redis.hmget(keys.batch(ID, 0), 'a', 'p');
  const [first] = decodePayload({ addresses: (addresses ?? '').split('\n'), payload: payload ?? '' });
  expect({ ...first?.data }).toEqual({ name: 'N1', plan: 'free' });
});

test('a section that turns out to be true still has the columns that it names', async () => {
  await server.redis.flushall();
  const sectioned = parseCampaign({
    ...definition,
    content: { subject: 'x', text: '{{#vip}}Hi {{name}}{{/vip}}' },
  });
  if (sectioned.kind === 'problems') throw new Error(sectioned.problems.join());
  await campaigns.accept(sectioned.campaign);
  const prepared = prepareMailing(sectioned.campaign);
  if (prepared.kind === 'problems') throw new Error(prepared.problems.join());
  const parts = {
    book,
    clock: systemClock,
    dispatch: async () => {},
    allowance: () => ({ window: 10, jobBatches: 1, perSecond: 1_000 }),
    mayStay: () => true,
    backlogMax: 10,
    peopleMax: Number.POSITIVE_INFINITY,
  };
  const rows = [{ seq: 1, email: 'a@example.com', data: { vip: true, name: 'Anna', unread: 'x' } }];
  await new Planner(parts, prepared.mailing, await begin(), new DuplicateFilter()).run(source(rows), never);
  const [addresses, payload] = await server.redis.hmget(keys.batch(ID, 0), 'a', 'p');
  const [first] = decodePayload({ addresses: (addresses ?? '').split('\n'), payload: payload ?? '' });
  expect(prepared.mailing.mail.render(first?.data ?? {}).text).toBe('Hi Anna');
  expect(first?.data).not.toHaveProperty('unread');
});

test('a planner stays within its window, and goes on when there is room', async () => {
  const seen: number[] = [];
  const running = planner(await begin(), {
    window: 3,
    dispatch: async () => {
      seen.push(await server.redis.zcard(keys.outstanding(ID)));
      await settleAll();
    },
  });
  expect(await running.run(source(people(2_000)), never)).toBe('planned');
  expect(Math.max(...seen)).toBeLessThanOrEqual(3);
});

test('a planner that was killed anywhere is followed by one that makes the same batches', async () => {
  await planner(await begin()).run(source(people(1_500)), never);
  const whole = await planned();
  const wholeCounts = await counts();
  for (const killedAfter of [1, 2, 3, 5, 8]) {
    await server.redis.flushall();
    await campaigns.accept(campaign());
    let dispatched = 0;
    const killed = planner(await begin(), {
      window: 4,
      dispatch: async () => {
        await settleAll();
        dispatched += 1;
        // What SIGKILL leaves: the commit is there, the jobs are not.
        if (dispatched === killedAfter) throw new Error('killed');
      },
    });
    await expect(killed.run(source(people(1_500)), never)).rejects.toThrow('killed');
    expect(await planner(await begin()).run(source(people(1_500)), never)).toBe('planned');
    expect(await planned()).toEqual(whole);
    expect(await counts()).toEqual(wholeCounts);
  }
});

test('a planner that was killed before its jobs were on the queue leaves those who follow the same jobs', async () => {
  for (const killedAfter of [1, 2, 3]) {
    await server.redis.flushall();
    await campaigns.accept(campaign());
    let dispatched = 0;
    const jobs: number[][] = [];
    const note = (batches: readonly number[], sections: readonly JobSection[]) => {
      jobs.push(...jobsOf(sections, batches));
    };
    const killed = planner(await begin(), {
      window: 12,
      jobBatches: 3,
      dispatch: async (batches, sections) => {
        note(batches, sections);
        await settleAll();
        dispatched += 1;
        if (dispatched === killedAfter) throw new Error('killed');
      },
    });
    await expect(killed.run(source(people(6_000)), never)).rejects.toThrow('killed');
    // Whoever follows finds another rate, and so makes jobs of another size of what is not planned yet.
    const next = await begin();
    expect(jobsOf(next.jobs, jobs.flat())).toEqual(jobs);
    const follower = planner(next, { jobBatches: 5, dispatch: async (...args) => note(...args) });
    expect(await follower.run(source(people(6_000)), never)).toBe('planned');
    const batches = (await planned()).map(({ batch }) => batch);
    expect(jobs.flat()).toEqual(batches);
    expect(Math.max(...jobs.map((job) => job.length))).toBe(5);
  }
});

test('the first batches of a campaign wait for no full job', async () => {
  let first: readonly number[] = [];
  const running = planner(await begin(), {
    jobBatches: 10,
    dispatch: async (batches) => {
      if (first.length === 0) first = batches;
    },
  });
  expect(await running.run(source(people(2_000)), never)).toBe('planned');
  // The source gives a hundred rows at a time: one full batch of them.
  expect(first).toEqual([0]);
});

test('rows that are neither mailed nor written down are bounded, however few of them are new', async () => {
  const again = Array.from({ length: 90_000 }, (_unused, index) => ({
    seq: index + 1,
    email: `p${Math.floor(index / 20_000)}@example.com`,
    data: {},
  }));
  let heldMax = 0;
  const rows: AudienceSource = {
    fingerprint: async () => 'f',
    rows: async function* () {
      for (let from = 0; from < again.length; from += 1_000) {
        yield again.slice(from, from + 1_000);
        const read = Number((await server.redis.hget(keys.campaign(ID), 'read')) ?? 0);
        heldMax = Math.max(heldMax, from + 1_000 - read);
      }
    },
  };
  expect(await planner(await begin(), { jobBatches: 10 }).run(rows, never)).toBe('planned');
  expect(await counts()).toMatchObject({ read: 90_000, planned: 5 });
  expect(heldMax).toBeLessThanOrEqual(50_000);
});

test('a planner for whom there is no memory stops, and goes on behind its checkpoint', async () => {
  let chunks = 0;
  const crowded = planner(await begin(), {
    mayStay: () => {
      chunks += 1;
      return chunks < 5;
    },
  });
  expect(await crowded.run(source(people(1_500)), never)).toBe('crowded');
  expect(await book.rowsBehind(ID)).toBeGreaterThan(0);
  expect(await planner(await begin()).run(source(people(1_500)), never)).toBe('planned');
  expect((await counts()).read).toBe(1_500);
});

test('planners know how many campaigns are planned at the same time, and which are no more', async () => {
  const { epoch } = await begin();
  await campaigns.accept({ ...campaign(), id: 'spring' });
  const other = await book.begin('spring', 'default');
  if (other.kind !== 'plan') throw new Error('there is nothing to plan');
  expect(await book.look(ID, epoch)).toMatchObject({ kind: 'ok', planning: 1 });
  expect(await book.look('spring', other.epoch)).toMatchObject({ planning: 2 });
  await campaigns.pause('spring', 'default', { by: 'test', reason: 'test' });
  expect(await book.look('spring', other.epoch)).toMatchObject({ kind: 'paused', planning: 1 });
  await server.redis.zadd(keys.planning(), Date.now() - 60_000, 'spring');
  expect(await book.look(ID, epoch)).toMatchObject({ planning: 1 });
});

test('a planner that was overtaken by another changes nothing more', async () => {
  const first = await begin();
  const overtaken = planner(first, {
    dispatch: async () => {
      await book.begin(ID, 'default');
    },
  });
  expect(await overtaken.run(source(people(1_000)), never)).toBe<PlanEnd>('superseded');
  const before = await counts();
  expect(await planner(first).run(source(people(1_000)), never)).toBe('superseded');
  expect(await counts()).toEqual(before);
});

test('a commit that is sent twice counts once', async () => {
  const { epoch } = await begin();
  const after = { seq: 2, digest: 'd', atEnd: false };
  const stretch = {
    before: null,
    after,
    fingerprint: 'f',
    read: 2,
    duplicate: 1,
    invalid: 1,
    firstBatch: 0,
    batches: [],
    block: null,
  };
  expect((await book.commit(ID, epoch, stretch)).kind).toBe('ok');
  expect((await book.commit(ID, epoch, stretch)).kind).toBe('ok');
  expect(await counts()).toMatchObject({ read: 2, duplicate: 1, invalid: 1 });
});

test.each([
  ['shorter', people(300)],
  ['of other people', people(1_500).map((row) => ({ ...row, email: `x${row.email}` }))],
])('a list that is %s when planning begins again stops the campaign', async (_how, rows) => {
  const stop = new AbortController();
  const interrupted = planner(await begin(), {
    window: 4,
    dispatch: async () => {
      await settleAll();
      stop.abort();
    },
  });
  const half = source(people(1_500));
  expect(await interrupted.run(half, stop.signal)).toBe('interrupted');
  // As if more of the list had been planned than the new one has.
  const start = await begin();
  const beyond = start.checkpoint && {
    ...start,
    checkpoint: { ...start.checkpoint, seq: rows.length === 300 ? 600 : start.checkpoint.seq },
  };
  await expect(planner(beyond ?? start).run(source(rows), never)).rejects.toThrow(/audience changed/);
});

test('a file that was written over in the meantime stops the campaign', async () => {
  const stop = new AbortController();
  await planner(await begin(), { dispatch: async () => stop.abort() }).run(
    source(people(1_500)),
    stop.signal,
  );
  await expect(planner(await begin()).run(source(people(1_500), 'f2'), never)).rejects.toThrow(
    /audience changed/,
  );
});

const seenHold = async () => {
  const held = (await campaigns.look(ID))?.held;
  if (!held) throw new Error('the campaign is not held');
  return held;
};

test('a planner stops where the campaign is held, and its checkpoint stays', async () => {
  const held = planner(await begin(), {
    dispatch: async () => {
      await campaigns.hold(ID, 'default', HOLD);
    },
  });
  expect(await held.run(source(people(1_500)), never)).toBe('held');
  expect((await book.begin(ID, 'default')).kind).toBe('held');
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'held', reason: 'as the test wants' });
  await campaigns.release(ID, 'default', 'test', await seenHold());
  expect(await planner(await begin()).run(source(people(1_500)), never)).toBe('planned');
  expect((await counts()).read).toBe(1_500);
});

test('a list without anybody finishes the campaign at once', async () => {
  expect(await planner(await begin()).run(source([]), never)).toBe('planned');
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'finished', counts: { read: 0, planned: 0 } });
});

test('the same campaign again is known, another under its id is refused', async () => {
  expect(await campaigns.accept(campaign())).toMatchObject({ kind: 'known' });
  expect(await campaigns.accept({ ...campaign(), name: 'Another' })).toEqual({ kind: 'different' });
});

test('a campaign is read back as it was accepted, with its inline recipients', async () => {
  expect(await campaigns.definition(ID)).toEqual(campaign());
});

test('a hold does not lift with a pause, nor a pause with a hold', async () => {
  await campaigns.hold(ID, 'default', HOLD);
  await server.redis.hset(keys.campaign(ID), 'paused', '{"reason":"p"}');
  await campaigns.release(ID, 'default', 'test', await seenHold());
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'paused', reason: 'p' });
});

test('a campaign whose time has not come is scheduled, and begins by itself when it has', async () => {
  const later = { ...campaign(), id: 'later', sendAt: new Date(Date.now() + 60_000).toISOString() };
  expect(await campaigns.accept(later)).toEqual({ kind: 'accepted', phase: 'scheduled' });
  expect(await campaigns.receipt('later')).toMatchObject({ state: 'scheduled', startedAt: null });
  const start = await book.begin('later', 'default');
  expect(start).toMatchObject({ kind: 'scheduled' });
  expect(start.kind === 'scheduled' && start.waitMs > 50_000 && start.waitMs <= 60_000).toBe(true);
  await server.redis.hset(keys.campaign('later'), 'sendAt', Date.now() - 1);
  expect((await book.begin('later', 'default')).kind).toBe('plan');
  expect(await campaigns.receipt('later')).toMatchObject({ state: 'running' });
});

test('a campaign whose time is past begins at once', async () => {
  const past = { ...campaign(), id: 'past', sendAt: '2020-01-01T00:00:00+09:00' };
  expect(await campaigns.accept(past)).toEqual({ kind: 'accepted', phase: 'queued' });
});

test('a planner that was overtaken does not fail the campaign', async () => {
  const first = await begin();
  await begin();
  expect(await campaigns.fail(ID, 'default', 'the file is gone', first.epoch)).toBe(false);
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'running' });
  expect(await campaigns.fail(ID, 'default', 'the file is gone', first.epoch + 1)).toBe(true);
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'failed', reason: 'the file is gone' });
});

test('only the hold that was seen is lifted', async () => {
  await campaigns.hold(ID, 'default', HOLD);
  const seen = await seenHold();
  expect(await campaigns.release(ID, 'default', 'test', { ...seen, stored: '{"code":"OTHER"}' })).toBe(false);
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'held' });
  expect(await campaigns.release(ID, 'default', 'test', seen)).toBe(true);
});

test('the definition of an inline campaign that is over is gone with its list', async () => {
  await planner(await begin()).run(source([]), never);
  expect(await campaigns.receipt(ID)).toMatchObject({ state: 'finished' });
  expect(await campaigns.definition(ID)).toBeNull();
});
