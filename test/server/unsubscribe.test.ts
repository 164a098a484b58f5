import { beforeEach, describe, expect, test } from 'vitest';
import { decodeBlock } from '../../src/log/block.ts';
import type { LogRow } from '../../src/log/event.ts';
import { logRows } from '../../src/log/row.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { useRedis } from '../support/redis.ts';
import { keys, READER, SECRETS, type ServerStage, serve, tokenFor } from './stage.ts';

const redisServer = useRedis();
let stage: ServerStage;

beforeEach(async () => {
  stage = await serve(redisServer.url, { patienceMs: 2_000 });
  await redisServer.redis.hset(keys.campaign('autumn'), {
    id: 'autumn',
    project: 'shop',
    read: 100,
    planned: 90,
  });
});

const ONE_CLICK = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
const url = (token = tokenFor()) => `${stage.base}/u/${token}`;
const post = (body: URLSearchParams | FormData, token?: string) =>
  fetch(url(token), { method: 'POST', body, redirect: 'manual' });
const press = (action: string, token?: string) => post(new URLSearchParams({ action }), token);

async function suppressed(address = READER.address) {
  const store = new SuppressionStore(redisServer.redis, keys);
  const [found = []] = await store.check([address]);
  return found.map(({ target, source, detail }) => ({ ...target, source, detail }));
}
async function rows(): Promise<LogRow[]> {
  const entries = await redisServer.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries.flatMap(([, fields]) => logRows(decodeBlock(fields[1] ?? Buffer.alloc(0)), 0));
}
const types = async () => (await rows()).map((row) => row.event_type);
const counted = async () => Number(await redisServer.redis.hget(keys.campaign('autumn'), 'unsubscribed'));
const ENTRY = { kind: 'sender', sender: READER.sender, source: 'reader', detail: 'autumn' };

