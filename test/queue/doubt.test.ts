import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { Courier } from '../../src/queue/courier.ts';
import { DoubtSweep, decideDoubt } from '../../src/queue/doubt-sweep.ts';
import { imbalances } from '../../src/queue/receipt.ts';
import { DoubtBook, provesUnsent } from '../../src/send/doubt.ts';
import { encodePayload } from '../../src/send/payload.ts';
import { newLedger } from '../support/ledger.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ID = 'autumn';
const ref = { campaign: ID, project: 'default', batch: 0, sender: 'news@example.com' };
const DOUBT_MS = 60_000;
const MINUTE = Math.floor(Date.now() / 60_000);
/** A claim of two minutes ago, as a worker numbers it. */
const CLAIM = `dead-1-${(MINUTE - 2).toString(36)}`;
let campaigns: Campaigns;
let sweep: DoubtSweep;

/** Three people who were claimed under CLAIM, two of whom are in doubt since then; the third got through. */
async function doubtfulCampaign(
  policy: 'auto' | 'hold' | 'resend' | 'drop',
  ageMs = DOUBT_MS + 5_000,
): Promise<void> {
  const { redis } = server;
  const parsed = parseCampaign({
    id: ID,
    doubt: policy,
    sender: { from: 'news@example.com' },
    content: { subject: 'x', text: 'x {{unsubscribeUrl}}' },
    audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  await campaigns.accept(parsed.campaign);
  const payload = encodePayload(
    [0, 1, 2].map((index) => ({
      seq: index + 1,
      written: index === 0 ? 'P0@Example.com' : `p${index}@example.com`,
      wire: `p${index}@example.com`,
      normal: `p${index}@example.com`,
      data: {},
    })),
  );
  await redis.hset(keys.campaign(ID), {
    phase: 'running',
    read: 3,
    planned: 3,
    pending: 3,
    planned_all: '1',
  });
  await redis.hset(keys.batch(ID, 0), { n: 3, a: payload.addresses, p: payload.rest });
  await redis.zadd(keys.outstanding(ID), 1, '0');
  const ledger = newLedger(redis, keys, 1_000);
  await ledger.claim(ref, CLAIM, [0, 1, 2], false);
  await ledger.settle(
    ref,
    [
      { position: 0, verb: 'inDoubt', claim: CLAIM },
      { position: 1, verb: 'inDoubt', claim: CLAIM },
      { position: 2, verb: 'accepted', claim: CLAIM },
    ],
    null,
    null,
  );
  const then = Date.now() - ageMs;
  await redis.hset(keys.batch(ID, 0), `k${CLAIM}`, then);
  await redis.zadd(keys.doubtful(ID), then, '0');
}

async function sweepOnce(): Promise<void> {
  const campaign = await campaigns.look(ID);
  if (campaign) await sweep.sweep(campaign);
}

const receipt = async () => {
  const found = await campaigns.receipt(ID);
  if (!found) throw new Error('there is no receipt');
  expect(imbalances(found.counts)).toEqual([]);
  return found;
};

const events = async (type: string) => {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries
    .flatMap(([, fields]) => {
      const block = decodeBlock(fields[1] ?? Buffer.alloc(0));
      return block.events.map((event) => ({ ...block.common, ...event }));
    })
    .filter((event) => event.event_type === type);
};

/** Events that flow: a hundred and more around the claim were accepted, and all but `missing` have their Send event. */
async function eventsFlow(missing = 0): Promise<void> {
  const { redis } = server;
  await redis.hset(keys.flow((MINUTE - 2).toString(36)), { a: 61, s: 61 - missing });
  await redis.hset(keys.flow((MINUTE - 1).toString(36)), { a: 60, s: 60 });
  await redis.hset(keys.feedback(), 'emptyAt', Date.now());
}

beforeEach(() => {
  campaigns = new Campaigns(server.redis, keys, systemClock);
  sweep = new DoubtSweep({
    campaigns,
    doubt: new DoubtBook(server.redis, keys),
    courier: new Courier(server.redis, keys.prefix),
    logger: silentLogger,
    doubtMs: DOUBT_MS,
  });
});

test('drop: who is in doubt for long enough counts as dropped, and the campaign is finished', async () => {
  await doubtfulCampaign('drop');
  await sweepOnce();
  expect(await receipt()).toMatchObject({
    state: 'finished',
    counts: { dropped: 2, inDoubt: 0, accepted: 1 },
  });
  expect(await events('dropped')).toMatchObject([
    { seq: 1, recipient: 'P0@Example.com', mark: CLAIM },
    { seq: 2, recipient: 'p1@example.com' },
  ]);
});

test('resend: who is in doubt for long enough is sent to again, and the receipt counts it', async () => {
  await doubtfulCampaign('resend');
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'running', counts: { inDoubt: 0, pending: 2, resent: 2 } });
  const ledger = newLedger(server.redis, keys, 1_000);
  expect(await ledger.claim(ref, 'new-1', [0, 1, 2], false)).toMatchObject({ positions: [0, 1] });
});

test('hold: nobody is sent to again, and the campaign is held for an operator', async () => {
  await doubtfulCampaign('hold');
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'held', counts: { inDoubt: 2 } });
  expect((await receipt()).reason).toMatch(/2 recipients are in doubt.*sluice resolve autumn/);
});

test('hold: so is one whose canary is out, though most of it is not planned', async () => {
  await doubtfulCampaign('hold');
  const key = keys.campaign(ID);
  await server.redis.hdel(key, 'planned_all');
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'running' });
  await server.redis.hset(key, {
    canary: '{"waitMs":1,"confidence":0.95}',
    'canary:state': 'open',
    'canary:upTo': 3,
  });
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'held', counts: { inDoubt: 2 } });
});

