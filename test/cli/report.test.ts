import { parse } from 'csv-parse/sync';
import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import type { LogEvent } from '../../src/log/event.ts';
import { useFolder } from '../log/support.ts';
import { CampaignStage } from '../support/campaign-stage.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const newFolder = useFolder();
let stage: CampaignStage;

beforeEach(async () => {
  stage = new CampaignStage(server.redis, keys, newFolder(), 'autumn', ['a@a.jp', 'b@a.jp', 'no address']);
  await stage.accept();
});

const run = (...args: string[]) =>
  sluiceHere(['report', ...args], {
    REDIS_URL: server.url,
    SLUICE_PREFIX: keys.prefix,
    SLUICE_LOG_DIR: stage.dir,
  });
const append = (event: Partial<LogEvent>) =>
  stage.outbox.append({ common: { campaign_id: stage.id, event_time: Date.now() }, events: [event] });

test('it counts rows of the sink and of the outbox, as text, JSON or CSV', async () => {
  await stage.plan();
  await stage.send();
  await stage.ship();
  const diagnostic = '550 "no", said\n\n<b@a.jp>';
  await append({ event_type: 'delivery', seq: 1, recipient: 'a@a.jp' });
  await append({
    event_type: 'bounce',
    seq: 2,
    recipient: 'b@a.jp',
    reason: 'Permanent/General',
    diagnostic,
  });

  const text = await run('autumn');
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/delivered +1 +50 % +of accepted/);
  expect(text.stdout).toMatch(/a\.jp +2 +1 +50 +1 +50 +0 +0 +0 +0/);
  expect(text.stdout).toMatch(/invalid +no_at +1/);
  expect(text.stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);

  const json = await run('autumn', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    campaign: 'autumn',
    funnel: { accepted: 2, delivered: 1, bounced: { hard: 1, soft: 0 } },
  });

  const csv = parse((await run('autumn', '--csv')).stdout, { record_delimiter: '\r\n' });
  expect(csv[0]).toEqual(['section', 'name', 'metric', 'value']);
  expect(csv).toContainEqual(['domain', 'a.jp', 'delivered_rate', '0.5']);
  expect(csv).toContainEqual(['bounce', 'Permanent/General', 'sample', '550 "no", said (address)']);
});

test('a campaign that Redis has forgotten is reported on from the log; one that nobody knows ends with 2', async () => {
  await stage.plan();
  await stage.send();
  await stage.ship();
  await server.redis.flushall();
  const json = await run('autumn', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ state: null, funnel: { accepted: 2 } });
  expect(await run('nobody')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('no campaign has the id "nobody"'),
  });
  expect(await run('autumn', '--json', '--csv')).toMatchObject({ code: 2 });
});
