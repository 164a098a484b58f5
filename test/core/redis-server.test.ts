import { expect, test } from 'vitest';
import { inspectServer } from '../../src/core/redis.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();

test('the embedded Redis is fit: new enough, evicts nothing, keeps an append-only file', async () => {
  const review = await inspectServer(server.redis);
  expect(review.refusals).toEqual([]);
  expect(review.warnings).toEqual([]);
});
