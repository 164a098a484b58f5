import { beforeEach, expect, test } from 'vitest';
import { useRedis } from '../../support/redis.ts';
import { openPages, type Pages, wordsOf } from './pages-stage.ts';

const redis = useRedis();
let pages: Pages;

beforeEach(async () => {
  pages = await openPages(redis);
});

test('a domain is warmed up by a form, shown with its day, changed and let go', async () => {
  expect(wordsOf(await pages.get('/domains'))).toContain('No domain is warmed up.');
  const fields = { domain: 'news.example.com', start: '1,200', factor: '1.5', days: '30' };
  const set = await pages.post('/domains/warm-up', fields);
  expect(set.location).toBe('/domains?done=warmed&name=news.example.com');
  const words = wordsOf(await pages.get(set.location ?? ''));
  expect(words).toContain('news.example.com is warmed up from now on.');
  expect(words).toContain('1 of 30');
  expect(words).toContain('0 of 1,200');
  expect(words).toContain('1,200 on the first day, × 1.5 each day, for 30 days');
  const form = await pages.get('/domains/warm-up?domain=news.example.com');
  expect(form.text).toMatch(/name="start" value="1200"/);
  const question = await pages.get('/domains/warm-up/remove?domain=news.example.com');
  expect(wordsOf(question)).toContain('End the warm-up of news.example.com?');
  const gone = await pages.post('/domains/warm-up/remove', { domain: 'news.example.com', reason: 'warm' });
  expect(gone.location).toBe('/domains?done=cooled&name=news.example.com');
  expect(await pages.stage.desk.senders.warmUps()).toEqual([]);
  expect((await pages.post('/domains/warm-up/remove', { domain: 'news.example.com' })).status).toBe(404);
});

test('what is wrong stands at its field, and what was written stays', async () => {
  const refused = await pages.post('/domains/warm-up', {
    domain: 'news.example.com',
    start: '<b>many',
    factor: '11',
    days: '14',
  });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('value="&lt;b&gt;many"');
  expect(refused.text).toMatch(
    /name="start"[^>]* aria-invalid="true" aria-describedby="start-problem start-hint"/,
  );
  expect(refused.text).toMatch(/id="factor-problem"[^>]*>✕ must be a number from 1 to 10/);
  expect(refused.text).not.toMatch(/name="days"[^>]* aria-invalid/);
  const nowhere = await pages.post('/domains/warm-up', {
    domain: 'nothing',
    start: '1',
    factor: '2',
    days: '14',
  });
  expect(nowhere.text).toMatch(/id="domain-problem"[^>]*>✕ &quot;nothing&quot; is no domain/);
  expect(await pages.stage.desk.senders.warmUps()).toEqual([]);
});
