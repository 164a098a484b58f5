import { beforeEach, expect, test } from 'vitest';
import { enqueueCampaign } from '../../../src/queue/producer.ts';
import { campaignInput } from '../../support/desk-stage.ts';
import { useRedis } from '../../support/redis.ts';
import { type ConsoleStage, consoleStage } from './stage.ts';

/* What a page asks of Redis. Nothing else is at work here, so that every command is the page's. */

const CAMPAIGNS = 400;
/** Campaigns that are enqueued at a time. */
const AT_ONCE = 50;

const server = useRedis();
let stage: ConsoleStage;

beforeEach(async () => {
  stage = await consoleStage(server);
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  for (let from = 0; from < CAMPAIGNS; from += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        enqueueCampaign({ ...campaignInput(`later-${from + index}`), sendAt }, { redis: server.redis }),
      ),
    );
});

async function commands(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await server.redis.info('stats'))?.[1]);
}

/** Two commands for each campaign that is open, and some for the rest; of a list only those of one page are read. */
test.each([
  ['/', 2 * CAMPAIGNS + 400],
  ['/campaigns', 500],
])('%s of many campaigns asks Redis for little', async (path, commandsMax) => {
  const before = await commands();
  const { status } = await stage.get(path);
  expect(status).toBe(200);
  expect((await commands()) - before).toBeLessThan(commandsMax);
});
