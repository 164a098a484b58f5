import { beforeEach, describe, expect, test } from 'vitest';
import { auditText } from '../../src/cli/audit.ts';
import { Keys } from '../../src/core/keys.ts';
import { auditCampaign } from '../../src/desk/campaign-audit.ts';
import { FeedbackBook } from '../../src/feedback/apply.ts';
import type { FeedbackEvent, Happening } from '../../src/feedback/event.ts';
import { encodeBlock } from '../../src/log/block.ts';
import type { LogRow } from '../../src/log/event.ts';
import { logRows } from '../../src/log/row.ts';
import { useFolder } from '../log/support.ts';
import {
  type AskedMail,
  CampaignStage,
  losesAnswers,
  type SesAnswer,
  takesAll,
} from '../support/campaign-stage.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { newLedger } from '../support/ledger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const newFolder = useFolder();
const SENDER = 'news@example.com';
let stage: CampaignStage;

/** 120 rows: every twentieth has no address, and every fifteenth is the person of the row before, written otherwise. */
const emails = Array.from({ length: 120 }, (_unused, index) => {
  const seq = index + 1;
  if (seq % 20 === 0) return 'no address';
  return seq % 15 === 0 ? `  P${seq - 1}@EXAMPLE.com ` : `p${seq}@example.com`;
});

async function audit() {
  const parts = {
    redis: server.redis,
    keys,
    campaigns: stage.campaigns,
    place: { kind: 'files' as const, dir: stage.dir },
  };
  const found = await auditCampaign(parts, stage.id);
  if (!found) throw new Error('the audit knows no such campaign');
  return found;
}
const texts = async () => (await audit()).differences.map(({ text }) => text);
const clean = { agrees: true, moving: false, differences: [], notes: [] };
const hash = () => keys.campaign(stage.id);
const isOf = (row: LogRow, type: string, seq: number) => row.event_type === type && row.seq === seq;
const stamp = { at: 1, source: 'test', detail: null };

function eventOf(mail: AskedMail, happened: Happening, atMs: number): FeedbackEvent {
  const { to: recipient, claim, batch, position, seq } = mail;
  const entry = { claim, batch, position, seq };
  const messageId = mail.messageId ?? '';
  return {
    mail: { messageId, campaign: stage.id, entry, recipient, sender: SENDER, tags: {} },
    atMs,
    happened,
  };
}

/** A row that the log might have, had something gone wrong. */
function rowsOf(event: Parameters<typeof logRows>[0]['common']): LogRow[] {
  const common = { campaign_id: stage.id, project: 'default', event_time: Date.now() };
  return logRows({ common, events: [event] }, Date.now());
}

beforeEach(async () => {
  stage = new CampaignStage(server.redis, keys, newFolder(), 'autumn', emails);
  await stage.accept();
});

