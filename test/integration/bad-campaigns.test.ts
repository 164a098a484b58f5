import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectRedis } from '../../src/core/redis.ts';
import { startRedisServer } from '../../src/core/redis-server.ts';
import { sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';

/* Whatever is wrong with a campaign: one clear line each that names the place, exit code 2, and nothing is done. */

let folder = '';
let redis: Redis;
let environment: Record<string, string> = {};
let end = async () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-bad-'));
  const server = await startRedisServer(join(folder, 'redis'), ['--appendfsync', 'no']);
  redis = connectRedis(server.url);
  environment = { REDIS_URL: server.url };
  writeFileSync(join(folder, 'people.csv'), 'email\na@example.com\n');
  writeFileSync(join(folder, 'body.html'), '<p>Hello <a href="{{unsubscribeUrl}}">stop</a></p>');
  writeFileSync(join(folder, 'broken.html'), '<p>\n  {{#if name}}Hello\n</p>');
  writeFileSync(join(folder, 'latin.html'), Buffer.from('<p>caf\xe9</p>', 'latin1'));
  writeFileSync(join(folder, 'huge.html'), '');
  truncateSync(join(folder, 'huge.html'), 300 * 1024 * 1024);
  writeFileSync(join(folder, 'huge.json'), '');
  truncateSync(join(folder, 'huge.json'), 300 * 1024 * 1024);
  mkdirSync(join(folder, 'folder.csv'));
  end = async () => {
    redis.disconnect();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

afterAll(() => end());

const good = {
  id: 'bad-input',
  sender: { from: 'News <news@example.com>' },
  content: { subject: 'Hello {{name}}', htmlFile: 'body.html' },
  audience: { kind: 'csv', path: 'people.csv' },
};

const cases: [title: string, campaign: unknown, says: RegExp][] = [
  ['no JSON', '{"id": "x",\n  "name": }', /line 2, column \d+: .*not JSON/],
  ['a list instead of a campaign', [], /the campaign: /],
  ['a missing id', { ...good, id: undefined }, /id: is missing/],
  ['an id of digits only', { ...good, id: '20261127' }, /id: must be 1 to 64/],
  ['an id with a colon', { ...good, id: 'a:b' }, /id: must be 1 to 64/],
  ['a missing sender', { ...good, sender: undefined }, /sender: is missing/],
  ['a sender without an address', { ...good, sender: {} }, /sender\.from: is missing/],
  ['a From that is no address', { ...good, sender: { from: 'News' } }, /sender\.from: .*no mail address/],
  [
    'a line break in From',
    { ...good, sender: { from: 'News\r\nBcc: all@example.com <news@example.com>' } },
    /sender\.from: .*line break/,
  ],
  [
    'a line break in Reply-To',
    { ...good, sender: { ...good.sender, replyTo: ['a@example.com\nBcc: b@example.com'] } },
    /sender\.replyTo\[0\]: .*line break/,
  ],
  [
    'a line break in the subject',
    { ...good, content: { ...good.content, subject: 'Hello\r\nBcc: all@example.com' } },
    /content\.subject, line \d+, column \d+: .*(line break|control)/,
  ],
  ['an empty subject', { ...good, content: { ...good.content, subject: '' } }, /content\.subject: /],
  ['neither html nor text', { ...good, content: { subject: 'x' } }, /content.*neither html nor text/],
  ['html twice', { ...good, content: { ...good.content, html: '<p>' } }, /content: has html and htmlFile/],
  ['a wrong type', { ...good, sendToUnsubscribed: 'yes' }, /sendToUnsubscribed: .*boolean/],
  ['an unknown field', { ...good, atachments: [] }, /atachments: is not a field/],
  [
    'an unknown field further in',
    { ...good, sender: { ...good.sender, frm: 'x' } },
    /sender\.frm: is not a field/,
  ],
  ['a category that does not exist', { ...good, category: 'spam' }, /category: /],
  [
    'an override without the flag',
    { ...good, override: { by: 'me', reason: 'x' } },
    /override: only goes with/,
  ],
  ['the flag without an override', { ...good, sendToUnsubscribed: true }, /override: is missing/],
  [
    'an open block in the template',
    { ...good, content: { ...good.content, htmlFile: 'broken.html' } },
    /content\.html, line \d+, column \d+: /,
  ],
  [
    'a helper that does not exist',
    { ...good, content: { ...good.content, subject: '{{upper name}}' } },
    /content\.subject, line 1, column \d+: .*upper/,
  ],
  [
    'a partial',
    { ...good, content: { subject: 'x', html: '<p>{{> footer}}</p>' } },
    /content\.html, line 1, column \d+: /,
  ],
  [
    'a body that is not there',
    { ...good, content: { ...good.content, htmlFile: 'nobody.html' } },
    /content\.htmlFile: nobody\.html .*no such file/,
  ],
  [
    'a body that is not UTF-8',
    { ...good, content: { ...good.content, htmlFile: 'latin.html' } },
    /content\.htmlFile: latin\.html .*not UTF-8/,
  ],
  [
    'a body of 300 MB',
    { ...good, content: { ...good.content, htmlFile: 'huge.html' } },
    /content\.htmlFile: huge\.html has 314572800 bytes/,
  ],
  [
    'a list that is not there',
    { ...good, audience: { kind: 'csv', path: 'nobody.csv' } },
    /audience\.path: nobody\.csv .*no such file/,
  ],
  [
    'a list that is a folder',
    { ...good, audience: { kind: 'csv', path: 'folder.csv' } },
    /audience\.path: folder\.csv is not a file/,
  ],
  ['an audience of no kind', { ...good, audience: { path: 'people.csv' } }, /audience\.kind: /],
  [
    'an empty inline audience',
    { ...good, audience: { kind: 'inline', recipients: [] } },
    /audience\.recipients: /,
  ],
  ['a limit of zero', { ...good, limits: { perSecond: 0 } }, /limits\.perSecond: /],
  ['a tag that SES would refuse', { ...good, tags: { team: 'クライアント' } }, /tags\.team: /],
  [
    'a profile that is not there',
    { ...good, sender: { profile: 'news' } },
    /sender\.profile: there is no profile "news"; sluice profile list shows them/,
  ],
  [
    'a profile and a From besides',
    { ...good, sender: { profile: 'news', from: 'news@example.com' } },
    /sender: has a profile, so it takes no other field/,
  ],
  [
    'marketing mail without a link',
    { ...good, content: { subject: 'x', html: '<p>Hello</p>' } },
    /content\.html: has no \{\{unsubscribeUrl\}\}.*write for instance <a href/,
  ],
  [
    'marketing mail whose text has no link',
    { ...good, content: { ...good.content, text: 'Hello' } },
    /content\.text: has no \{\{unsubscribeUrl\}\}/,
  ],
  [
    'a BigQuery audience, and no dataset to put its rows into',
    { ...good, audience: { kind: 'bigquery', table: 'a.b.c' } },
    /audience: is in BigQuery, and SLUICE_BIGQUERY_DATASET is not set/,
  ],
  ['a guard limit of nothing', { ...good, limits: { bounceRate: 0 } }, /limits\.bounceRate: /],
  ['a guard limit in percent', { ...good, limits: { complaintRate: 5 } }, /limits\.complaintRate: /],
];

async function nothingWasDone(): Promise<void> {
  const queue = new Queue('campaigns', { connection: redis, prefix: '{sluice}' });
  expect(
    await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized', 'failed', 'completed'),
  ).toBe(0);
  await queue.close();
  expect(await redis.keys('{sluice}:campaign:*')).toEqual([]);
  expect(await redis.xlen('{sluice}:outbox')).toBe(0);
}

test.concurrent.each(cases)(
  '%s is refused with its place, and nothing is enqueued',
  async (title, campaign, says) => {
    const file = join(folder, `${title.replaceAll(/\W/g, '-')}.json`);
    writeFileSync(file, typeof campaign === 'string' ? campaign : JSON.stringify(campaign));
    const { code, stdout, stderr } = await sluiceHere(['send', file], environment);
    expect(stderr).toMatch(says);
    expect(
      stderr
        .split('\n')
        .filter((line) => line !== '')
        .every((line) => line.startsWith('sluice: ')),
    ).toBe(true);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  },
);

test('a campaign file of 300 MB is refused before it is read', async () => {
  const { code, stderr } = await sluiceHere(['send', join(folder, 'huge.json')], environment);
  expect(stderr).toMatch(/huge\.json: is larger than 20 MB/);
  expect(code).toBe(2);
});

test('all problems of a campaign are named at once', async () => {
  const { stderr } = await sluice(
    ['send', '-'],
    environment,
    JSON.stringify({ id: '1', sender: {}, content: {}, audience: { kind: 'csv', path: '' }, x: 1 }),
  );
  expect(stderr.trim().split('\n').length).toBeGreaterThanOrEqual(4);
});

test('a path outside SLUICE_FILES is refused', async () => {
  const { code, stderr } = await sluice(
    ['send', '-'],
    { ...environment, SLUICE_FILES: join(folder, 'lists') },
    JSON.stringify({
      ...good,
      content: { subject: 'x', text: 'x {{unsubscribeUrl}}' },
      audience: { kind: 'csv', path: join(folder, 'people.csv') },
    }),
  );
  expect(stderr).toMatch(/audience\.path: must lie under the folder that SLUICE_FILES names/);
  expect(code).toBe(2);
});

test.each([
  [['send'], /missing required argument/],
  [['send', 'x.json', '--wiat'], /unknown option '--wiat'/],
  [['sned'], /unknown command 'sned'/],
  [['status', 'nobody'], /no campaign has the id "nobody"/],
  [['suppression', 'add', 'not-an-address', '--reason', 'blocked'], /"not-an-address" is not an address/],
  [['suppression', 'add', 'a@example.com'], /--sender ADDRESS for unsubscribed/],
  [['log', 'query', 'SELEC 1'], /SELEC/],
] as const)('sluice %j is a usage mistake: exit code 2', async (args, says) => {
  const { code, stderr } = await sluiceHere([...args], environment);
  expect(stderr).toMatch(says);
  expect(code).toBe(2);
});

test('nothing of all that has left a trace', () => nothingWasDone());
