import { userInfo } from 'node:os';
import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { decodeBlock } from '../../src/log/block.ts';
import type { LogRow } from '../../src/log/event.ts';
import { logRows } from '../../src/log/row.ts';
import { NO_LIMITS, Pace } from '../../src/send/pace.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{sluice}');
let environment: Record<string, string> = {};

beforeEach(() => {
  environment = { REDIS_URL: server.url, LOG_LEVEL: 'error' };
});

const project = (...words: readonly (readonly string[])[]) =>
  sluiceHere(['project', ...words.flat()], environment);
const json = (text: string): unknown => JSON.parse(text);

async function rows(): Promise<LogRow[]> {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries.flatMap(([, fields]) => logRows(decodeBlock(fields[1] ?? Buffer.alloc(0)), 0));
}

test('what is set is listed, and logged with who and why', async () => {
  const made = await project(
    ['set', 'shop', '--per-second', '12.5', '--per-day', '100000', '--per-month', '2000000'],
    ['--bounce-rate', '5%', '--complaint-rate', '0.001', '--organisation', 'Example KK'],
    ['--domain-rules', 'marketing'],
    ['--by', 'Hana', '--reason', 'the sale begins', '--json'],
  );
  expect([made.code, made.stderr]).toEqual([0, '']);
  const shop = {
    name: 'shop',
    perSecond: 12.5,
    perDay: 100_000,
    perMonth: 2_000_000,
    bounceRate: 0.05,
    complaintRate: 0.001,
    organisation: 'Example KK',
    domainRules: 'marketing',
    used: { day: 0, month: 0 },
  };
  expect(json(made.stdout)).toEqual(shop);
  const of = { name: 'shop', perSecond: null, perDay: null, perMonth: null };
  await new Pace(server.redis, keys).take(40, [{ name: 'account', perSecond: 1_000 }], 0, {
    ...NO_LIMITS,
    project: of,
  });
  const listed = await project(['list', '--json']);
  expect(json(listed.stdout)).toEqual([{ ...shop, used: { day: 40, month: 40 } }]);
  expect((await project(['list'])).stdout).toMatch(
    /^shop +12\.5 +100,000 +40 +2,000,000 +40 +5 % +0\.1 % +marketing +Example KK$/m,
  );
  expect(await rows()).toMatchObject([
    {
      event_type: 'project_set',
      project: 'shop',
      detail: { by: 'Hana', reason: 'the sale begins', before: {}, after: { perSecond: 12.5 } },
    },
  ]);
});

test('"none" takes a setting away, and what is not named stays as it is', async () => {
  await project(['set', 'shop', '--per-day', '100', '--bounce-rate', '0.1']);
  const changed = await project(['set', 'shop', '--per-day', 'none', '--json']);
  expect(json(changed.stdout)).toMatchObject({ perDay: null, bounceRate: 0.1 });
  const [, row] = await rows();
  expect(row?.detail).toMatchObject({
    by: userInfo().username,
    before: { perDay: 100, bounceRate: 0.1 },
    after: { bounceRate: 0.1 },
  });
});

test('without settings a project is set up that has none', async () => {
  expect((await project(['list'])).stderr).toContain('No project is set up');
  expect((await project(['set', 'default'])).code).toBe(0);
  expect(json((await project(['list', '--json'])).stdout)).toMatchObject([{ name: 'default', perDay: null }]);
});

test('everything that is wrong is said at once, a line each, and nothing is set', async () => {
  const { code, stdout, stderr } = await project(
    ['set', 'sh op', '--per-second', '0', '--per-day', '1.5', '--per-month', '-4', '--by', ' '],
    ['--bounce-rate', '5', '--complaint-rate', '0%', '--organisation', '', '--reason', ''],
    ['--domain-rules', 'spf'],
  );
  expect([code, stdout]).toEqual([2, '']);
  const share = 'it may be a share above 0 and up to 1, such as 0.05, a percentage, such as 5%, or none';
  const recipients = 'it may be a whole number from 1 to 10000000000, or none';
  expect(stderr.trimEnd().split('\n')).toEqual([
    'sluice: "sh op" is no name of a project: it must be 1 to 64 letters, digits, "_" or "-", and not digits only',
    'sluice: --per-second is "0": it may be a number above 0 and up to 100000, or none',
    `sluice: --per-day is "1.5": ${recipients}`,
    `sluice: --per-month is "-4": ${recipients}`,
    `sluice: --bounce-rate is "5": ${share}`,
    `sluice: --complaint-rate is "0%": ${share}`,
    'sluice: --organisation is "": it may be a name of up to 200 characters, or none',
    'sluice: --domain-rules is "spf": it may be all, marketing, ses, or none',
    'sluice: --by is " ": it may be a name of up to 200 characters',
    'sluice: --reason is "": it may be a text of up to 1000 characters',
  ]);
  expect(await server.redis.exists(keys.projects())).toBe(0);
});