describe('counters and log agree', () => {
  test('at every step of a campaign, with its rows in the outbox, in the sink, and some in each', async () => {
    const refusesTwo: SesAnswer = (call) => ({
      kind: 'results',
      results: call.entries.map(({ to }) =>
        to.startsWith('p7')
          ? { status: 'MESSAGE_REJECTED', error: 'no', messageId: null }
          : { status: 'SUCCESS', error: null, messageId: `id-${to}` },
      ),
    });
    await stage.suppression.add({ kind: 'sender', sender: SENDER }, ['p1@example.com'], stamp);
    await stage.suppression.add({ kind: 'everywhere', reason: 'bounced' }, ['p2@example.com'], stamp);
    const steps = [
      () => stage.plan(),
      () => stage.send(refusesTwo, [0]),
      () => stage.ship(),
      () => stage.send(losesAnswers, [1]),
      () => stage.resolve('resend'),
      () => stage.send(losesAnswers, [1]),
      () => stage.ship(),
      () => stage.resolve('resend'),
      () => stage.send(losesAnswers),
      () => stage.resolve('drop'),
      () => stage.ship(),
    ];
    for (const step of [async () => {}, ...steps]) {
      await step();
      expect(await audit()).toMatchObject(clean);
    }
    const { counters, rows } = await audit();
    expect(rows).toEqual(counters);
    expect(counters).toMatchObject({
      read: 120,
      duplicate: 6,
      invalid: 6,
      skipped: { unsubscribed: 1, bounced: 1 },
      resent: 100,
      pending: 0,
      inDoubt: 0,
    });
    expect(counters.rejected).toBeGreaterThan(0);
    expect(counters.dropped).toBe(counters.planned - counters.accepted - counters.rejected - 2);
    expect((await stage.campaigns.receipt(stage.id))?.state).toBe('finished');
  });

  test('of a campaign that was cancelled half way', async () => {
    await stage.plan();
    await stage.send(takesAll, [0]);
    await stage.campaigns.cancel(stage.id, 'default', { by: 'test', reason: 'enough' });
    expect(await audit()).toMatchObject(clean);
    await stage.send();
    expect(await audit()).toMatchObject({ ...clean, counters: { accepted: 50, cancelled: 58 } });
  });

  test('of a campaign that failed before anything was read', async () => {
    await stage.campaigns.fail(stage.id, 'default', 'no such file', 0);
    await stage.ship();
    expect(await audit()).toMatchObject(clean);
  });

  test('with what SES says of the mails, in people, whatever it settles, and however often it is said', async () => {
    await stage.plan();
    await stage.send(takesAll, [0]);
    await stage.send(losesAnswers, [1]);
    await stage.resolve('resend');
    await stage.send(losesAnswers, [2]);
    await stage.resolve('drop');
    await stage.send(takesAll);
    const first = stage.asked.slice(0, 50);
    const second = stage.asked.slice(50);
    // Of a call without an answer SES had taken every other mail: some of those have two now.
    const late = second.filter((mail, index) => mail.messageId === null && index % 2 === 0);
    const mails = [...first, ...late.map((mail) => ({ ...mail, messageId: `late-${mail.seq}` }))];
    const happenings: Happening[] = [
      { type: 'send' },
      { type: 'delivery', smtpResponse: '250 ok', processingMs: 1 },
      { type: 'open', userAgent: null },
      { type: 'open', userAgent: null },
      { type: 'click', link: 'https://example.com/', userAgent: null },
      { type: 'complaint', feedbackId: 'f-1', complaintType: 'not-spam', userAgent: null },
      { type: 'complaint', feedbackId: 'f-2', complaintType: 'abuse', userAgent: null },
    ];
    const book = new FeedbackBook(server.redis, keys, stage.outbox, null);
    const at = Date.now();
    for (const _copy of [1, 2]) {
      for (const [index, happened] of happenings.entries()) {
        const some = mails.filter((_mail, place) => place % (index + 1) === 0);
        const applied = await book.apply(some.map((mail) => eventOf(mail, happened, at + index)));
        expect(new Set(applied)).toEqual(new Set([null]));
        expect(await audit()).toMatchObject({ agrees: true, moving: false, differences: [] });
      }
      await stage.ship();
    }
    const { counters, rows, notes } = await audit();
    expect(rows).toEqual(counters);
    expect(counters).toMatchObject({ accepted: 104, dropped: 4, pending: 0 });
    expect(counters.delivered).toBeGreaterThan(20);
    expect(notes).toEqual([
      expect.stringMatching(/^sent to again after doubt, and SES took more than one of the mails: rows /),
    ]);
  });

  test('where a dropped row turns out to be accepted: that end counts', async () => {
    await stage.plan();
    await stage.send(losesAnswers, [2]);
    await stage.resolve('drop');
    const [mail] = stage.asked;
    if (!mail) throw new Error('nobody was asked');
    const settlement = { position: mail.position, verb: 'accepted', claim: mail.claim } as const;
    const event = {
      event_type: 'accepted',
      seq: mail.seq,
      recipient: mail.to,
      ses_message_id: 'late',
    } as const;
    const common = { campaign_id: stage.id, event_time: Date.now() };
    await newLedger(server.redis, keys, 1000).settle(
      { campaign: stage.id, project: 'default', batch: mail.batch, sender: SENDER },
      [settlement],
      { common, events: [event] },
      null,
    );
    expect(await audit()).toMatchObject({ ...clean, counters: { accepted: 1, dropped: 7 } });
  });

  test('where a sink wrote rows twice', async () => {
    await stage.plan();
    await stage.send();
    await stage.ship();
    const written: LogRow[] = [];
    await stage.tamper((one) => {
      written.push(one);
      return one;
    });
    await stage.writeRows(written);
    expect(await audit()).toMatchObject(clean);
  });

  test('whatever other campaigns, test sends and unreadable entries there are', async () => {
    const other = new CampaignStage(server.redis, keys, stage.dir, 'winter', emails);
    await other.accept();
    await other.plan();
    await stage.plan();
    await other.send(takesAll, [0]);
    await stage.send();
    await stage.ship();
    await other.send();
    const accepted = { event_type: 'accepted', recipient: SENDER, ses_message_id: 't', test: true } as const;
    await stage.outbox.append({
      common: { campaign_id: stage.id, event_time: Date.now() },
      events: [accepted, { ...accepted, seq: 1 }],
    });
    await server.redis.xadd(keys.outbox(), '*', 'b', 'broken');
    expect(await audit()).toMatchObject(clean);
  });

  test('or nothing is said against it, while it is running and its rows are on their way', async () => {
    const steps = [
      () => stage.plan(),
      () => stage.send(losesAnswers, [0, 1]),
      () => stage.ship(),
      () => stage.resolve('resend'),
      () => stage.send(),
      () => stage.ship(),
    ];
    for (const step of steps) {
      const state = { isRunning: true };
      const running = step().finally(() => (state.isRunning = false));
      do expect((await audit()).differences).toEqual([]);
      while (state.isRunning);
      await running;
    }
    expect(await audit()).toMatchObject(clean);
  });

  test('and who was sent to again on purpose, and had both mails, is named', async () => {
    await stage.plan();
    await stage.send(losesAnswers, [2]);
    await stage.resolve('resend');
    await stage.send();
    await stage.ship();
    const [mail] = stage.asked;
    await stage.writeRows(
      rowsOf({ event_type: 'send', seq: mail?.seq ?? 0, ses_message_id: 'the first one' }),
    );
    expect(await audit()).toMatchObject({
      agrees: true,
      notes: [`sent to again after doubt, and SES took more than one of the mails: row ${mail?.seq}`],
    });
    await stage.writeRows(rowsOf({ event_type: 'send', seq: mail?.seq ?? 0, ses_message_id: 'a third one' }));
    expect(await texts()).toEqual([`sent to more than once, under different message ids: row ${mail?.seq}`]);
  });
});

