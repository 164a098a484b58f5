import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { CourseBook } from '../../src/queue/course.ts';
import { courseWatch } from '../../src/queue/course-watch.ts';
import { CampaignStage } from '../support/campaign-stage.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');

test('what comes of a campaign is sampled until after its end', async () => {
  const { redis } = server;
  await new CampaignStage(redis, keys, 'unused', 'autumn', ['a@example.com']).accept();
  await redis.hset(keys.campaign('autumn'), { phase: 'running', startedAt: Date.now() - 5_000, accepted: 2 });
  const courses = new CourseBook(redis, keys);
  const last = async () => (await courses.read('autumn')).samples.at(-1);
  const watch = courseWatch({
    campaigns: new Campaigns(redis, keys, systemClock),
    courses,
    clock: systemClock,
    logger: silentLogger,
  });
  await watch.start();
  try {
    await eventually(async () => expect(await last()).toMatchObject({ accepted: 2 }));
    await redis.srem(keys.open(), 'autumn');
    await redis.hset(keys.campaign('autumn'), { phase: 'finished', accepted: 3 });
    await eventually(async () => expect(await last()).toMatchObject({ accepted: 3 }));
  } finally {
    await watch.stop();
  }
});
