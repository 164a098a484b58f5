import { beforeEach, describe, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { BULK_SENDER_MAILS, GMAIL_SLOT_MS } from '../../src/identity/gmail.ts';
import { GmailBook } from '../../src/identity/gmail-book.ts';
import { type BatchRef, type Ledger, type Settlement } from '../../src/send/ledger.ts';
import { DELIVERY, OPEN, SEND } from '../feedback/happenings.ts';
import { Stage } from '../feedback/stage.ts';
import { newLedger } from '../support/ledger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const SIZE = 4;
const CLAIM = 'w-1-abc';
const everybody = Array.from({ length: SIZE }, (_, position) => position);
let ledger: Ledger;
let book: GmailBook;
let batches = 0;

beforeEach(async () => {
  const { redis } = server;
  ledger = newLedger(redis, keys, 100_000);
  book = new GmailBook(redis, keys);
  await redis.hset(keys.campaign('autumn'), {
    id: 'autumn',
    project: 'default',
    phase: 'running',
    pending: 1_000,
  });
});

/** A new batch that is claimed as a whole. */
async function claimed(sender = 'news@mail.example.co.jp'): Promise<BatchRef> {
  batches += 1;
  const ref = { campaign: 'autumn', project: 'default', batch: batches, sender };
  const a = everybody.map((position) => `p${position}@gmail.com`).join('\n');
  await server.redis.hset(keys.batch('autumn', ref.batch), { n: SIZE, a, p: '[]' });
  await ledger.claim(ref, CLAIM, everybody, false);
  return ref;
}

const accepted = (gmail: readonly number[], positions = everybody): Settlement[] =>
  positions.map((position) => ({
    position,
    verb: 'accepted',
    claim: CLAIM,
    ...(gmail.includes(position) ? { isGmail: true } : {}),
  }));

/** As if so many mails had been counted so many slots ago. */
async function counted(domain: string, mails: number, slotsAgo: number): Promise<void> {
  const slot = Math.floor(Date.now() / GMAIL_SLOT_MS) - slotsAgo;
  await server.redis.del(keys.gmailSent(domain));
  await server.redis.hset(keys.gmailSent(domain), { total: mails, oldest: slot, [slot]: mails });
  await server.redis.sadd(keys.gmailDomains(), domain);
}

const rows = async () => {
  const entries = await server.redis.xrange(keys.outbox(), '-', '+');
  return entries.map(([, fields]): unknown => JSON.parse(fields[1] ?? ''));
};

describe('what the worker settles', () => {
  test('is counted for the organisational domain of the sender, whichever subdomain it is', async () => {
    await ledger.settle(await claimed(), accepted([1, 3]), null, null);
    await ledger.settle(await claimed('shop@example.co.jp'), accepted(everybody), null, null);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: 6, bulkSince: null });
    expect(await book.list()).toEqual(['example.co.jp']);
  });

  test('counts nothing where nobody is at Gmail', async () => {
    await ledger.settle(await claimed(), accepted([]), null, null);
    expect(await book.list()).toEqual([]);
    expect(await server.redis.keys('*gmail*')).toEqual([]);
  });

  test('is counted once when it is settled again: whole batches, and parts of one', async () => {
    const whole = await claimed();
    await ledger.settle(whole, accepted(everybody), null, null);
    await ledger.settle(whole, accepted(everybody), null, null);
    const part = await claimed();
    await ledger.settle(part, accepted([0, 1], [0, 1]), null, null);
    await ledger.settle(part, accepted([0, 1], [0, 1]), null, null);
    await ledger.settle(part, accepted([0, 1, 2], [0, 1, 2]), null, null);
    expect(await book.look('example.co.jp')).toMatchObject({ last24Hours: SIZE + 3 });
  });

  test('counts nobody whom SES did not take', async () => {
    const ref = await claimed();
    const refused = everybody.map((position): Settlement => ({ position, verb: 'rejected', claim: CLAIM }));
    await ledger.settle(ref, refused, null, null);
    expect(await book.list()).toEqual([]);
  });

  test('costs two commands of Redis within the same script where somebody is at Gmail, and none where nobody is', async () => {
    // The first one of a domain, and of the guard's minute.
    await ledger.settle(await claimed(), accepted(everybody), null, null);
    const without = await callsOf(await claimed(), accepted([]));
    const withGmail = await callsOf(await claimed(), accepted(everybody));
    expect(withGmail.scripts).toBe(1);
    expect(without.scripts).toBe(1);
    expect(withGmail.all - without.all).toBe(2);
  });
});

/** What Redis did to settle these. */
async function callsOf(
  ref: BatchRef,
  settlements: readonly Settlement[],
): Promise<{ all: number; scripts: number }> {
  await server.redis.config('RESETSTAT');
  await ledger.settle(ref, settlements, null, null);
  const stats = [...(await server.redis.info('commandstats')).matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)];
  const sum = (matches: (name: string) => boolean) =>
    stats.reduce((calls, [, name = '', count]) => (matches(name) ? calls + Number(count) : calls), 0);
  return {
    // What keeps the guard's slots depends on the minute.
    all: sum((name) => !/^(config|info$|expire$|z)/.test(name)),
    scripts: sum((name) => name === 'evalsha' || name === 'eval'),
  };
}

