import { stripVTControlCharacters } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { connectRedis } from '../../src/core/redis.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();

beforeEach(async () => {
  const redis = connectRedis(server.url);
  await enqueueCampaign(
    {
      id: 'autumn',
      name: '秋の\u001b[2Jお知らせ',
      sender: { from: 'news@example.co.jp' },
      content: { subject: 'News', text: 'News {{unsubscribeUrl}}' },
      audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
    },
    { redis },
  );
  await redis.quit();
});

const status = async (environment: Record<string, string>) => {
  const of = async (...args: string[]) =>
    (await sluiceHere(['status', ...args], { REDIS_URL: server.url, ...environment })).stdout;
  return (await of()) + (await of('autumn'));
};

test('a pipe gets no colours, and neither does anybody with NO_COLOR', async () => {
  const plain = await status({});
  expect(plain).toContain('queued');
  expect(plain).not.toContain('\u001b');
  expect(await status({ NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(plain);
});

test('FORCE_COLOR colours the state, and changes nothing but that', async () => {
  const coloured = await status({ FORCE_COLOR: '1' });
  expect(coloured).toContain('\u001b[2mqueued\u001b[22m');
  expect(stripVTControlCharacters(coloured)).toBe(await status({}));
});

test('a name from outside cannot steer the terminal', async () => {
  expect(await status({})).toContain('秋の␛[2Jお知らせ');
});
