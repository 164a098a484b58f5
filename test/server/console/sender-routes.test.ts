import { beforeEach, describe, expect, test } from 'vitest';
import { HANA } from '../../support/desk-stage.ts';
import { useRedis } from '../../support/redis.ts';
import { openPages, type Pages, wordsOf } from './pages-stage.ts';

const redis = useRedis();
let pages: Pages;

beforeEach(async () => {
  pages = await openPages(redis);
});

describe('profiles', () => {
  test('are set, changed and removed, and one click follows from the way', async () => {
    const news = {
      name: 'news',
      from: 'News <news@example.com>',
      replyTo: 'a@example.com\r\n\r\nb@example.com',
    };
    const saved = await pages.post('/senders/profiles', { ...news, way: 'sluice' });
    expect(saved.location).toBe('/senders?done=profile&name=news');
    expect(await pages.stage.desk.senders.profiles()).toEqual([
      { ...news, replyTo: ['a@example.com', 'b@example.com'], unsubscribe: 'sluice', oneClick: true },
    ]);
    expect(wordsOf(await pages.get('/senders'))).toContain(
      'news News &lt;news@example.com&gt; a@example.com',
    );
    const form = await pages.get('/senders/profiles/news');
    expect(form.text).toMatch(/name="name" value="news"[^>]* readonly/);
    await pages.post('/senders/profiles', { ...news, way: 'url', url: 'https://example.com/u?m={{email}}' });
    expect((await pages.stage.desk.senders.profiles())[0]).toMatchObject({ oneClick: false });
    const question = await pages.get('/senders/profiles/news/remove');
    expect(question.text).toContain('data-question');
    await pages.post('/senders/profiles/news/remove', { reason: 'no more' });
    expect(await pages.stage.desk.senders.profiles()).toEqual([]);
  });

  test('that are wrong are shown again with what is wrong, and nothing of it is markup', async () => {
    const name = '"><script>alert(1)</script>';
    const { status, text } = await pages.post('/senders/profiles', { name, from: name, way: 'none' });
    expect(status).toBe(422);
    expect(text).toContain('name: &quot;&quot;&gt;&lt;script&gt;');
    expect(text).not.toContain('<script>alert');
    expect((await pages.get(`/senders?done=profile&name=${encodeURIComponent(name)}`)).text).not.toContain(
      '<script>alert',
    );
  });

  test('that are not there are not found', async () => {
    for (const path of ['/senders/profiles/nobody', '/senders/profiles/nobody/remove'])
      expect((await pages.get(path)).status).toBe(404);
    expect((await pages.post('/senders/profiles/nobody/remove', {})).status).toBe(404);
  });
});

describe('projects', () => {
  const shop = {
    name: 'shop',
    perSecond: '2.5',
    perDay: '100,000',
    bouncePercent: '4',
    complaintPercent: '0.1',
  };

  test('are set with limits as people write them, and who and why', async () => {
    const { location } = await pages.post('/senders/projects', { ...shop, reason: 'the sale' });
    expect(location).toBe('/senders?done=project&name=shop');
    expect(await pages.stage.desk.senders.projects()).toMatchObject([
      {
        name: 'shop',
        perSecond: 2.5,
        perDay: 100_000,
        perMonth: null,
        bounceRate: 0.04,
        complaintRate: 0.001,
      },
    ]);
    const words = wordsOf(await pages.get('/senders'));
    expect(words).toContain('0 of 100,000');
    expect(words).toContain('holds every campaign (usual)');
    const form = await pages.get('/senders/projects/shop');
    expect(form.text).toContain('name="complaintPercent" value="0.1"');
  });

  test('keep their limits where nobody says why they change', async () => {
    const { status, text } = await pages.post('/senders/projects', { ...shop, reason: '  ' });
    expect([status, text]).toEqual([422, expect.stringContaining('reason: say why the limits change')]);
    expect(text).toContain('value="100,000"');
    expect(await pages.stage.desk.senders.projects()).toEqual([]);
  });

  test('take nothing that is no number, and say which it is', async () => {
    const wrong = { ...shop, perDay: 'many', bouncePercent: '1e2', reason: 'x' };
    const { status, text } = await pages.post('/senders/projects', wrong);
    expect(status).toBe(422);
    expect(text).toContain('Recipients within 24 hours: is no number');
    expect(text).toContain('Hard bounces, in percent: is no number');
  });

  test('lose a limit that is left blank, and only by their own form', async () => {
    await pages.stage.desk.senders.setProject('shop', { perDay: 100, domainRules: 'ses' }, HANA);
    await pages.post('/senders/projects', { name: 'shop', perDay: '', domainRules: 'all', reason: 'over' });
    expect(await pages.stage.desk.senders.projects()).toMatchObject([{ perDay: null, domainRules: null }]);
  });
});

test('what was sent, bounced and complained stands against its limits, as a meter and in figures', async () => {
  const hour = Math.floor(Date.now() / 3_600_000);
  const begin = `${pages.stage.client.keys.guards()}shop:news@example.com`;
  await redis.redis.hset(`${begin}:h:${hour}`, { s: 1_000, b: 45, c: 2 });
  await redis.redis.zadd(pages.stage.client.keys.guarded(), hour, begin);
  const page = await pages.get('/senders');
  const words = wordsOf(page);
  expect(words).toContain('news@example.com, project shop');
  expect(words).toContain('▲ 4.5 % of at most 5 %');
  expect(words).toContain('✕ 0.2 % of at most 0.1 %');
  expect(page.text).toContain('role="meter" aria-label="Hard bounces, last 7 days"');
  expect(words).toContain('45 (4.5 %)');
});

test('every page of it is there in Japanese', async () => {
  for (const [path, said] of [
    ['/senders', '送信者プロファイル'],
    ['/senders/profiles', 'プロファイルを追加'],
    ['/senders/projects', 'プロジェクトを追加'],
  ] as const)
    expect((await pages.get(path, 'ja')).text).toContain(said);
});
