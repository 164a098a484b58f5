import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { type Profile, ProfileBook } from '../../src/identity/profile.ts';
import { ProjectBook } from '../../src/identity/project.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { logRows } from '../../src/log/row.ts';
import { Settings, settingBlock } from '../../src/queue/settings.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const author = { by: 'hana', reason: 'a new brand' };
const news: Profile = {
  name: 'news',
  from: 'news@example.com',
  replyTo: [],
  unsubscribe: 'sluice',
  oneClick: true,
};
let settings: Settings;
let profiles: ProfileBook;

beforeEach(() => {
  profiles = new ProfileBook(server.redis, keys);
  settings = new Settings(new ProjectBook(server.redis, keys), profiles, new MovableClock());
});

async function logged() {
  const entries = await server.redis.xrangeBuffer(keys.outbox(), '-', '+');
  return entries.flatMap(([, fields]) => logRows(decodeBlock(fields[1] ?? Buffer.alloc(0)), 0));
}

test('each change of a profile is in the log, with what it said before and after, who, and why', async () => {
  await settings.profile(news, author);
  await settings.profile({ ...news, from: 'shop@example.com' }, { by: 'mei', reason: null });
  await settings.removeProfile('news', author);
  const { name: _, ...before } = news;
  const after = { ...before, from: 'shop@example.com' };
  expect((await logged()).map(({ event_type, detail }) => [event_type, detail])).toEqual([
    ['profile_set', { name: 'news', before: null, after: before, ...author }],
    ['profile_set', { name: 'news', before, after, by: 'mei' }],
    ['profile_removed', { name: 'news', before: after, after: null, ...author }],
  ]);
  expect(await profiles.list()).toEqual([]);
});

test('removing a profile that is not there does nothing, and says so', async () => {
  expect(await settings.removeProfile('nobody', author)).toBeNull();
  expect(await logged()).toEqual([]);
  await settings.profile(news, author);
  expect(await settings.removeProfile('news', author)).toEqual(news);
});

test('two settings that change in the same millisecond are two events', () => {
  const [one, two] = ['one', 'two'].flatMap((name) =>
    logRows(decodeBlock(settingBlock('profile_set', 5, author, { name, before: null, after: null })), 0),
  );
  expect(one?.event_id).not.toBe(two?.event_id);
});