describe('one click of a mail program (RFC 8058)', () => {
  test('unsubscribes at once, without a cookie and without a redirect', async () => {
    const answer = await post(ONE_CLICK);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('location')).toBeNull();
    expect(await suppressed()).toEqual([ENTRY]);
  });

  test('may come as a multipart form', async () => {
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    expect((await post(form)).status).toBe(200);
    expect(await suppressed()).toEqual([ENTRY]);
  });

  test('leaves a row and a count of the campaign, in one step with the suppression', async () => {
    await post(ONE_CLICK);
    expect(await rows()).toMatchObject([
      {
        event_type: 'unsubscribe',
        campaign_id: 'autumn',
        project: 'shop',
        recipient: READER.address,
        sender: READER.sender,
        seq: 2,
        reason: 'one-click',
        test: false,
      },
    ]);
    expect(await counted()).toBe(1);
  });

  test('that comes again changes nothing more', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(ONE_CLICK)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await types()).toEqual(['unsubscribe']);
    expect(await counted()).toBe(1);
  });

  test('by the mail of another campaign is of that campaign too', async () => {
    await redisServer.redis.hset(keys.campaign('winter'), { project: 'shop', read: 10 });
    await post(ONE_CLICK);
    await post(ONE_CLICK, tokenFor({ ...READER, campaign: 'winter', seq: 7 }));
    expect(await types()).toEqual(['unsubscribe', 'unsubscribe']);
    expect(await redisServer.redis.hget(keys.campaign('winter'), 'unsubscribed')).toBe('1');
    expect(await suppressed()).toEqual([ENTRY]);
  });

  test('counts for its sender and for no other', async () => {
    await post(ONE_CLICK);
    const store = new SuppressionStore(redisServer.redis, keys);
    expect(await store.rules([READER.address], READER.sender, false)).toEqual(['unsubscribed']);
    expect(await store.rules([READER.address], 'shop@example.com', false)).toEqual([null]);
  });

  test('in a test mail unsubscribes, and is in no count', async () => {
    await post(ONE_CLICK, tokenFor({ ...READER, seq: 0 }));
    expect(await suppressed()).toEqual([ENTRY]);
    expect(await rows()).toMatchObject([{ event_type: 'unsubscribe', test: true, seq: null }]);
    expect(await counted()).toBe(0);
  });

  test('of a campaign that Redis no longer knows unsubscribes all the same', async () => {
    await post(ONE_CLICK, tokenFor({ ...READER, campaign: 'long-ago', seq: 4_000_000_000 }));
    expect(await suppressed()).toEqual([{ ...ENTRY, detail: 'long-ago' }]);
    expect(await redisServer.redis.exists(keys.seen('long-ago', 'unsubscribe'))).toBe(0);
  });

  test('of somebody beyond the audience makes no map of that size', async () => {
    await post(ONE_CLICK, tokenFor({ ...READER, seq: 4_000_000_000 }));
    expect(await redisServer.redis.exists(keys.seen('autumn', 'unsubscribe'))).toBe(0);
  });

  test('works with a key that was replaced, and with no other', async () => {
    expect((await post(ONE_CLICK, tokenFor(READER, SECRETS[1]))).status).toBe(200);
    const gone = tokenFor({ ...READER, address: 'x@example.com' }, 'a key that this server does not have...');
    expect((await post(ONE_CLICK, gone)).status).toBe(404);
    expect(await suppressed('x@example.com')).toEqual([]);
  });

  test('works with the longest token that there is', async () => {
    const address = `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.example`;
    const reader = {
      sender: `news@${'s'.repeat(60)}.example.com`,
      campaign: 'c'.repeat(64),
      seq: 1,
      address,
    };
    expect(tokenFor(reader).length).toBeGreaterThan(600);
    expect((await post(ONE_CLICK, tokenFor(reader))).status).toBe(200);
    expect(await suppressed(address)).toHaveLength(1);
  });

  test('by a form that says something else does nothing', async () => {
    for (const form of [{ 'List-Unsubscribe': 'Two-Click' }, { unsubscribe: '1' }, {}])
      expect((await post(new URLSearchParams(form))).status).toBe(400);
    const plain = await fetch(url(), { method: 'POST', body: 'List-Unsubscribe=One-Click' });
    expect(plain.status).toBe(415);
    expect((await fetch(url(), { method: 'POST' })).status).toBe(400);
    const broken = { 'content-type': 'multipart/form-data' };
    expect((await fetch(url(), { method: 'POST', headers: broken, body: '--x' })).status).toBe(400);
    expect(await suppressed()).toEqual([]);
  });

  test('is refused where Redis is full or broken, so that the receiver tries again', async () => {
    await redisServer.redis.set(keys.unsubscribed(READER.sender), 'no hash');
    const answer = await post(ONE_CLICK);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
    await redisServer.redis.del(keys.unsubscribed(READER.sender));
    expect((await post(ONE_CLICK)).status).toBe(200);
  });

  test('is refused while Redis does not answer, and is done when it is tried again', async () => {
    await redisServer.redis.client('PAUSE', 5_000, 'ALL');
    expect((await post(ONE_CLICK)).status).toBe(503);
    await redisServer.redis.ping();
    expect((await post(ONE_CLICK)).status).toBe(200);
    expect(await suppressed()).toEqual([ENTRY]);
    expect(await types()).toEqual(['unsubscribe']);
  });

  test('never waits for room in the log', async () => {
    const { redis } = redisServer;
    const many = Array.from({ length: 1_000 }, () => ['b', '{"common":{},"events":[]}']);
    for (const fields of many) await redis.xadd(keys.outbox(), '*', ...fields);
    expect((await post(ONE_CLICK)).status).toBe(200);
    expect(await types()).toEqual(['unsubscribe']);
  });
});