describe("what SES's events prove", () => {
  const stageOf = async (domain: string) => {
    const stage = new Stage(server.redis, keys, 3, domain);
    await stage.plan();
    return stage;
  };

  test('is counted where it settles an entry, and only then', async () => {
    const stage = await stageOf('gmail.com');
    await stage.claim(CLAIM);
    await stage.putInDoubt();
    const events = [SEND, DELIVERY, OPEN].map((happened) => stage.event(CLAIM, 0, happened));
    await stage.book.apply(events);
    await stage.book.apply(events);
    expect(await book.look('example.com')).toMatchObject({ last24Hours: 1 });
    await stage.resolve('drop');
    expect(await book.look('example.com')).toMatchObject({ last24Hours: 1 });
    await stage.book.apply([stage.event(CLAIM, 1, DELIVERY)]);
    expect(await book.look('example.com')).toMatchObject({ last24Hours: 2 });
  });

  test('is counted once when the answer comes after its event, and when it comes before it', async () => {
    const stage = await stageOf('googlemail.com');
    const positions = await stage.claim(CLAIM);
    await stage.book.apply([stage.event(CLAIM, 0, SEND)]);
    await stage.answer(CLAIM, positions, positions);
    await stage.book.apply([stage.event(CLAIM, 1, SEND)]);
    expect(await book.look('example.com')).toMatchObject({ last24Hours: 3 });
  });

  test("is not counted for other addresses, SES's simulator among them", async () => {
    const stage = await stageOf('simulator.amazonses.com');
    await stage.claim(CLAIM);
    await stage.book.apply([stage.event(CLAIM, 0, SEND)]);
    expect(await book.list()).toEqual([]);
  });

  test('of test mail is not counted', async () => {
    const stage = await stageOf('gmail.com');
    const event = stage.event('test-1', 0, DELIVERY);
    await stage.book.apply([{ ...event, mail: { ...event.mail, entry: null } }]);
    expect(await book.list()).toEqual([]);
  });
});

describe('24 hours', () => {
  test('are over for a slot that ended before them', async () => {
    await counted('example.co.jp', 4_999, 97);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: 0, bulkSince: null });
    await ledger.settle(await claimed(), accepted(everybody), null, null);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: SIZE, bulkSince: null });
  });

  test('hold a slot of which some is within them', async () => {
    await counted('example.co.jp', 4_000, 95);
    await ledger.settle(await claimed(), accepted(everybody), null, null);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: 4_004, bulkSince: null });
  });
});

describe('a bulk sender', () => {
  test('is who comes up to 5,000, with a row in the log; who stays one below is none', async () => {
    await counted('example.co.jp', BULK_SENDER_MAILS - 1 - SIZE, 10);
    await ledger.settle(await claimed(), accepted(everybody), null, null);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: 4_999, bulkSince: null });
    await ledger.settle(await claimed(), accepted([0]), null, null);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: 5_000, bulkSince: expect.any(Number) });
    expect(await rows()).toMatchObject([
      {
        common: { sender: 'news@mail.example.co.jp' },
        events: [
          {
            event_type: 'bulk_sender',
            mark: 'example.co.jp',
            detail: { domain: 'example.co.jp', last24Hours: 5_000 },
          },
        ],
      },
    ]);
  });

  test('is one for ever, since when it was one first, and is told of once', async () => {
    await counted('example.co.jp', 4_999, 0);
    await ledger.settle(await claimed(), accepted(everybody), null, null);
    const { bulkSince } = await book.look('example.co.jp');
    expect(bulkSince).not.toBeNull();
    await counted('example.co.jp', 10, 200);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: 0, bulkSince });
    await counted('example.co.jp', 4_999, 0);
    await ledger.settle(await claimed(), accepted(everybody), null, null);
    expect(await book.look('example.co.jp')).toEqual({ last24Hours: 5_003, bulkSince });
    expect(await rows()).toHaveLength(1);
    expect(await server.redis.ttl(keys.bulkSenders())).toBe(-1);
  });

  test('may become one by an event as well', async () => {
    await counted('example.com', 4_999, 0);
    const stage = new Stage(server.redis, keys, 3, 'gmail.com');
    await stage.plan();
    await stage.claim(CLAIM);
    await stage.book.apply([stage.event(CLAIM, 0, SEND)]);
    expect((await book.look('example.com')).bulkSince).not.toBeNull();
    expect((await stage.rows()).filter((row) => row.event_type === 'bulk_sender')).toMatchObject([
      { event_id: '~/from=news@example.com/bulk_sender/mark=example.com', campaign_id: null },
    ]);
  });
});
