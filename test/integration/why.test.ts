import { beforeEach, describe, expect, test } from 'vitest';
import { storyText } from '../../src/cli/why.ts';
import { Keys } from '../../src/core/keys.ts';
import { tellStory } from '../../src/desk/recipient-story.ts';
import type { LogEvent } from '../../src/log/event.ts';
import { useFolder } from '../log/support.ts';
import { CampaignStage, losesAnswers, type SesAnswer, takesAll } from '../support/campaign-stage.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const newFolder = useFolder();
const SENDER = 'news@example.com';
let stage: CampaignStage;

const emails = [
  ' Anna.Sato@Example.com ',
  'p2@example.com',
  'no address',
  'ANNA.sato@example.COM',
  'hanako@日本語.jp',
  'foo..bar@docomo.ne.jp',
  'p7@example.com',
  'no address',
  ...Array.from({ length: 50 }, (_unused, index) => `q${index + 1}@example.com`),
];

async function story(whom: string) {
  const { redis, campaigns, suppression, dir } = stage;
  const told = await tellStory(
    { redis, keys, campaigns, suppression, place: { kind: 'files', dir } },
    stage.id,
    whom,
  );
  if (!told) throw new Error('nobody knows the campaign');
  return told;
}
const lines = async (whom: string) => (await story(whom)).events.map(({ text }) => text);
const append = (event: Partial<LogEvent>, atMs: number) =>
  stage.outbox.append({
    common: { campaign_id: stage.id, sender: SENDER, event_time: atMs },
    events: [event],
  });

beforeEach(async () => {
  stage = new CampaignStage(server.redis, keys, newFolder(), 'autumn', emails);
  await stage.accept();
});