describe('a token that was not sealed here', () => {
  const forged = () => {
    const token = tokenFor();
    const last = token.slice(0, -2);
    return [
      'x',
      'x'.repeat(200),
      'x'.repeat(790),
      `${last}${token.endsWith('AA') ? 'BB' : 'AA'}`,
      last,
      `${token}A`,
      tokenFor(READER, 'somebody else’s key, of 32 characters.'),
      token.toUpperCase(),
    ];
  };

  test('opens nothing, and every one gets the same answer', async () => {
    const answers = await Promise.all(
      forged().flatMap((token) => [fetch(url(token)), post(ONE_CLICK, token), press('resume', token)]),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(await redisServer.redis.exists(keys.outbox())).toBe(0);
  });

  test('that is longer than any gets a short answer', async () => {
    const answer = await fetch(url('x'.repeat(2_000)));
    expect([400, 404]).toContain(answer.status);
    expect(await answer.text()).not.toContain('xxx');
  });
});

describe('the page', () => {
  test('of a link that is only followed changes nothing, however often', async () => {
    for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(url(), { method })).status).toBe(200);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await fetch(url(), { method })).status).toBe(405);
    expect(await suppressed()).toEqual([]);
    expect(await redisServer.redis.exists(keys.outbox())).toBe(0);
  });

  test('stops, and resumes, by its buttons', async () => {
    expect(await (await fetch(url())).text()).toContain('value="stop"');
    const stopped = await press('stop');
    expect([stopped.status, await stopped.text()]).toEqual([200, expect.stringContaining('value="resume"')]);
    expect(await suppressed()).toEqual([ENTRY]);
    expect(await (await fetch(url())).text()).toContain('You are unsubscribed');
    expect(await (await press('resume')).text()).toContain('subscribed again');
    expect(await suppressed()).toEqual([]);
    expect(await new SuppressionStore(redisServer.redis, keys).senders()).toEqual([]);
    expect((await rows()).map((row) => [row.event_type, row.reason])).toEqual([
      ['unsubscribe', 'page'],
      ['resubscribe', 'page'],
    ]);
  });

  test('counts somebody who stops twice as one person', async () => {
    for (const action of ['stop', 'resume', 'stop']) await press(action);
    expect(await types()).toEqual(['unsubscribe', 'resubscribe', 'unsubscribe']);
    expect(await counted()).toBe(1);
  });

  test('that resumes lifts nothing but the unsubscription', async () => {
    const store = new SuppressionStore(redisServer.redis, keys);
    const stamp = { at: 1, source: 'event', detail: null };
    await store.add({ kind: 'everywhere', reason: 'complained' }, [READER.address], stamp);
    await press('stop');
    await press('resume');
    expect(await suppressed()).toMatchObject([{ reason: 'complained' }]);
    await press('resume');
    expect(await types()).toEqual(['unsubscribe', 'resubscribe']);
  });

  test.each([
    [undefined, 'en'],
    ['ja', 'ja'],
    ['ja-JP,ja;q=0.9,en;q=0.8', 'ja'],
    ['en-US,en;q=0.9,ja;q=0.8', 'en'],
    ['fr,ja;q=0.5,en;q=0.4', 'ja'],
    ['ja;q=0,en', 'en'],
    ['de,*;q=0.5', 'en'],
    ['ja;q=nonsense', 'en'],
    [','.repeat(5_000), 'en'],
  ])('for readers who want %s is in %s', async (accept, language) => {
    const answer = await fetch(url(), accept === undefined ? {} : { headers: { 'accept-language': accept } });
    expect(answer.headers.get('content-language')).toBe(language);
    expect(await answer.text()).toContain(`<html lang="${language}">`);
  });

  test('shows markup of a sender as text, and the address not whole', async () => {
    const sender = '"<script>alert(1)</script>"@example.com';
    const text = await (await fetch(url(tokenFor({ ...READER, sender })))).text();
    expect(text).not.toMatch(/<script/i);
    expect(text).not.toContain(READER.address);
    expect(text).toContain('h•••@example.co.jp');
  });

  test('needs nothing from elsewhere, and lets nobody put it into a frame or an index', async () => {
    const answer = await fetch(url());
    const text = await answer.text();
    expect(text).not.toMatch(/https?:|src=|<script|<link|@import/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /default-src 'none'.*style-src 'sha256-.*form-action 'self'.*frame-ancestors 'none'/,
    );
    expect(policy).not.toContain('unsafe');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow',
    });
  });

  test('says so where Redis does not answer', async () => {
    await redisServer.redis.client('PAUSE', 5_000, 'ALL');
    const answer = await fetch(url(), { headers: { 'accept-language': 'ja' } });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('もう一度')]);
    await redisServer.redis.ping();
  });
});

test('the process log has neither tokens nor addresses', async () => {
  await post(ONE_CLICK);
  await fetch(url('x'.repeat(100)));
  await fetch(`${stage.base}/nowhere/${READER.address}`);
  const said = JSON.stringify(stage.lines);
  expect(said).toContain('/u/:token');
  expect(said).not.toContain(tokenFor().slice(0, 8));
  expect(said).not.toContain('hanako');
  expect(said).not.toContain('127.0.0.1"}');
  expect(said).not.toContain('xxxx');
});
