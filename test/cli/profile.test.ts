import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{sluice}');

const profile = (...args: string[]) => sluiceHere(['profile', ...args], { REDIS_URL: server.url });
const json = (text: string): unknown => JSON.parse(text);

async function logged() {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries.flatMap(([, fields]) => decodeBlock(fields[1] ?? Buffer.alloc(0)).events);
}

const news = {
  name: 'news',
  from: 'Example ニュース <news@example.com>',
  replyTo: ['help@example.com', 'Desk <desk@example.com>'],
  unsubscribe: 'sluice',
  oneClick: true,
};

test('a profile is set, listed, replaced as a whole, and removed', async () => {
  const [first = '', second = ''] = news.replyTo;
  const set = ['set', 'news', '--from', news.from, '--reply-to', first, '--reply-to', second];
  const done = await profile(...set, '--json');
  expect([done.code, done.stderr, json(done.stdout)]).toEqual([0, '', news]);
  expect((await profile('set', 'shop', '--from', 'shop@example.com', '--unsubscribe', 'none')).code).toBe(0);
  const shop = { name: 'shop', from: 'shop@example.com', replyTo: [], unsubscribe: 'none', oneClick: false };
  expect(json((await profile('list', '--json')).stdout)).toEqual([news, shop]);
  expect((await profile('list')).stdout).toMatch(
    /news +Example ニュース <news@example\.com> .*by a link of Sluice/,
  );
  await profile('set', 'news', '--from', 'news@example.com');
  const bare = { ...news, from: 'news@example.com', replyTo: [] };
  expect(json((await profile('list', '--json')).stdout)).toEqual([bare, shop]);
  const removed = await profile('remove', 'news', '--json');
  expect([removed.code, json(removed.stdout)]).toEqual([0, bare]);
  expect(json((await profile('list', '--json')).stdout)).toEqual([shop]);
});

test('where there is no profile, a list says how to set one up', async () => {
  const { code, stdout, stderr } = await profile('list');
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toContain('sluice profile set NAME --from ADDRESS');
  expect(json((await profile('list', '--json')).stdout)).toEqual([]);
});

test('who did it is in the log: who says so, or else the user who runs it', async () => {
  await profile('set', 'news', '--from', 'news@example.com');
  await profile('remove', 'news', '--by', 'Hana', '--reason', 'the brand is gone');
  expect((await logged()).map(({ event_type, detail }) => [event_type, detail])).toMatchObject([
    ['profile_set', { name: 'news', before: null, by: userInfo().username }],
    ['profile_removed', { name: 'news', after: null, by: 'Hana', reason: 'the brand is gone' }],
  ]);
  expect((await logged())[0]?.detail).not.toHaveProperty('reason');
});

test('an own URL that does not take one click is set with a word about who wants it', async () => {
  const url = 'https://example.com/stop?m={{email}}&id={{customer_id}}';
  const set = ['set', 'shop', '--from', 'shop@example.com', '--unsubscribe', url];
  expect((await profile(...set)).stderr).toBe('');
  const { stdout, stderr } = await profile(...set, '--no-one-click', '--json');
  expect(json(stdout)).toMatchObject({ unsubscribe: url, oneClick: false });
  expect(stderr).toMatch(/Gmail and Yahoo/);
});

describe('a profile that is wrong is refused with every reason, and nothing is done', () => {
  test.each([
    [
      ['ne ws', '--from', 'x'],
      [/name: "ne ws" must be/, /--from: it is no mail address/],
    ],
    [['news', '--from', 'a@example.com\r\nBcc: b@example.com'], [/--from: .*line break/]],
    [['news', '--from', 'a@example.com', '--reply-to', 'nobody'], [/--reply-to "nobody": it is no mail/]],
    [['news', '--from', 'a@example.com', '--unsubscribe', 'http://example.com/'], [/--unsubscribe: .*https/]],
    [['news', '--from', 'a@example.com', '--unsubscribe', 'slucie'], [/--unsubscribe: .*https/]],
    [['news', '--from', 'a@example.com', '--no-one-click'], [/--unsubscribe: .*only an own URL/]],
    [
      ['news', '--from', 'a@example.com', '--unsubscribe', 'https://example.com/{{#if a}}b{{/if}}'],
      [/--unsubscribe: column 21: only variables/],
    ],
    [['news'], [/required option '--from <address>' not specified/]],
  ])('%j', async (args, reasons) => {
    const { code, stdout, stderr } = await profile('set', ...args);
    expect([code, stdout]).toEqual([2, '']);
    for (const reason of reasons) expect(stderr).toMatch(reason);
    expect(await server.redis.keys('*')).toEqual([]);
  });

  test('removing one that is not there', async () => {
    const { code, stderr } = await profile('remove', 'nobody');
    expect([code, stderr]).toEqual([
      2,
      'sluice: there is no profile "nobody"; sluice profile list shows them\n',
    ]);
    expect(await logged()).toEqual([]);
  });
});
