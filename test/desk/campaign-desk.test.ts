import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Page } from '../../src/desk/desk.ts';
import type { Receipt } from '../../src/queue/receipt.ts';
import { campaignInput, type DeskStage, deskStage, HANA } from '../support/desk-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const folder = mkdtempSync(join(tmpdir(), 'sluice-desk-'));
let stage: DeskStage;

beforeEach(() => {
  stage = deskStage(server);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { stringify } = JSON;
const submit = (...ids: readonly string[]) =>
  Promise.all(ids.map((id) => stage.desk.campaigns.submit(campaignInput(id))));
const idsOf = ({ items }: Page<Receipt>) => items.map(({ id }) => id);

/** So many, a millisecond apart from 1000 on: c0 is the oldest. */
async function many(count: number, phase: (index: number) => string = () => 'finished'): Promise<void> {
  const { redis, keys } = stage.client;
  const steps = redis.pipeline();
  for (let index = 0; index < count; index += 1) {
    const id = `c${index}`;
    steps.hset(keys.campaign(id), { id, phase: phase(index), createdAt: 1000 + index });
    steps.zadd(keys.campaigns(), 1000 + index, id);
    if (!['finished', 'failed', 'cancelled'].includes(phase(index))) steps.sadd(keys.open(), id);
  }
  await steps.exec();
}

describe('submit', () => {
  test('what is submitted is on record and on the queue; the same again does nothing', async () => {
    const { campaigns } = stage.desk;
    expect(await campaigns.submit(campaignInput('autumn'))).toEqual({
      id: 'autumn',
      kind: 'accepted',
      notes: [],
    });
    expect((await campaigns.submit(campaignInput('autumn'))).kind).toBe('known');
    expect(await server.redis.exists('{sluice}:campaigns:autumn')).toBe(1);
    expect(await campaigns.receipt('autumn')).toMatchObject({ id: 'autumn', state: 'queued' });
  });

  test('an id that was used for other content is a conflict', async () => {
    await submit('autumn');
    const other = campaignInput('autumn', { content: { subject: 'other', text: 'other' } });
    await expect(stage.desk.campaigns.submit(other)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('everything that is wrong is said at once, with its path, and nothing is enqueued', async () => {
    const wrong = { id: 'autumn', sender: {}, content: { subject: 'x' }, nonsense: 1 };
    await expect(stage.desk.campaigns.submit(wrong)).rejects.toMatchObject({
      kind: 'wrong',
      problems: expect.arrayContaining([expect.stringContaining('audience')]),
    });
    expect(await stage.desk.campaigns.count()).toBe(0);
  });

  test('there is no folder to read the mail from', async () => {
    const input = campaignInput('autumn', { content: { subject: 'x', textFile: '/etc/passwd' } });
    await expect(stage.desk.campaigns.submit(input)).rejects.toThrow('content.textFile: only `sluice send`');
  });

  test.each(['check', 'submit'] as const)(
    'a file is taken from SLUICE_FILES alone, by %s: nowhere else, and nowhere at all where it is not set',
    async (verb) => {
      const at = (path: string) => campaignInput('autumn', { audience: { kind: 'csv', path } });
      await expect(stage.desk.campaigns[verb](at('/etc/passwd'))).rejects.toThrow(
        'audience.path: files are taken from SLUICE_FILES alone, and it is not set',
      );
      const { desk } = deskStage(server, { SLUICE_FILES: folder });
      for (const path of ['/etc/passwd', `${folder}/../passwd`, `${folder}-beside/a.csv`])
        await expect(desk.campaigns[verb](at(path))).rejects.toThrow('must lie under the folder');
      writeFileSync(join(folder, 'people.csv'), 'email,name\nanna@example.com,Anna\n');
      await desk.campaigns[verb](at(join(folder, 'people.csv')));
    },
  );

  test('where only uploads have a folder, as with `sluice up`, files are taken from it alone', async () => {
    const { parts } = stage;
    const { desk } = deskStage(server, {}, { config: { ...parts.config, listsFolder: folder } });
    const { path } = await desk.lists.put(
      'people.csv',
      Readable.from(['email,name\nanna@example.com,Anna\n']),
    );
    const at = (file: string) => campaignInput('autumn', { audience: { kind: 'csv', path: file } });
    await expect(desk.campaigns.submit(at('/etc/passwd'))).rejects.toThrow('must lie under the folder');
    expect(await desk.campaigns.submit(at(path))).toMatchObject({ kind: 'accepted' });
  });

  test('a campaign whose domain belongs to another organisation is refused', async () => {
    const { redis, keys } = stage.client;
    await redis.hset(keys.domainOwners(), 'example.com', 'Somebody else');
    await expect(submit('autumn')).rejects.toThrow('belongs to the organisation "Somebody else"');
    const later = campaignInput('later', { sendAt: '2126-01-01T00:00:00Z' });
    expect(await stage.desk.campaigns.submit(later)).toMatchObject({
      kind: 'accepted',
      notes: [expect.stringContaining('the campaign is held if it is so when it begins')],
    });
  });
});

describe('list', () => {
  test('a page follows the one before, whatever comes in meanwhile', async () => {
    await many(5);
    const { campaigns } = stage.desk;
    const first = await campaigns.list({ limit: 2 });
    expect(idsOf(first)).toEqual(['c4', 'c3']);
    await submit('newer');
    const second = await campaigns.list({ limit: 2, after: first.next ?? '' });
    expect(idsOf(second)).toEqual(['c2', 'c1']);
    const last = await campaigns.list({ limit: 2, after: second.next ?? '' });
    expect([idsOf(last), last.next]).toEqual([['c0'], null]);
    expect(await campaigns.count()).toBe(6);
  });

  test('campaigns of one millisecond come once each', async () => {
    const { redis, keys } = stage.client;
    const ids = Array.from({ length: 25 }, (_, index) => `x${String(index).padStart(2, '0')}`);
    for (const id of ids) {
      await redis.hset(keys.campaign(id), { id, phase: 'finished', createdAt: 5 });
      await redis.zadd(keys.campaigns(), 5, id);
    }
    const seen: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page: Page<Receipt> = await stage.desk.campaigns.list({ limit: 4, after });
      seen.push(...idsOf(page));
      after = page.next;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  test('pages of one state hold that state and lose none, open or ended', async () => {
    const phases = ['finished', 'running', 'cancelled', 'queued', 'failed'];
    await many(60, (index) => phases[index % phases.length] ?? '');
    await stage.client.redis.hset(stage.client.keys.campaign('c1'), 'paused', '{"reason":"wait"}');
    const all = async (state: Receipt['state'] | 'open') => {
      const found: Receipt[] = [];
      for (let after: string | null | undefined; after !== null; ) {
        const page: Page<Receipt> = await stage.desk.campaigns.list({ limit: 5, after, state });
        found.push(...page.items);
        after = page.next;
      }
      return found;
    };
    for (const state of ['finished', 'cancelled', 'failed', 'queued'] as const) {
      const found = await all(state);
      expect(found.map((receipt) => receipt.state)).toEqual(Array.from({ length: 12 }, () => state));
      expect(new Set(found.map(({ id }) => id)).size).toBe(12);
    }
    expect(await all('running')).toHaveLength(11);
    expect((await all('paused')).map(({ id, reason }) => [id, reason])).toEqual([['c1', 'wait']]);
    const open = await all('open');
    expect(open.map(({ id }) => Number(id.slice(1)))).toEqual(
      open.map(({ id }) => Number(id.slice(1))).toSorted((a, b) => b - a),
    );
    expect(open).toHaveLength(24);
  });

  test('what is no end of a page is refused', async () => {
    for (const after of ['', 'x', '12', '1.a b', '1.*'])
      await expect(async () => stage.desk.campaigns.list({ limit: 2, after })).rejects.toThrow(
        'after: is not',
      );
  });
});

describe('one campaign', () => {
  test.each(['nobody', 'x:definition', '', '../x', '*'])('of %j nothing is known', async (id) => {
    const { campaigns } = stage.desk;
    await submit('x');
    const asked = [
      () => campaigns.receipt(id),
      () => campaigns.details(id),
      () => campaigns.preview(id),
      () => campaigns.pause(id, HANA),
      () => campaigns.resume(id, HANA, false),
      () => campaigns.cancel(id, HANA),
      () => campaigns.resolve(id, 'drop', HANA),
      () => campaigns.setLimits(id, { bounceRate: 0.1 }, HANA),
      () => campaigns.timeline(id),
      () => campaigns.course(id),
    ];
    for (const ask of asked) await expect((async () => ask())()).rejects.toMatchObject({ kind: 'missing' });
  });

  test('receipts come in the order asked for, with gaps', async () => {
    await submit('a', 'b');
    const found = await stage.desk.campaigns.receipts(['b', 'nobody', 'a']);
    expect(found.map((receipt) => receipt?.id ?? null)).toEqual(['b', null, 'a']);
  });

  test('is paused, resumed and cancelled, and its timeline says by whom and why', async () => {
    const { campaigns } = stage.desk;
    await submit('autumn');
    expect((await campaigns.pause('autumn', HANA)).state).toBe('paused');
    expect((await campaigns.resume('autumn', HANA, false)).state).toBe('queued');
    expect((await campaigns.cancel('autumn', HANA)).state).toBe('cancelled');
    const changes = await campaigns.timeline('autumn');
    expect(changes.map(({ type, by, reason }) => [type, by, reason])).toEqual([
      ['campaign_accepted', null, null],
      ['campaign_paused', 'Hana', 'as the test says'],
      ['campaign_resumed', 'Hana', 'as the test says'],
      ['campaign_cancelled', 'Hana', 'as the test says'],
      ['campaign_ended', null, null],
    ]);
    expect((await campaigns.course('autumn')).samples).toEqual([]);
    await expect(campaigns.pause('autumn', HANA)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(campaigns.setLimits('autumn', { bounceRate: 0.1 }, HANA)).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  test('a hold whose cause still stands is lifted by an override with a reason, and by nothing less', async () => {
    const { campaigns } = stage.desk;
    await submit('autumn');
    const hold = { code: 'QUOTA_DAY', reason: 'the day is full', until: Date.now() + 3_600_000 } as const;
    await stage.client.campaigns.hold('autumn', 'default', hold);
    expect((await campaigns.details('autumn')).held).toEqual({ ...hold, about: {} });
    await expect(campaigns.resume('autumn', HANA, false)).rejects.toMatchObject({
      kind: 'conflict',
      problems: [expect.stringContaining('the day is full')],
    });
    await expect(async () => campaigns.resume('autumn', { by: 'Hana', reason: null }, true)).rejects.toThrow(
      'override: needs a reason',
    );
    expect((await campaigns.resume('autumn', HANA, true)).state).toBe('queued');
  });

  test('limits of its own are set, and only shares are', async () => {
    const { campaigns } = stage.desk;
    await submit('autumn');
    expect(await campaigns.setLimits('autumn', { bounceRate: 0.08 }, HANA)).toEqual({
      bounceRate: 0.08,
      complaintRate: null,
    });
    for (const bounceRate of [0, -1, 1.5, Number.NaN])
      await expect(campaigns.setLimits('autumn', { bounceRate }, HANA)).rejects.toThrow('bounceRate: may be');
    await expect(campaigns.setLimits('autumn', {}, HANA)).rejects.toThrow('name a limit');
  });

  test('resolving needs a reason, and settles nobody where nobody is in doubt', async () => {
    const { campaigns } = stage.desk;
    await submit('autumn');
    await expect(campaigns.resolve('autumn', 'drop', { by: 'Hana', reason: null })).rejects.toThrow(
      'reason: is',
    );
    expect(await campaigns.resolve('autumn', 'drop', HANA)).toEqual({ resolved: 0, tooYoung: 0 });
  });

  test('its details hold what it said, and no recipient', async () => {
    await stage.desk.campaigns.submit(campaignInput('autumn', { tags: { team: 'crm' }, doubt: 'hold' }));
    const details = await stage.desk.campaigns.details('autumn');
    expect(details).toEqual({
      id: 'autumn',
      category: 'transactional',
      sender: 'news@example.com',
      profile: null,
      subject: 'Hello {{name}}',
      audience: { kind: 'inline', from: null },
      sendAt: null,
      doubt: 'hold',
      sendToUnsubscribed: false,
      limits: null,
      tags: { team: 'crm' },
      held: null,
      hasText: true,
      hasHtml: false,
    });
    expect(stringify(details)).not.toContain('anna@');
  });
});

describe('preview', () => {
  test('shows the mail for a row, or for the first that has an address', async () => {
    writeFileSync(
      join(folder, 'list.csv'),
      'email,name\nnobody,N\nanna@example.com,Anna\nben@example.com,Ben\n',
    );
    const { desk } = deskStage(server, { SLUICE_FILES: folder });
    const audience = { kind: 'csv' as const, path: join(folder, 'list.csv') };
    await desk.campaigns.submit(campaignInput('autumn', { audience }));
    expect(await desk.campaigns.preview('autumn')).toMatchObject({
      seq: 2,
      recipient: 'anna@example.com',
      subject: 'Hello Anna',
    });
    expect((await desk.campaigns.preview('autumn', 3)).subject).toBe('Hello Ben');
    await expect(desk.campaigns.preview('autumn', 9)).rejects.toMatchObject({ kind: 'missing' });
    rmSync(join(folder, 'list.csv'));
    expect(await desk.campaigns.preview('autumn')).toMatchObject({ seq: 0, subject: 'Hello ' });
  });

  test('of a campaign whose recipients went with its end the mail is still there', async () => {
    const { campaigns } = stage.desk;
    await submit('autumn');
    expect((await campaigns.preview('autumn')).subject).toBe('Hello Anna');
    await campaigns.cancel('autumn', HANA);
    const { redis, keys } = stage.client;
    await redis.del(keys.recipients('autumn'));
    expect(await campaigns.preview('autumn')).toMatchObject({ seq: 0, recipient: '', subject: 'Hello ' });
    await expect(campaigns.preview('autumn', 1)).rejects.toThrow('the campaign has ended');
    expect((await campaigns.details('autumn')).subject).toBe('Hello {{name}}');
  });
});
