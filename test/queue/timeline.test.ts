import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { GuardBook } from '../../src/queue/guard-book.ts';
import { Timeline } from '../../src/queue/timeline.ts';
import { CampaignStage } from '../support/campaign-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const HANA = { by: 'Hana', reason: 'wrong price' };
const ID = 'autumn';

async function accepted(): Promise<CampaignStage> {
  const stage = new CampaignStage(server.redis, keys, 'unused', ID, ['a@example.com']);
  await stage.accept();
  return stage;
}

test('who did what to a campaign is kept in order, with who and why', async () => {
  const { campaigns } = await accepted();
  const timeline = new Timeline(server.redis, keys);
  await campaigns.pause(ID, 'default', HANA);
  await campaigns.unpause(ID, 'default', { by: '山田', reason: null });
  await campaigns.hold(ID, 'default', { code: 'QUOTA_DAY', reason: 'the day is used up', until: 5 });
  await new GuardBook(server.redis, keys, systemClock).setLimits(
    { id: ID, project: 'default' },
    { bounceRate: 0.1 },
    HANA,
  );
  await campaigns.cancel(ID, 'default', HANA);
  const changes = await timeline.list(ID);
  expect(changes.map(({ type, by, reason }) => [type, by, reason])).toEqual([
    ['campaign_accepted', null, null],
    ['campaign_paused', 'Hana', 'wrong price'],
    ['campaign_resumed', '山田', null],
    ['campaign_held', null, 'the day is used up'],
    ['guard_set', 'Hana', 'wrong price'],
    ['campaign_cancelled', 'Hana', 'wrong price'],
    ['campaign_ended', null, null],
  ]);
  expect(changes[3]?.detail).toEqual({ code: 'QUOTA_DAY', until: 5 });
  expect(Math.abs(Date.parse(changes[0]?.at ?? '') - Date.now())).toBeLessThan(60_000);
});

test('what changed nothing is no change', async () => {
  const { campaigns } = await accepted();
  await campaigns.pause(ID, 'default', HANA);
  await campaigns.pause(ID, 'default', HANA);
  const types = (await new Timeline(server.redis, keys).list(ID)).map(({ type }) => type);
  expect(types).toEqual(['campaign_accepted', 'campaign_paused']);
});

test('the outbox has the same rows', async () => {
  const { campaigns } = await accepted();
  await campaigns.pause(ID, 'default', HANA);
  const entries = await server.redis.xrange(keys.outbox(), '-', '+');
  const kept = await server.redis.lrange(keys.changes(ID), 0, -1);
  expect(entries.map(([, fields]) => fields[1])).toEqual(kept);
});

test('the last five hundred are kept', async () => {
  const { campaigns } = await accepted();
  for (let turn = 0; turn < 260; turn += 1) {
    await campaigns.pause(ID, 'default', HANA);
    await campaigns.unpause(ID, 'default', HANA);
  }
  const changes = await new Timeline(server.redis, keys).list(ID);
  expect(changes).toHaveLength(500);
  expect(changes.at(-1)?.type).toBe('campaign_resumed');
  const guard = new GuardBook(server.redis, keys, systemClock);
  await guard.setLimits({ id: ID, project: 'default' }, { bounceRate: 0.1 }, HANA);
  expect(await server.redis.llen(keys.changes(ID))).toBe(500);
});

test('of a campaign that nobody knows there is none', async () => {
  expect(await new Timeline(server.redis, keys).list('nobody')).toEqual([]);
});
