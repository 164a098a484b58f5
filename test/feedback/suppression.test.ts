import { beforeEach, describe, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { FeedbackBook } from '../../src/feedback/apply.ts';
import type { FeedbackEvent, Happening } from '../../src/feedback/event.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { GuardStage, SENDER } from '../guard/stage.ts';
import { newLedger } from '../support/ledger.ts';
import { useRedis } from '../support/redis.ts';
import { ALL, COMPLAINT, complaint, HARD_BOUNCE, hardBounce, SOFT_BOUNCE, softBounce } from './happenings.ts';

const server = useRedis();
const keys = new Keys('{test}');
let stage: GuardStage;
let store: SuppressionStore;

beforeEach(async () => {
  stage = new GuardStage(server.redis, keys);
  store = new SuppressionStore(server.redis, keys);
  await stage.running('autumn');
});

const known = async (address: string) =>
  (await store.check([address]))[0]?.map(({ target, source, detail }) => ({ target, source, detail }));
const everywhere = (reason: string, source = 'event') => ({
  target: { kind: 'everywhere', reason },
  source,
  detail: 'autumn',
});

describe('an event that rules an address out', () => {
  test('a hard bounce and a complaint do, with the campaign that they are about', async () => {
    await stage.hear('autumn', HARD_BOUNCE, 'Gone@Example.com');
    await stage.hear('autumn', COMPLAINT, 'angry@example.com');
    expect(await known('gone@example.com')).toEqual([everywhere('bounced')]);
    expect(await known('angry@example.com')).toEqual([everywhere('complained')]);
  });

  test('both are kept where both happen, whichever comes first', async () => {
    await stage.hear('autumn', HARD_BOUNCE, 'a@example.com');
    await stage.hear('autumn', COMPLAINT, 'a@example.com');
    expect(await known('a@example.com')).toEqual([everywhere('complained'), everywhere('bounced')]);
  });

  test('no other event does', async () => {
    for (const happened of ALL) {
      if (happened === HARD_BOUNCE || happened === COMPLAINT) continue;
      await stage.hear('autumn', happened, 'a@example.com');
    }
    await stage.hear('autumn', complaint('not-spam'), 'a@example.com');
    expect(await known('a@example.com')).toEqual([]);
  });

  test('a complaint after a reader had taken one back counts as ever', async () => {
    const noSpam = stage.event('autumn', complaint('not-spam'), 'a@example.com');
    await stage.book.apply([noSpam]);
    expect(await server.redis.hget(keys.campaign('autumn'), 'complained')).toBeNull();
    await stage.book.apply([{ ...noSpam, happened: COMPLAINT }]);
    expect(await known('a@example.com')).toEqual([everywhere('complained')]);
    expect(await server.redis.hget(keys.campaign('autumn'), 'complained')).toBe('1');
  });

  test("that SES's own list has it is told apart from a bounce", async () => {
    await stage.hear('autumn', hardBounce('OnAccountSuppressionList'), 'a@example.com');
    await stage.hear('autumn', complaint('OnAccountSuppressionList'), 'b@example.com');
    await stage.hear('autumn', hardBounce('NoEmail'), 'c@example.com');
    expect(await known('a@example.com')).toEqual([everywhere('bounced', 'ses-list')]);
    expect(await known('b@example.com')).toEqual([everywhere('complained', 'ses-list')]);
    expect(await known('c@example.com')).toEqual([everywhere('bounced')]);
  });

  test('an old carrier address is the same person as in the list, though SES quotes it', async () => {
    await stage.hear('autumn', HARD_BOUNCE, '"foo..bar"@docomo.ne.jp');
    expect(await known('foo..bar@docomo.ne.jp')).toEqual([everywhere('bounced')]);
  });

  test('stops the next claim of a campaign that runs, for every sender', async () => {
    const ref = { campaign: 'autumn', project: 'default', batch: 30_000, sender: SENDER };
    await server.redis.hset(keys.batch('autumn', ref.batch), {
      n: 2,
      a: 'gone@example.com\nhere@example.com',
      p: '[[1,0,0,{}],[2,0,0,{}]]',
    });
    await stage.running('other', { sender: { from: 'shop@example.com' }, project: 'shop' });
    await stage.hear('other', HARD_BOUNCE, 'gone@example.com');
    expect(await newLedger(server.redis, keys, 1_000).claim(ref, 'w-9', [0, 1], false)).toMatchObject({
      positions: [1],
      suppressed: [{ position: 0, reason: 'bounced' }],
    });
  });

  test('a copy does not suppress again whom an operator has let in again', async () => {
    const event = await stage.hear('autumn', HARD_BOUNCE, 'a@example.com');
    await store.remove('all', ['a@example.com']);
    await stage.book.apply([event]);
    expect(await known('a@example.com')).toEqual([]);
  });

  test('it counts also where the mail was a test, or its campaign is not known here', async () => {
    const about = (campaign: string, happened: Happening, recipient: string): FeedbackEvent => {
      const event = stage.event(campaign, happened, recipient);
      return campaign === 'autumn' ? { ...event, mail: { ...event.mail, entry: null } } : event;
    };
    await stage.book.apply([
      about('autumn', HARD_BOUNCE, 'test@example.com'),
      about('nobody-knows', COMPLAINT, 'far@example.com'),
      about('autumn', HARD_BOUNCE, 'bounce@simulator.amazonses.com'),
    ]);
    expect(await known('test@example.com')).toEqual([everywhere('bounced')]);
    expect(await known('far@example.com')).toEqual([{ ...everywhere('complained'), detail: 'nobody-knows' }]);
    expect(await known('bounce@simulator.amazonses.com')).toEqual([]);
  });
});

describe('soft bounces', () => {
  const rule = { count: 3, withinMs: 10 * 86_400_000 };
  const bounce = async (address: string, happened = SOFT_BOUNCE) => {
    const book = new FeedbackBook(server.redis, keys, new Outbox(server.redis, keys), rule);
    const event = stage.event('autumn', happened, address);
    await book.apply([event, event]);
    return event;
  };

  test('suppress nobody, however many there are, where the settings do not say so', async () => {
    for (let time = 0; time < 30; time += 1) await stage.hear('autumn', SOFT_BOUNCE, 'a@example.com');
    expect(await known('a@example.com')).toEqual([]);
    expect(await server.redis.exists(keys.softBounces('a@example.com'))).toBe(0);
  });

  test('suppress an address at the third mail that bounces, where three do', async () => {
    await bounce('a@example.com');
    await bounce('A@example.com');
    await bounce('b@example.com');
    expect(await known('a@example.com')).toEqual([]);
    await bounce('a@example.com');
    expect(await known('a@example.com')).toEqual([everywhere('bounced', 'soft-bounces')]);
    expect(await known('b@example.com')).toEqual([]);
  });

  test('are no longer counted when they are older than the settings say', async () => {
    await bounce('a@example.com');
    await bounce('a@example.com');
    const old = Date.now() - rule.withinMs - 1_000;
    await server.redis.lset(keys.softBounces('a@example.com'), 0, old);
    await bounce('a@example.com');
    expect(await known('a@example.com')).toEqual([]);
    await bounce('a@example.com');
    expect(await known('a@example.com')).toEqual([everywhere('bounced', 'soft-bounces')]);
    const leftMs = await server.redis.pttl(keys.softBounces('a@example.com'));
    expect(leftMs).toBeLessThanOrEqual(rule.withinMs);
    expect(leftMs).toBeGreaterThan(0);
  });

  test('that are about the mail and not the address do not count', async () => {
    for (const subType of ['MessageTooLarge', 'ContentRejected', 'AttachmentRejected', 'MessageTooLarge'])
      await bounce('a@example.com', softBounce(subType));
    expect(await known('a@example.com')).toEqual([]);
  });
});
