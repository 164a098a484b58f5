import { beforeEach, describe, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import type { FeedbackEvent } from '../../src/feedback/event.ts';
import { useRedis } from '../support/redis.ts';
import {
  ALL,
  CLICK,
  COMPLAINT,
  DELIVERY,
  HARD_BOUNCE,
  OPEN,
  REJECT,
  RENDERING_FAILURE,
  SEND,
  SOFT_BOUNCE,
} from './happenings.ts';
import { CAMPAIGN, countersOf, MINUTE, messageId, Stage } from './stage.ts';

const server = useRedis();
const keys = new Keys('{test}');
const A = `w-1-${MINUTE}`;
const B = `w-2-${MINUTE}`;
let stage: Stage;

beforeEach(async () => {
  stage = new Stage(server.redis, keys, 3);
  await stage.plan();
});

/** Everybody is accepted, and the batch has left its one bit. */
async function sendAll(): Promise<void> {
  const positions = await stage.claim(A);
  await stage.answer(A, positions, positions);
  expect(await server.redis.exists(keys.batch(CAMPAIGN, 0))).toBe(0);
}

const states = async () => (await stage.ledger.open(stage.ref))?.states;
const rowsOf = async (...types: readonly string[]) =>
  (await stage.rows()).filter(({ event_type }) => types.includes(event_type));
const apply = async (...events: readonly FeedbackEvent[]) => {
  expect(await stage.book.apply(events)).toEqual(events.map(() => null));
};

describe('metrics count who is accepted, each once', () => {
  const counted = () => Object.fromEntries(stage.meter.drain());

  test('when SES answers before its events come', async () => {
    await sendAll();
    await apply(...[0, 1, 2].map((position) => stage.event(A, position, SEND)));
    expect(counted()).toEqual({ sluice_recipients_accepted_total: 3 });
  });

  test('when its events are quicker than its answer, for some or for all', async () => {
    const positions = await stage.claim(A);
    await apply(stage.event(A, 0, SEND));
    await stage.answer(A, positions.slice(0, 2), [0, 1]);
    expect(counted()).toEqual({ sluice_recipients_accepted_total: 2 });
    await apply(stage.event(A, 2, SEND));
    expect(await server.redis.exists(keys.batch(CAMPAIGN, 0))).toBe(0);
    await stage.answer(A, [2], [2]);
    expect(counted()).toEqual({ sluice_recipients_accepted_total: 1 });
    expect(await stage.counters()).toMatchObject({ accepted: 3 });
  });
});

describe('people are counted, each once', () => {
  test('to whom it happened, whatever else did', async () => {
    await sendAll();
    await apply(
      ...ALL.map((happened) => stage.event(A, 0, happened)),
      stage.event(A, 1, DELIVERY),
      stage.event(A, 1, OPEN),
      stage.event(A, 2, SOFT_BOUNCE),
    );
    expect(await stage.counters()).toMatchObject({
      accepted: 3,
      delivered: 2,
      'bounced:hard': 1,
      'bounced:soft': 2,
      complained: 1,
      opened: 2,
      clicked: 1,
    });
  });

  test('however often SES says it, together or one by one, and however late', async () => {
    await sendAll();
    const all = ALL.map((happened) => stage.event(A, 0, happened));
    await apply(...all, ...all);
    const once = await stage.counters();
    for (const event of all.toReversed()) await apply(event);
    expect(await stage.counters()).toEqual(once);
    expect(once).toEqual(countersOf(await stage.rows(), 3));
  });

  test('though they open twice, and click on two links', async () => {
    await sendAll();
    const other = { ...CLICK, link: 'https://example.com/other' } as const;
    await apply(
      stage.event(A, 0, OPEN, 1_000),
      stage.event(A, 0, OPEN, 2_000),
      stage.event(A, 0, CLICK, 2_000),
      stage.event(A, 0, other, 2_000),
    );
    expect(await stage.counters()).toMatchObject({ opened: 1, clicked: 1 });
    const ids = (await rowsOf('open', 'click')).map(({ event_id }) => event_id);
    expect(new Set(ids).size).toBe(4);
  });

  test('by the place of their batch: others of the same position are others', async () => {
    await server.redis.hset(keys.campaign(CAMPAIGN), 'next', 3);
    const first = stage.event(A, 0, DELIVERY);
    const entry = { claim: A, batch: 2, position: 0, seq: 101 };
    const other = { ...first, mail: { ...first.mail, entry, messageId: 'another' } };
    await apply(first, other);
    expect(await stage.counters()).toMatchObject({ delivered: 2 });
  });
});

describe('a row', () => {
  test('says of each event what SES said, under an id that a copy shares', async () => {
    await sendAll();
    await apply(...ALL.map((happened) => stage.event(A, 1, happened)));
    const rows = (await stage.rows()).filter(({ ses_message_id, event_type }) => {
      return ses_message_id === messageId(A, 1) && event_type !== 'accepted';
    });
    const base = {
      campaign_id: CAMPAIGN,
      project: 'shop',
      sender: 'news@example.com',
      recipient: 'P1@example.com',
      recipient_domain: 'example.com',
      seq: 2,
      event_time: '2027-01-15T08:00:00.000Z',
      tags: { team: 'crm' },
      test: false,
    };
    const id = `${CAMPAIGN}/2`;
    const mail = messageId(A, 1);
    expect(rows.map(({ event_type }) => event_type)).toEqual(ALL.map(({ type }) => type));
    for (const row of rows) expect(row).toMatchObject(base);
    const bounced = { smtp_status: '5.1.1', diagnostic: 'smtp; 550 5.1.1 user unknown' };
    expect(rows).toMatchObject([
      { event_id: `${id}/send/id=${mail}`, detail: { claim: A } },
      {
        event_id: `${id}/delivery/id=${mail}`,
        smtp_status: '2.6.0',
        diagnostic: '250 2.6.0 Message received',
        detail: { processingMs: 546 },
      },
      { reason: 'MailboxFull', ...bounced, detail: { expiresAt: '2026-11-28T00:00:00.000Z' } },
      { event_id: expect.stringContaining('/mark=f-hard'), reason: 'Permanent/General', ...bounced },
      { event_id: expect.stringContaining('/mark=f-soft'), reason: 'Transient/MailboxFull', ...bounced },
      { event_id: expect.stringContaining('/mark=f-complaint'), reason: 'abuse' },
      { reason: 'Bad content' },
      { diagnostic: "Attribute 's0' is not present" },
      { user_agent: 'Mail/1.0', url: null },
      { user_agent: 'Mail/1.0', url: 'https://example.com/?a=1' },
      { reason: 'UnsubscribeHeader', detail: { contactList: 'news' } },
    ]);
  });

  test('is not written again for a copy of what happens once', async () => {
    await sendAll();
    await apply(stage.event(A, 0, SEND), stage.event(A, 0, DELIVERY));
    const before = await server.redis.xlen(keys.outbox());
    await apply(stage.event(A, 0, DELIVERY));
    await apply(stage.event(A, 0, SEND));
    expect(await server.redis.xlen(keys.outbox())).toBe(before);
  });

  test('is written for the Send of another mail to the same recipient: that must not go unseen', async () => {
    await sendAll();
    await apply(stage.event(A, 0, SEND));
    await apply(stage.event(B, 0, SEND));
    const ids = (await rowsOf('send')).map(({ ses_message_id }) => ses_message_id);
    expect(ids).toEqual([messageId(A, 0), messageId(B, 0)]);
  });

  test('of a test says so, counts nobody, and settles nothing', async () => {
    const sent = stage.event(A, 0, DELIVERY);
    await apply({ ...sent, mail: { ...sent.mail, entry: null } });
    expect(await stage.rows()).toMatchObject([
      { event_type: 'delivery', test: true, seq: null, campaign_id: CAMPAIGN, project: 'shop' },
    ]);
    expect(await stage.counters()).toMatchObject({ accepted: 0, delivered: 0, pending: 3 });
  });

  test('is all that is kept of a campaign that nobody knows here', async () => {
    const sent = stage.event(A, 0, DELIVERY);
    await apply({ ...sent, mail: { ...sent.mail, campaign: 'elsewhere' } });
    expect(await stage.rows()).toMatchObject([{ campaign_id: 'elsewhere', project: null, seq: 1 }]);
    expect(await server.redis.exists(keys.campaign('elsewhere'), keys.seen('elsewhere', 'delivery'))).toBe(0);
  });

  test('is all that is kept of a batch that was never planned, so that no map grows to it', async () => {
    const sent = stage.event(A, 0, DELIVERY);
    const entry = { claim: A, batch: 999_999_999, position: 0, seq: 1 };
    await apply({ ...sent, mail: { ...sent.mail, entry } });
    expect(await rowsOf('delivery')).toHaveLength(1);
    expect(await stage.counters()).toMatchObject({ delivered: 0 });
    expect(await server.redis.exists(keys.seen(CAMPAIGN, 'delivery'))).toBe(0);
  });
});

describe('an event proves that SES accepted the call', () => {
  test.each(ALL.map((happened) => [happened.type, happened] as const))(
    '%s settles an entry in doubt, under the claim of its tag',
    async (type, happened) => {
      await stage.claim(A);
      await stage.putInDoubt();
      await apply(stage.event(A, 1, happened));
      expect(await states()).toEqual([`?${A}`, `a${A}`, `?${A}`]);
      expect(await stage.counters()).toMatchObject({ accepted: 1, inDoubt: 2 });
      expect(await rowsOf('accepted', 'resolved')).toMatchObject([
        {
          event_id: `${CAMPAIGN}/2/accepted/id=${messageId(A, 1)}`,
          // As the audience has it, like in the row that the worker would have written.
          recipient: 'P1@Example.com',
          sender: 'news@example.com',
        },
        {
          event_id: `${CAMPAIGN}/2/resolved/reason=accepted/mark=${A}`,
          detail: { from: 'in doubt', by: type },
        },
      ]);
    },
  );

  test('and the last one in doubt ends the campaign, with its receipt in the log', async () => {
    await stage.claim(A);
    await stage.putInDoubt();
    await apply(...[0, 1, 2].map((position) => stage.event(A, position, SEND)));
    expect(await server.redis.hget(keys.campaign(CAMPAIGN), 'phase')).toBe('finished');
    expect(await rowsOf('campaign_finished')).toHaveLength(1);
    expect(await server.redis.exists(keys.batch(CAMPAIGN, 0))).toBe(0);
  });

  test('before the answer is settled: then nothing was in doubt, and the answer changes nothing more', async () => {
    const positions = await stage.claim(A);
    await apply(stage.event(A, 0, SEND));
    expect(await states()).toEqual([`a${A}`, `c${A}`, `c${A}`]);
    expect(await rowsOf('resolved')).toEqual([]);
    await stage.answer(A, positions, positions);
    expect(await stage.counters()).toMatchObject({ accepted: 3, pending: 0 });
    expect(countersOf(await stage.rows(), 3)).toMatchObject({ accepted: 3 });
  });

  test('of somebody who was dropped', async () => {
    await stage.claim(A);
    await stage.putInDoubt();
    await stage.resolve('drop');
    await apply(stage.event(A, 2, DELIVERY));
    expect(await stage.counters()).toMatchObject({ dropped: 2, accepted: 1, inDoubt: 0 });
    expect(await rowsOf('resolved')).toContainEqual(
      expect.objectContaining({ reason: 'accepted', detail: { from: 'dropped', by: 'delivery' } }),
    );
    // The payload is gone, so the address is as it was mailed.
    expect(await rowsOf('accepted')).toMatchObject([{ recipient: 'P2@example.com' }]);
  });

  test('of somebody who is to be sent to again, who then is not', async () => {
    await stage.claim(A);
    await stage.putInDoubt();
    await stage.resolve('resend');
    await apply(stage.event(A, 1, SEND));
    expect(await stage.claim(B)).toEqual([0, 2]);
    expect(await rowsOf('resolved')).toContainEqual(
      expect.objectContaining({ reason: 'accepted', detail: { from: 'unclaimed', by: 'send' } }),
    );
  });

  test('of somebody whose other mail was accepted too: counted once, and the log shows both', async () => {
    await stage.claim(A);
    await stage.putInDoubt();
    await stage.resolve('resend');
    await stage.claim(B);
    await stage.answer(B, [0], [0]);
    await apply(stage.event(A, 0, SEND));
    expect(await states()).toEqual([`a${B}`, `c${B}`, `c${B}`]);
    expect(await stage.counters()).toMatchObject({ accepted: 1 });
    const ids = (await rowsOf('accepted')).map(({ ses_message_id }) => ses_message_id);
    expect(ids).toEqual([messageId(B, 0), messageId(A, 0)]);
  });

  test('even where half a character in the merge data keeps its address from being read', async () => {
    await server.redis.hset(
      keys.batch(CAMPAIGN, 0),
      'p',
      String.raw`[[1,0,0,{"name":"\ud83d"}],[2,0,0,{}],[3,0,0,{}]]`,
    );
    await stage.claim(A);
    await apply(stage.event(A, 0, SEND));
    expect(await rowsOf('accepted')).toMatchObject([{ recipient: 'P0@example.com' }]);
  });
});

describe('the evidence of a minute of claims', () => {
  test('counts who was accepted and of whom SES has said so, whichever comes first', async () => {
    const positions = await stage.claim(A);
    await apply(stage.event(A, 0, SEND));
    expect(await stage.flow()).toEqual({ accepted: 1, sent: 1 });
    await stage.answer(A, positions, positions);
    expect(await stage.flow()).toEqual({ accepted: 3, sent: 1 });
    await apply(stage.event(A, 1, SEND), stage.event(A, 1, SEND), stage.event(A, 2, DELIVERY));
    expect(await stage.flow()).toEqual({ accepted: 3, sent: 2 });
  });

  test.each([REJECT, RENDERING_FAILURE])(
    'counts a $type like the Send that does not come',
    async (happened) => {
      await sendAll();
      await apply(stage.event(A, 0, happened));
      await apply(stage.event(A, 0, SEND));
      expect(await stage.flow()).toEqual({ accepted: 3, sent: 1 });
    },
  );

  test('does not count events that may come much later', async () => {
    await sendAll();
    await apply(...[DELIVERY, HARD_BOUNCE, COMPLAINT, OPEN].map((happened) => stage.event(A, 0, happened)));
    expect(await stage.flow()).toEqual({ accepted: 3, sent: 0 });
  });

  test('is kept for two days, and who was seen for ninety', async () => {
    await sendAll();
    await apply(...ALL.map((happened) => stage.event(A, 0, happened)));
    expect(await server.redis.ttl(keys.flow(MINUTE))).toBeGreaterThan(172_000);
    const seen = await server.redis.keys(keys.seen(CAMPAIGN, '*'));
    expect(seen.length).toBeGreaterThan(5);
    for (const key of seen) {
      const ttl = await server.redis.ttl(key);
      expect(ttl).toBeGreaterThan(7_775_000);
      expect(ttl).toBeLessThanOrEqual(7_776_000);
    }
  });

  test('is not touched by a claim that has no minute', async () => {
    const positions = await stage.claim('old-1');
    await stage.answer('old-1', positions, positions);
    await apply(stage.event('old-1', 0, SEND));
    expect(await server.redis.keys(keys.flow('*'))).toEqual([]);
  });
});

test('events of many campaigns and of more than a block are stored, and each hears of itself', async () => {
  await server.redis.hset(keys.campaign('broken'), { project: 'shop', next: 5 });
  // Somebody else's key under the name of the map: this campaign's events can't be stored.
  await server.redis.hset(keys.seen('broken', 'delivery'), 'a', 'b');
  const good = Array.from({ length: 120 }, (_, n) => stage.event(A, n % 3, OPEN, n));
  const bad = { ...stage.event(A, 0, DELIVERY) };
  const broken = { ...bad, mail: { ...bad.mail, campaign: 'broken' } };
  const results = await stage.book.apply([...good.slice(0, 60), broken, ...good.slice(60)]);
  expect(results.map((result) => result === null)).toEqual(Array.from({ length: 121 }, (_, n) => n !== 60));
  expect(results[60]?.message).toContain('WRONGTYPE');
  expect(await rowsOf('open')).toHaveLength(120);
});