describe('of a campaign that is over, the audit finds', () => {
  beforeEach(async () => {
    await stage.suppression.add({ kind: 'everywhere', reason: 'blocked' }, ['p3@example.com'], stamp);
    await stage.plan();
    await stage.send();
    await stage.ship();
    expect(await audit()).toMatchObject(clean);
  });

  test('a row that was taken out', async () => {
    await stage.tamper((one) => (isOf(one, 'accepted', 17) ? null : one));
    expect(await texts()).toEqual([
      'read: 120 counted, 119 in the log',
      'planned: 108 counted, 107 in the log',
      'accepted: 107 counted, 106 in the log',
      'read, and neither in the log nor in a batch: row 17',
    ]);
  });

  test('rows that were taken out, up to five of them', async () => {
    await stage.tamper((one) => (one.event_type === 'accepted' && Number(one.seq) > 60 ? null : one));
    expect((await audit()).differences.at(-1)).toEqual({
      kind: 'nowhere',
      text: 'read, and neither in the log nor in a batch: rows 61, 62, 63, 64, 65 and 49 more',
      seqs: [61, 62, 63, 64, 65],
    });
  });

  test('a row without an end of which only events are left', async () => {
    await stage.writeRows(rowsOf({ event_type: 'delivery', seq: 17, ses_message_id: 'x' }));
    await stage.tamper((one) => (isOf(one, 'accepted', 17) ? null : one));
    expect(await texts()).toContain('planned, and neither ended nor open: row 17');
  });

  test('a second mail to somebody', async () => {
    await stage.writeRows(rowsOf({ event_type: 'accepted', seq: 17, ses_message_id: 'another' }));
    expect(await audit()).toMatchObject({
      agrees: false,
      differences: [
        {
          kind: 'sent_twice',
          text: 'sent to more than once, under different message ids: row 17',
          seqs: [17],
        },
      ],
    });
  });

  test('a second mail of which only SES has told', async () => {
    await stage.writeRows(rowsOf({ event_type: 'send', seq: 17, ses_message_id: 'another' }));
    expect(await texts()).toEqual(['sent to more than once, under different message ids: row 17']);
  });

  test('one person who was accepted in two rows, however the address is written', async () => {
    await stage.tamper((one) =>
      isOf(one, 'accepted', 17)
        ? { ...one, recipient: 'P16@ExAmPlE.com' }
        : isOf(one, 'accepted', 19)
          ? { ...one, recipient: '"p16"@example.com' }
          : one,
    );
    expect(await texts()).toEqual(['one person, accepted in rows 16, 17 and 19']);
  });

  test('a second end', async () => {
    await stage.writeRows([
      ...rowsOf({ event_type: 'rejected', seq: 17, reason: 'NO', mark: 'w-1' }),
      ...rowsOf({ event_type: 'skipped', seq: 3, reason: 'bounced' }),
      ...rowsOf({ event_type: 'accepted', seq: 15, ses_message_id: 'x' }),
    ]);
    expect(await texts()).toEqual([
      'duplicate: 6 counted, 5 in the log',
      'planned: 108 counted, 109 in the log',
      'accepted: 107 counted, 108 in the log',
      'skipped more than once: row 3',
      'accepted and duplicate at the same time: row 15',
      'accepted and rejected at the same time: row 17',
    ]);
  });

  test('a mail to somebody who was skipped', async () => {
    await stage.writeRows(rowsOf({ event_type: 'send', seq: 3, ses_message_id: 'x' }));
    expect(await texts()).toEqual(['skipped, though SES has events of a mail to them: row 3']);
  });

  test.each([
    ['accepted', 1, 'accepted: 108 counted, 107 in the log'],
    ['accepted', -1, 'accepted: 106 counted, 107 in the log'],
    ['skipped:blocked', 1, 'skipped: blocked: 2 counted, 1 in the log'],
    ['duplicate', 1, 'duplicate: 7 counted, 6 in the log'],
    ['read', 1, 'read: 121 counted, 120 in the log'],
    ['resent', 1, 'resent: 1 counted, 0 in the log'],
    ['inDoubt', 1, 'in doubt: 1 counted, 0 in the log'],
    ['delivered', 1, 'delivered: 1 counted, 0 in the log'],
    ['bounced:hard', 1, 'bounced: hard: 1 counted, 0 in the log'],
  ])('a counter that was changed by hand: %s by %i', async (name, by, text) => {
    await server.redis.hincrby(hash(), name, by);
    expect(await texts()).toContain(text);
    expect((await audit()).agrees).toBe(false);
  });

  test('an equation that does not hold', async () => {
    await server.redis.hincrby(hash(), 'accepted', 1);
    expect(await texts()).toContain('planned is 108, but its parts add up to 109');
  });

  test('a row behind the end of the audience', async () => {
    await stage.writeRows(
      rowsOf({ event_type: 'accepted', seq: 121, ses_message_id: 'x', recipient: 'x@y.jp' }),
    );
    expect(await texts()).toContain('no row of this audience, which has 120: row 121');
  });

  test('rows that lack what they must have', async () => {
    await stage.tamper((one) => {
      if (isOf(one, 'accepted', 17)) return { ...one, ses_message_id: null };
      if (isOf(one, 'accepted', 18)) return { ...one, seq: null };
      return isOf(one, 'accepted', 19) ? { ...one, campaign_id: null } : one;
    });
    expect(await texts()).toEqual(
      expect.arrayContaining([
        'accepted without a message id: row 17',
        '1 event of the type accepted in the log without a position in the audience',
        '1 event of the type accepted in the log without a campaign',
        'read, and neither in the log nor in a batch: rows 18 and 19',
      ]),
    );
  });

  test('a receipt that is missing, or says something else', async () => {
    await stage.tamper((one) =>
      one.event_type === 'campaign_finished' ? { ...one, detail: { counts: { read: 7 } } } : one,
    );
    expect(await texts()).toContain('the receipt in the log says 7 read, and the counters 120');
    await stage.tamper((one) => (one.event_type === 'campaign_finished' ? null : one));
    expect(await texts()).toEqual(['the campaign is over, and the log has no receipt of it']);
  });

  test('a campaign that Redis has forgotten', async () => {
    await server.redis.flushall();
    expect((await audit()).differences[0]?.text).toMatch(/^Redis knows no campaign of this id/);
  });

  test('that the log is another one', async () => {
    const parts = {
      redis: server.redis,
      keys,
      campaigns: stage.campaigns,
      place: { kind: 'files' as const, dir: newFolder() },
    };
    expect((await auditCampaign(parts, stage.id))?.notes).toEqual([
      expect.stringMatching(/^the log in .* has no row of this campaign: is SLUICE_LOG_DIR/),
    ]);
  });
});

