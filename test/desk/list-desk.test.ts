import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ListDesk } from '../../src/desk/desk.ts';
import { campaignInput, deskStage, HANA } from '../support/desk-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const LIST = 'email,name\nanna@example.com,Anna\n';
let folder = '';
let lists: ListDesk;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lists-'));
  lists = deskStage(server, { SLUICE_FILES: folder }).desk.lists;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text = LIST) => lists.put(name, Readable.from([text]));
const there = () => readdirSync(join(folder, 'uploads')).toSorted();

test('a list that is taken in lies where a campaign can name it', async () => {
  const stored = await put('people.csv');
  expect(stored).toMatchObject({ name: 'people.csv', kind: 'csv', bytes: LIST.length, isNew: true });
  expect(stored.path).toBe(join(folder, 'uploads', 'people.csv'));
  expect(readFileSync(stored.path, 'utf8')).toBe(LIST);
  await put('a.ndjson.gz', 'x');
  expect((await lists.list()).map(({ name, kind, isNew }) => [name, kind, isNew])).toEqual([
    ['a.ndjson.gz', 'ndjson', false],
    ['people.csv', 'csv', false],
  ]);
});

test('the same again changes nothing, and other content is a conflict that writes nothing over', async () => {
  await put('people.csv');
  expect((await put('people.csv')).isNew).toBe(false);
  await expect(put('people.csv', 'other')).rejects.toMatchObject({ kind: 'conflict' });
  expect(readFileSync(join(folder, 'uploads', 'people.csv'), 'utf8')).toBe(LIST);
  expect(there()).toEqual(['people.csv']);
});

test('of two uploads under one name at a time one is kept whole', async () => {
  const ends = await Promise.allSettled([put('people.csv', 'email\na@x.jp\n'), put('people.csv', LIST)]);
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const kept = readFileSync(join(folder, 'uploads', 'people.csv'), 'utf8');
  expect(['email\na@x.jp\n', LIST]).toContain(kept);
});

test.each([
  '../people.csv',
  '/etc/people.csv',
  '.people.csv',
  'a/b.csv',
  'people.txt',
  'people.csv.exe',
  '.csv',
  'a\u0000.csv',
  `${'x'.repeat(300)}.csv`,
  '',
])('a name that leads elsewhere or is no list is refused: %j', async (name) => {
  await expect((async () => put(name))()).rejects.toMatchObject({ kind: 'wrong' });
  await expect((async () => lists.remove(name))()).rejects.toMatchObject({ kind: 'wrong' });
  expect(readdirSync(folder)).toEqual([]);
});

test('what a caller did not finish leaves nothing behind, and neither does nothing at all', async () => {
  const broken = new Readable({ read() {} });
  const putting = lists.put('people.csv', broken);
  broken.push(LIST);
  setTimeout(() => broken.destroy(new Error('hung up')), 20);
  await expect(putting).rejects.toThrow('hung up');
  await expect(put('empty.csv', '')).rejects.toThrow('the list is empty');
  expect(there()).toEqual([]);
});

test('uploads that were given up long ago are cleaned away, and those of now are not', async () => {
  await put('people.csv');
  const [old, young] = ['.a.csv.1.part', '.b.csv.2.part'].map((name) => join(folder, 'uploads', name));
  for (const path of [old, young]) writeFileSync(path ?? '', 'x');
  utimesSync(old ?? '', 1, 1);
  await lists.list();
  expect(there()).toEqual(['.b.csv.2.part', 'people.csv']);
});

test('a list that a campaign reads stays until the campaign has ended', async () => {
  const { desk } = deskStage(server, { SLUICE_FILES: folder });
  const { path } = await put('people.csv');
  await desk.campaigns.submit(campaignInput('autumn', { audience: { kind: 'csv', path } }));
  await expect(desk.lists.remove('people.csv')).rejects.toMatchObject({
    kind: 'conflict',
    problems: [expect.stringContaining('autumn')],
  });
  await desk.campaigns.cancel('autumn', HANA);
  await desk.lists.remove('people.csv');
  await expect(desk.lists.remove('people.csv')).rejects.toMatchObject({ kind: 'missing' });
});

test('a list stays whose campaign is taken in while it is being removed', async () => {
  const { path } = await put('people.csv');
  const { client, desk } = deskStage(server, { SLUICE_FILES: folder });
  // Between the look for campaigns that read it and the removal.
  const campaigns = new Proxy(client.campaigns, {
    get: (target, name) => {
      if (name !== 'open') return Reflect.get(target, name, target);
      return async () => {
        const open = await target.open();
        await desk.campaigns.submit(campaignInput('meanwhile', { audience: { kind: 'csv', path } }));
        return open;
      };
    },
  });
  const stage = deskStage(server, { SLUICE_FILES: folder }, { client: { ...client, campaigns } });
  await expect(stage.desk.lists.remove('people.csv')).rejects.toMatchObject({ kind: 'conflict' });
  expect(readFileSync(path, 'utf8')).toBe(LIST);
  expect(there()).toEqual(['people.csv']);
  await client.redis.flushall();
});

test('without SLUICE_FILES there is no folder, and what to do is said', async () => {
  const { desk } = deskStage(server);
  for (const ask of [() => desk.lists.list(), () => desk.lists.put('a.csv', Readable.from(['x']))])
    await expect((async () => ask())()).rejects.toMatchObject({
      kind: 'conflict',
      problems: [expect.stringContaining('SLUICE_FILES is not set')],
    });
});

test.each([
  ['as it is', (path: string) => path],
  ['in a roundabout way', (path: string) => path.replace('/uploads/', '/./uploads/../uploads/')],
  ['as one of several', (path: string) => ['/nowhere/else.csv', path]],
])('a list that a campaign names %s is not removed before the campaign has ended', async (_how, written) => {
  const { desk, client } = deskStage(server, { SLUICE_FILES: folder });
  const { path } = await put('people.csv');
  const inFolder = [written(path)].flat().map((one) => one.replace('/nowhere', folder));
  const audience = { kind: 'csv' as const, path: inFolder.length === 1 ? (inFolder[0] ?? '') : inFolder };
  await desk.campaigns.submit(campaignInput('reads', { audience, sendAt: '2999-01-01T00:00:00Z' }));
  await expect(lists.remove('people.csv')).rejects.toMatchObject({
    kind: 'conflict',
    problems: [expect.stringContaining('reads')],
  });
  await desk.campaigns.cancel('reads', HANA);
  await lists.remove('people.csv');
  expect(there()).toEqual([]);
  await client.redis.flushall();
});
