import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { Deliverer } from '../../src/send/deliver.ts';
import type { Mailing } from '../../src/send/mailing.ts';
import { encodePayload } from '../../src/send/payload.ts';
import { Permits } from '../../src/send/permits.ts';
import { createSdkTransport } from '../../src/send/ses-sdk.ts';
import { Strategy } from '../../src/send/strategy.ts';
import { compileMail } from '../../src/send/template.ts';
import { createSealer } from '../../src/send/token.ts';
import { unsubscribeLinks } from '../../src/send/unsubscribe.ts';
import { newLedger } from '../support/ledger.ts';
import { silentLogger } from '../support/logger.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { always } from '../support/outgoing.ts';
import { pacing } from '../support/pacing.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const sealer = createSealer(['a secret that is long enough for anybody']);
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const people = Array.from({ length: 60 }, (_unused, index) => ({
  seq: index + 1,
  written: `Person.${index}@Example.com`,
  wire: index === 7 ? `"p..${index}"@docomo.ne.jp` : `Person.${index}@example.com`,
  normal: index === 7 ? `p..${index}@docomo.ne.jp` : `person.${index}@example.com`,
  data: {
    name: index % 3 === 0 ? `山田 <b>{{s0}} & "太郎" ${index}` : `Anna ${index}`,
    points: index % 4 === 0 ? '' : String(index),
    company: index % 5 === 0 ? '' : `株式会社\n第${index}`,
    plan: 'プレミアム',
  },
}));

/** Sends the same batches by one strategy to a sandbox of its own, and gives back what arrived. */
async function deliverAll(strategy: 'bulk' | 'single') {
  await server.redis.flushall();
  const { redis } = server;
  const sandbox = await startSandbox({ account: { perSecond: 10_000 } });
  const transport = createSdkTransport({
    clock: systemClock,
    concurrency: 8,
    timeoutMs: 10_000,
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  closing.push(
    () => transport.close(),
    () => sandbox.close(),
  );
  const compiled = compileMail({
    subject: '{{name}} さん {{#if points}}({{points}}){{/if}}',
    html: readFileSync(new URL('../../samples/newsletter.html', import.meta.url), 'utf8'),
  });
  if (compiled.kind !== 'compiled') throw new Error('the sample does not compile');
  const mailing: Mailing = {
    campaign: 'both',
    project: 'default',
    sender: 'news@example.com',
    from: '=?UTF-8?B?44OL44Ol44O844K5?= <news@example.com>',
    replyTo: ['help@example.com'],
    mail: compiled.mail,
    category: 'marketing',
    unsubscribe: { kind: 'sluice' },
    linkColumns: [],
    override: false,
    perSecond: null,
    tags: { team: 'crm' },
    tracking: { opens: true, clicks: false },
  };
  await redis.hset(keys.campaign('both'), { id: 'both', phase: 'running', planned: 60, pending: 60 });
  const deliverer = new Deliverer({
    ledger: newLedger(redis, keys, 1_000),
    ...pacing(redis, keys, () => 10_000),
    transport,
    strategy: new Strategy(strategy, systemClock),
    claims: new Permits(8),
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    claimNumber: () => randomUUID(),
    links: unsubscribeLinks('https://mail.example.com', sealer),
  });
  for (const batch of [0, 1]) {
    const some = people.slice(batch * 50, batch * 50 + 50);
    const payload = encodePayload(some);
    await redis.hset(keys.batch('both', batch), { n: some.length, a: payload.addresses, p: payload.rest });
    await deliverer.deliver('both', [batch], always(mailing), new AbortController().signal);
  }
  expect(Number(await redis.hget(keys.campaign('both'), 'accepted'))).toBe(60);
  return [...sandbox.store.mails()].map(comparable).toSorted((a, b) => (a.to.join() < b.to.join() ? -1 : 1));
}

/** A mail without what must differ from one sending to another: ids, the claim, and the token's nonce. */
function comparable(
  mail: ReturnType<Awaited<ReturnType<typeof startSandbox>>['store']['mails']> extends Iterable<infer M>
    ? M
    : never,
) {
  const { seq: _seq, messageId: _id, at: _at, tags, ...rest } = mail;
  const { sluice_claim: _claim, ...sameTags } = tags;
  const token = /\/u\/([\w-]+)/.exec(mail.html ?? '')?.[1] ?? '';
  const opened = JSON.stringify(sealer.open(token));
  const unsealed: unknown = JSON.parse(JSON.stringify(rest).replaceAll(token, opened.replaceAll('"', "'")));
  return { ...rest, unsealed, html: null, text: null, headers: null, tags: sameTags };
}

test('bulk and single give the same mail to the same people, field by field', async () => {
  const bulk = await deliverAll('bulk');
  const single = await deliverAll('single');
  expect(bulk).toHaveLength(60);
  expect(single).toEqual(bulk);
});

test('auto sends singly where bulk calls are throttled far below the account’s rate, and tries bulk again later', () => {
  const clock = new MovableClock();
  const strategy = new Strategy('auto', clock);
  // One call a second gets through, of ten; the account allows five hundred a second.
  const verdicts: boolean[] = [];
  for (let second = 0; second < 4; second += 1) {
    verdicts.push(strategy.observe(50, false, 500));
    for (let call = 0; call < 9; call += 1) verdicts.push(strategy.observe(0, true, 500));
    clock.move(1_000);
  }
  expect(verdicts.filter(Boolean)).toHaveLength(1);
  expect(strategy.choose()).toBe('single');
  clock.move(11 * 60_000);
  expect(strategy.choose()).toBe('bulk');
});

test('auto stays with bulk where it is the account’s rate that throttles', () => {
  const clock = new MovableClock();
  const strategy = new Strategy('auto', clock);
  for (let call = 0; call < 200; call += 1) {
    strategy.observe(call % 5 === 0 ? 0 : 50, call % 5 === 0, 500);
    clock.move(100);
  }
  expect(strategy.choose()).toBe('bulk');
});

test('permits are given in the order of asking, and never more than there are', async () => {
  const permits = new Permits(3);
  const order: string[] = [];
  let out = 0;
  const use = async (name: string, count: number) => {
    const taken = await permits.take(count);
    out += taken;
    expect(out).toBeLessThanOrEqual(3);
    order.push(name);
    await Promise.resolve();
    out -= taken;
    permits.give(taken);
  };
  await Promise.all([use('a', 2), use('b', 3), use('c', 1), use('d', 9)]);
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});