describe('why tells', () => {
  test('one person by whatever writing of the address, with the rows that are the same person', async () => {
    await stage.plan();
    await stage.send();
    await stage.ship();
    const [mail] = stage.asked;
    const told = await story('anna.sato@example.com');
    expect(told).toMatchObject({ recipient: 'anna.sato@example.com', rows: [1, 4], open: null, now: [] });
    expect(told.events.map(({ text }) => text)).toEqual([
      'row 4 is the same person as row 1, and gets no mail of its own',
      `accepted by SES, message id ${mail?.messageId}`,
    ]);
    expect(await story('  ANNA.SATO@EXAMPLE.COM\u3000')).toEqual(told);
    for (const row of ['1', '4']) expect(await story(row)).toEqual(told);
    expect(storyText(told).split('\n')).toEqual([
      'autumn: anna.sato@example.com (rows 1, 4)',
      expect.stringMatching(/^ {2}\d{4}-\d\d-\d\dT[\d:.]+Z {2}row 4 is the same/),
      expect.stringMatching(/accepted by SES/),
    ]);
  });

  test('a person whose domain is in another script, by either form of it', async () => {
    await stage.plan();
    await stage.send();
    const told = await story('Hanako@日本語.JP');
    expect(told).toMatchObject({ recipient: 'hanako@xn--wgv71a119e.jp', rows: [5] });
    expect(told.events).toHaveLength(1);
    expect(await story('hanako@xn--wgv71a119e.jp')).toEqual(told);
  });

  test('a person whom SES knows by a quoted local part', async () => {
    await stage.plan();
    await stage.send();
    await append({ event_type: 'unsubscribe', recipient: '"foo..bar"@docomo.ne.jp' }, Date.now() + 1000);
    expect(await lines('foo..bar@docomo.ne.jp')).toEqual([
      expect.stringMatching(/^accepted/),
      `unsubscribed from ${SENDER}`,
    ]);
  });

  test('a row without an address, by its text and by its number', async () => {
    await stage.plan();
    const told = await story(' no address ');
    expect(told).toMatchObject({ recipient: 'no address', rows: [3, 8] });
    expect(told.events.map(({ text }) => text)).toEqual([
      'row 3 is no address that mail can go to: there is no @',
      'row 8 is no address that mail can go to: there is no @',
    ]);
    expect(await story('8')).toMatchObject({ recipient: 'no address', rows: [8] });
  });

  test('who was skipped, by which rule, and what is known of that now', async () => {
    const at = Date.UTC(2026, 9, 1, 10);
    const unsubscribed = { kind: 'sender', sender: SENDER } as const;
    await stage.suppression.add(unsubscribed, ['p2@example.com'], { at, source: 'import', detail: 'list' });
    await stage.suppression.add({ kind: 'everywhere', reason: 'bounced' }, ['p7@example.com'], {
      at,
      source: 'event',
      detail: null,
    });
    await stage.plan();
    await stage.send();
    expect(await story('p2@example.com')).toMatchObject({
      events: [
        {
          text: `skipped: unsubscribed from ${SENDER} (now: unsubscribed from ${SENDER} since 2026-10-01T10:00:00.000Z, by import (list))`,
        },
      ],
      suppressed: [{ reason: 'unsubscribed', sender: SENDER }],
      now: [expect.stringMatching(/^suppressed: unsubscribed from news@example.com since/)],
    });
    expect(await lines('p7@example.com')).toEqual([
      'skipped: bounced, which counts for every sender (now: bounced, for every sender since 2026-10-01T10:00:00.000Z, by event)',
    ]);
    await stage.suppression.remove(unsubscribed, ['p2@example.com']);
    expect(await story('p2@example.com')).toMatchObject({
      events: [{ text: `skipped: unsubscribed from ${SENDER} (that is no longer so)` }],
      suppressed: [],
      now: [],
    });
  });

  test('how doubt came and was resolved, step by step, and how it stands meanwhile', async () => {
    await stage.plan();
    expect((await story('p2@example.com')).now).toEqual(['pending in batch 0: no call to SES has it yet']);
    await stage.send(losesAnswers, [0]);
    const [{ claim } = { claim: '' }] = stage.asked;
    expect(await story('p2@example.com')).toMatchObject({
      rows: [2],
      open: 'in doubt',
      now: [expect.stringMatching(/^in doubt in batch 0: claimed at \S+Z \(claim w-\d+-abc\), and nobody/)],
    });
    await stage.resolve('resend');
    const answersLater = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const waits: SesAnswer = async (call) => {
      asked.resolve();
      await answersLater.promise;
      return takesAll(call);
    };
    const sending = stage.send(waits, [0]);
    await asked.promise;
    expect(await story('p2@example.com')).toMatchObject({
      open: 'claimed',
      now: [expect.stringMatching(/^pending in batch 0: claimed at \S+ .* a call to SES is on its way$/)],
    });
    answersLater.resolve();
    await sending;
    await stage.ship();
    expect(await story('p2@example.com')).toMatchObject({ open: null, now: [] });
    expect(await lines('p2@example.com')).toEqual([
      `in doubt: no answer from SES: ECONNRESET: as told (claim ${claim}); it may have the mail`,
      `doubt resolved: to be sent again, by an operator, because: as the test says (claim ${claim})`,
      expect.stringMatching(/^accepted by SES/),
    ]);
  });

  test('what SES says afterwards, oldest first, whatever address it gives, and each event once', async () => {
    await stage.plan();
    await stage.send();
    await stage.ship();
    const mail = { seq: 2, ses_message_id: stage.asked.find(({ seq }) => seq === 2)?.messageId ?? '' };
    const now = Date.now();
    const bounce = {
      ...mail,
      event_type: 'bounce',
      reason: 'Permanent/General',
      smtp_status: '5.1.1',
      diagnostic: 'smtp; 550 no\u001b[31m such user',
      mark: 'f1',
      recipient: 'moved@elsewhere.example',
    } as const;
    await append(bounce, now + 3000);
    await append(bounce, now + 3000);
    await append({ ...mail, event_type: 'click', url: 'https://example.com/a' }, now + 2500);
    await append({ ...mail, event_type: 'delivery', diagnostic: '250 2.6.0 Message received' }, now + 2000);
    await append({ ...mail, event_type: 'send' }, now + 1000);
    await append({ event_type: 'accepted', recipient: 'P2@example.com', ses_message_id: 't', test: true }, 1);
    expect(await lines('p2@example.com')).toEqual([
      'test mail: accepted by SES, message id t',
      `accepted by SES, message id ${mail.ses_message_id}`,
      `SES has the mail and is going to deliver it, message id ${mail.ses_message_id}`,
      'delivered to the receiving server: 250 2.6.0 Message received',
      'clicked: https://example.com/a',
      'bounced, hard: Permanent/General, 5.1.1, smtp; 550 no␛[31m such user',
    ]);
  });

  test('that nobody of that address is in the campaign, and how sure that is', async () => {
    const nothing = { rows: [], events: [], open: null };
    expect(await story('x@example.com')).toMatchObject({
      ...nothing,
      now: ['the address is not in the 0 rows that the campaign has read so far'],
    });
    await stage.plan();
    await stage.send();
    await stage.ship();
    expect(await story('x@example.com')).toMatchObject({
      ...nothing,
      now: ['the address is not in the audience, which has 58 rows'],
    });
    expect((await story('99')).now).toEqual(['row 99 is not in the audience, which has 58 rows']);
    expect((await story('x@')).now).toContain(
      'what was asked for is no address: there is nothing after the @',
    );
  });

  test('that the log is another one', async () => {
    await stage.plan();
    await stage.send();
    await stage.ship();
    const { redis, campaigns, suppression } = stage;
    const place = { kind: 'files' as const, dir: newFolder() };
    const told = await tellStory({ redis, keys, campaigns, suppression, place }, stage.id, 'p2@example.com');
    expect(told?.now[1]).toMatch(/^the log in .* has no row of this campaign/);
  });

  test('what the log knows of a campaign that Redis has forgotten', async () => {
    await stage.plan();
    await stage.send();
    await stage.ship();
    await server.redis.flushall();
    expect(await lines('p2@example.com')).toEqual([expect.stringMatching(/^accepted/)]);
  });
});

describe('sluice why', () => {
  test('prints the story, as text or as JSON, and ends with 2 where there is no such campaign', async () => {
    await stage.plan();
    await stage.send();
    const run = (...args: string[]) =>
      sluiceHere(['why', ...args], {
        REDIS_URL: server.url,
        SLUICE_PREFIX: keys.prefix,
        SLUICE_LOG_DIR: stage.dir,
      });
    const text = await run(stage.id, 'P2@example.com');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /^autumn: p2@example.com \(row 2\)\n {2}\S+ {2}accepted by SES, message id \S+\n$/,
    );
    const json = await run(stage.id, '2', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      campaign: 'autumn',
      recipient: 'p2@example.com',
      rows: [2],
      events: [{ event_type: 'accepted', seq: 2, text: expect.stringMatching(/^accepted/) }],
    });
    expect(await run('nobody', 'P2@example.com')).toMatchObject({ code: 2, stdout: '' });
  });
});