test.each(['auto', 'drop', 'resend'] as const)(
  '%s: nobody is settled before a stuck request can have gone bad',
  async (policy) => {
    await doubtfulCampaign(policy, DOUBT_MS - 5_000);
    await eventsFlow();
    await sweepOnce();
    expect((await receipt()).counts).toMatchObject({ inDoubt: 2, resent: 0, dropped: 0 });
  },
);

test('auto: sends again where everybody around has their Send event and the queue has been empty since', async () => {
  await doubtfulCampaign('auto');
  await eventsFlow();
  await sweepOnce();
  expect((await receipt()).counts).toMatchObject({ inDoubt: 0, pending: 2, resent: 2 });
  const [resolved] = await events('resolved');
  expect(resolved?.detail).toMatchObject({
    policy: 'auto',
    evidence: [{ accepted: 121, withSendEvent: 121 }],
  });
});

test.each([
  ['no events are configured', async () => {}],
  ['one Send event is missing', () => eventsFlow(2)],
  [
    'the queue was not read to its end',
    async () => {
      await eventsFlow();
      await server.redis.hdel(keys.feedback(), 'emptyAt');
    },
  ],
])('auto: holds where %s', async (_why, prepare) => {
  await doubtfulCampaign('auto');
  await prepare();
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'held', counts: { inDoubt: 2, resent: 0 } });
});

test('auto: holds where one of several claims in doubt is not proved', async () => {
  await doubtfulCampaign('auto');
  await eventsFlow();
  const other = `dead-2-${(MINUTE - 9).toString(36)}`;
  await server.redis.hset(
    keys.batch(ID, 0),
    's',
    `?${CLAIM},?${other},a${CLAIM}`,
    `k${other}`,
    Date.now() - 9 * 60_000,
  );
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'held', counts: { inDoubt: 2, resent: 0 } });
});

test('half a surrogate pair in merge data does not keep anybody in doubt', async () => {
  await doubtfulCampaign('drop');
  const cut = encodePayload(
    [0, 1, 2].map((index) => ({
      seq: index + 1,
      written: `p${index}@example.com`,
      wire: `p${index}@example.com`,
      normal: `p${index}@example.com`,
      data: { name: 'x\ud83d' },
    })),
  );
  await server.redis.hset(keys.batch(ID, 0), 'p', cut.rest);
  await sweepOnce();
  expect((await receipt()).counts).toMatchObject({ dropped: 2, inDoubt: 0 });
});

test('a campaign is not held for doubt while others of it are still to be sent to', async () => {
  await doubtfulCampaign('hold');
  await server.redis.hincrby(keys.campaign(ID), 'pending', 50);
  await server.redis.hincrby(keys.campaign(ID), 'planned', 50);
  await server.redis.hincrby(keys.campaign(ID), 'read', 50);
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'running' });
});

test('auto: a campaign that was held goes on when the evidence comes late', async () => {
  await doubtfulCampaign('auto');
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'held', counts: { inDoubt: 2 } });
  await eventsFlow();
  await sweepOnce();
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'running', counts: { inDoubt: 0, pending: 2, resent: 2 } });
});

test('a campaign that was held for doubt goes on when an answer comes late and puts somebody back', async () => {
  await doubtfulCampaign('hold');
  await sweepOnce();
  await newLedger(server.redis, keys, 1_000).settle(
    ref,
    [{ position: 0, verb: 'putBack', claim: CLAIM }],
    null,
    'waits',
  );
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'running', counts: { inDoubt: 1, pending: 1 } });
});

test('a cancelled campaign sends to nobody again', async () => {
  await doubtfulCampaign('resend');
  await campaigns.cancel(ID, 'default', { by: 'test', reason: 'test' });
  await sweepOnce();
  expect(await receipt()).toMatchObject({ state: 'cancelled', counts: { dropped: 2, resent: 0 } });
});

test('a dropped recipient whose acceptance arrives after all moves to accepted', async () => {
  await doubtfulCampaign('drop');
  await sweepOnce();
  const late = await newLedger(server.redis, keys, 1_000).settle(
    ref,
    [{ position: 0, verb: 'accepted', claim: CLAIM }],
    null,
    null,
  );
  expect(late.kind).toBe('settled');
  expect((await receipt()).counts).toMatchObject({ dropped: 1, accepted: 2 });
});

test('what is resolved twice is resolved once', async () => {
  await doubtfulCampaign('resend');
  const book = new DoubtBook(server.redis, keys);
  const campaign = { id: ID, project: 'default' };
  expect(await book.resolve(campaign, 0, 'resend', DOUBT_MS, {})).toEqual({ resolved: 2, tooYoung: 0 });
  expect(await book.resolve(campaign, 0, 'resend', DOUBT_MS, {})).toEqual({ resolved: 0, tooYoung: 0 });
  expect((await receipt()).counts.resent).toBe(2);
});

test('the decision is a table', () => {
  const table = (['hold', 'drop', 'resend', 'auto'] as const).map((policy) => [
    decideDoubt(policy, false, true),
    decideDoubt(policy, false, false),
    decideDoubt(policy, true, true),
  ]);
  expect(table).toEqual([
    ['wait', 'wait', 'wait'],
    ['drop', 'drop', 'drop'],
    ['resend', 'resend', 'drop'],
    ['resend', 'wait', 'drop'],
  ]);
});

test('fewer than a hundred neighbours prove nothing', () => {
  const now = Date.now();
  const evidence = (accepted: number) => ({ accepted, withSendEvent: accepted, queueEmptyAt: now });
  expect(provesUnsent(evidence(99), now - DOUBT_MS, DOUBT_MS)).toBe(false);
  expect(provesUnsent(evidence(100), now - DOUBT_MS, DOUBT_MS)).toBe(true);
});