describe('of a campaign that is under way, the audit finds', () => {
  beforeEach(async () => {
    await stage.plan();
    await stage.send(takesAll, [0]);
    await stage.send(losesAnswers, [1]);
  });

  test('a batch that is gone', async () => {
    await server.redis.del(keys.batch(stage.id, 2));
    expect(await texts()).toEqual([
      'read: 120 counted, 112 in the log',
      'planned: 108 counted, 100 in the log',
      'pending: 8 counted, 0 in the log',
      'read, and neither in the log nor in a batch: rows 112, 113, 114, 115, 116 and 3 more',
    ]);
  });

  test('a batch that is there twice', async () => {
    const batch = await server.redis.hgetall(keys.batch(stage.id, 2));
    await server.redis.hset(keys.batch(stage.id, 3), batch);
    await server.redis.zadd(keys.outstanding(stage.id), 1, '3');
    expect(await texts()).toEqual([
      'in more than one place of the open batches: rows 112, 113, 114, 115, 116 and 3 more',
    ]);
  });

  test('somebody who is pending, and has an end', async () => {
    await stage.writeRows(rowsOf({ event_type: 'rejected', seq: 113, reason: 'NO', mark: 'w-1' }));
    expect(await texts()).toEqual([
      'rejected: 0 counted, 1 in the log',
      'pending: 8 counted, 7 in the log',
      'rejected in the log, and still pending in a batch: row 113',
    ]);
  });

  test('somebody who is in doubt without a word of it', async () => {
    const entries = await server.redis.xrange(keys.outbox(), '-', '+');
    const last = entries.at(-1)?.[0] ?? '';
    await server.redis.xdel(keys.outbox(), last);
    expect(await texts()).toEqual([
      expect.stringMatching(/^in doubt, and the log does not say since when or why: rows .* 45 more$/),
    ]);
  });

  test('a receipt before its time', async () => {
    const event = { event_type: 'campaign_finished', detail: {} } as const;
    await server.redis.xadd(
      keys.outbox(),
      '*',
      'b',
      encodeBlock({ common: { campaign_id: stage.id, event_time: 1 }, events: [event] }),
    );
    expect(await texts()).toEqual(['the log has a receipt of a campaign that is not over']);
  });
});

describe('sluice audit', () => {
  const run = (...args: string[]) =>
    sluiceHere(['audit', ...args], {
      REDIS_URL: server.url,
      SLUICE_PREFIX: keys.prefix,
      SLUICE_LOG_DIR: stage.dir,
    });

  test('ends with 0 where all agrees, with 1 where not, and with 2 where there is no such campaign', async () => {
    await stage.plan();
    await stage.send();
    const good = await run(stage.id);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toContain('autumn: counters and log agree\n');
    expect(good.stdout).toMatch(/accepted +108 +108/);
    await server.redis.hincrby(hash(), 'accepted', 1);
    const bad = await run(stage.id, '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      campaign: 'autumn',
      agrees: false,
      differences: [{ kind: 'figure', text: 'accepted: 109 counted, 108 in the log' }, { kind: 'equation' }],
      counters: { accepted: 109 },
      rows: { accepted: 108 },
    });
    expect(await run('nobody')).toMatchObject({ code: 2, stdout: '' });
  });

  test('says what it did not compare where the campaign moves on', async () => {
    const found = { ...(await audit()), moving: true };
    expect(auditText(found)).toMatch(/agree so far\n[^]*pause it for that$/);
  });
});
