import { beforeEach, expect, test } from 'vitest';
import { connectRedis } from '../../src/core/redis.ts';
import { MeterBook } from '../../src/queue/meter-book.ts';
import { metricsRoutes } from '../../src/server/metrics/routes.ts';
import { useRedis } from '../support/redis.ts';
import { scraped } from '../support/scraped.ts';
import { keys, serve, serveAll } from './stage.ts';

const redis = useRedis();
const TOKEN = 'a-token-of-this-test-only';
const bearer = { authorization: `Bearer ${TOKEN}` };

beforeEach(async () => {
  await redis.redis.flushall();
});

test('metrics are for those who bring the token', async () => {
  const { base } = await serveAll(redis.url, { SLUICE_API_TOKEN: TOKEN });
  expect((await fetch(`${base}/metrics`)).status).toBe(401);
  expect((await fetch(`${base}/metrics`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  const answer = await fetch(`${base}/metrics`, { headers: bearer });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8/);
  expect(scraped(await answer.text()).value('sluice_outbox_entries')).toBe(0);
});

test('requests are counted by the pattern of their route, and a path that there is not by none', async () => {
  const { base, server } = await serveAll(redis.url, { SLUICE_API_TOKEN: TOKEN });
  await fetch(`${base}/healthz`);
  await fetch(`${base}/u/taro@example.com`);
  await fetch(`${base}/hanako@example.com`, { headers: bearer });
  // What is counted is written at the end, if not before.
  await server.stop();
  const book = new MeterBook(redis.redis, keys);
  const routes = async () =>
    (await book.counts())
      .filter(({ of }) => of.name === 'sluice_http_requests_total')
      .map(
        ({ of: { labels }, value }) => `${labels['method']} ${labels['route']} ${labels['status']}: ${value}`,
      )
      .toSorted();
  // What servers of other tests have counted may come in as well.
  await expect.poll(routes).toContain('GET /healthz 2xx: 1');
  const counted = await routes();
  expect(counted.join()).not.toContain('@');
  expect(counted.some((line) => line.startsWith('GET none 4xx'))).toBe(true);
});

test('a Redis that does not answer gives 503, and no figures', async () => {
  const away = connectRedis('/nowhere/redis.sock', { commandTimeout: 100 });
  away.on('error', () => {});
  const routes = metricsRoutes({
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: async () => JSON.stringify(await new MeterBook(away, keys).counts()),
  });
  const { base } = await serve(redis.url, { token: TOKEN, routes: [routes] });
  const answer = await fetch(`${base}/metrics`, { headers: bearer });
  away.disconnect();
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain('sluice_');
});
