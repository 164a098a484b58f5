import { beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { NO_LIMITS, Pace } from '../../src/send/pace.ts';
import { campaignInput, type DeskStage, deskStage, HANA } from '../support/desk-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const DAY_MS = 86_400_000;
const BEGAN = Date.UTC(2026, 10, 1, 9);
let now: number;
let stage: DeskStage;

const clock: Clock = { now: () => now, sleep: async () => {} };

beforeEach(() => {
  now = BEGAN;
  stage = deskStage(server, {}, { clock });
});

describe('a warm-up', () => {
  test('begins now, grows by the day, and says what is used of today', async () => {
    const { senders } = stage.desk;
    const set = await senders.setWarmUp('News.Example.com', { start: 200, factor: 1.5, days: 3 }, HANA);
    const begun = {
      domain: 'news.example.com',
      start: 200,
      factor: 1.5,
      days: 3,
      by: 'Hana',
      beganAt: '2026-11-01T09:00:00.000Z',
      endsAt: '2026-11-04T09:00:00.000Z',
      today: { day: 0, allowance: 200, used: 0, endsAt: '2026-11-02T09:00:00.000Z' },
    };
    expect(set).toEqual(begun);
    now += DAY_MS;
    const warmUp = { domain: 'news.example.com', day: 1, allowance: 300 };
    const pace = new Pace(server.redis, stage.client.keys);
    await pace.take(40, [{ name: 'account', perSecond: 1_000 }], 0, { ...NO_LIMITS, warmUp });
    expect(await senders.warmUps()).toEqual([
      { ...begun, today: { day: 1, allowance: 300, used: 40, endsAt: '2026-11-03T09:00:00.000Z' } },
    ]);
    now += 2 * DAY_MS;
    expect(await senders.warmUps()).toEqual([{ ...begun, today: null }]);
  });

  test('that is set again as it is goes on, unless it is to begin anew', async () => {
    const { senders } = stage.desk;
    const form = { start: 50 };
    await senders.setWarmUp('example.com', form, HANA);
    now += 3 * DAY_MS;
    expect(await senders.setWarmUp('example.com', form, HANA)).toMatchObject({ today: { day: 3 } });
    expect(await senders.setWarmUp('example.com', { ...form, days: 20 }, HANA)).toMatchObject({
      today: { day: 0 },
    });
    now += DAY_MS;
    const anew = await senders.setWarmUp('example.com', { ...form, days: 20, again: true }, HANA);
    expect(anew).toMatchObject({ today: { day: 0 }, beganAt: new Date(now).toISOString() });
  });

  test('that is over begins anew when it is set again', async () => {
    await stage.desk.senders.setWarmUp('example.com', { start: 50, days: 2 }, HANA);
    now += 2 * DAY_MS;
    expect(await stage.desk.senders.setWarmUp('example.com', { start: 50, days: 2 }, HANA)).toMatchObject({
      today: { day: 0 },
    });
  });

  test('is ended once', async () => {
    const { senders } = stage.desk;
    await senders.setWarmUp('example.com', { start: 50 }, HANA);
    expect(await senders.removeWarmUp('EXAMPLE.com', HANA)).toEqual({ domain: 'example.com' });
    expect(await senders.warmUps()).toEqual([]);
    await expect(senders.removeWarmUp('example.com', HANA)).rejects.toMatchObject({ kind: 'missing' });
  });

  test.each([['raised'], ['ended']])(
    'that is %s lets the campaigns go on that it held, and no others',
    async (what) => {
      const { desk, client } = stage;
      await desk.senders.setWarmUp('example.com', { start: 1 }, HANA);
      const from = (address: string) => ({ sender: { from: address } });
      await desk.campaigns.submit(campaignInput('ours', from('news@example.com')));
      await desk.campaigns.submit(campaignInput('theirs', from('news@other.example.com')));
      await desk.campaigns.submit(campaignInput('guarded', from('news@example.com')));
      const until = now + DAY_MS;
      for (const id of ['ours', 'theirs'])
        await client.campaigns.hold(id, 'default', { code: 'WARM_UP', reason: 'used up', until });
      await client.campaigns.hold('guarded', 'default', { code: 'GUARD', reason: 'bounces', until: null });
      if (what === 'raised') await desk.senders.setWarmUp('example.com', { start: 1_000 }, HANA);
      else await desk.senders.removeWarmUp('example.com', HANA);
      const states = await desk.campaigns.receipts(['ours', 'theirs', 'guarded']);
      expect(states.map((receipt) => receipt?.state)).toEqual(['queued', 'held', 'held']);
    },
  );

  test.each([
    ['example.com', { start: 0 }, ['start: must be a whole number from 1 to 1000000000']],
    [
      'example.com',
      { start: 1.5, days: 366 },
      [expect.stringMatching(/^start/), expect.stringMatching(/^days/)],
    ],
    ['example.com', { start: '50' }, [expect.stringMatching(/^start/)]],
    ['example.com', { start: 50, factor: 0.5 }, ['factor: must be a number from 1 to 10']],
    ['example.com', { start: 50, colour: 1 }, ['colour: is not known here']],
    ['example.com', null, [expect.stringMatching(/^the schedule: /)]],
    ['nothing', { start: 50 }, ['"nothing" is no domain, such as news.example.com']],
    ['co.jp', { start: 50 }, [expect.stringContaining('is a public suffix')]],
  ])('of %s by %j is refused with what is wrong', async (domain, form, problems) => {
    const setting = stage.desk.senders.setWarmUp(domain, form, HANA);
    await expect(setting).rejects.toMatchObject({ kind: 'wrong', problems });
    expect(await stage.desk.senders.warmUps()).toEqual([]);
  });
});
