import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useRedis } from '../../support/redis.ts';
import { consoleStage, wordsOf } from './stage.ts';

const redis = useRedis();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'));
});
afterAll(() => rm(folder, { recursive: true }));

const FORM = {
  id: 'autumn',
  category: 'transactional',
  from: 'News <news@example.com>',
  subject: 'Hello',
  text: 'Dear reader',
  recipients: 'anna@example.com\r\n\r\nbob@example.com\r\nanna@example.com\r\n',
};

/** What the form of the checked campaign would send. */
function checkedJson(page: string): string {
  const [, text = ''] = /name="json" value="([^"]+)"/.exec(page) ?? [];
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

describe('a new campaign', () => {
  test('is checked first, says how many get it, and what was checked is what is sent', async () => {
    const stage = await consoleStage(redis);
    const fields = {
      ...FORM,
      name: '"><b>',
      sendAt: '2030-07-01T09:00',
      zone: 'Asia/Tokyo',
      bounceRate: '0.1',
    };
    const checked = await stage.post('/new-campaign/check', fields);
    expect([checked.status, checked.text.includes('<b>')]).toEqual([200, false]);
    expect(await stage.desk.campaigns.count()).toBe(0);
    const json = checkedJson(checked.text);
    expect(JSON.parse(json)).toMatchObject({
      name: '"><b>',
      audience: {
        kind: 'inline',
        recipients: [{ email: 'anna@example.com' }, { email: 'bob@example.com' }, {}],
      },
      sendAt: '2030-07-01T09:00:00+09:00',
      limits: { bounceRate: 0.001 },
    });
    const sent = await stage.post('/new-campaign/send', { json });
    expect(sent.headers.get('location')).toBe('/campaigns/autumn?done=submitted');
    expect((await stage.desk.campaigns.receipt('autumn')).state).toBe('scheduled');
    expect((await stage.post('/new-campaign/send', { json })).headers.get('location')).toContain(
      'done=known',
    );
  });

  test('that is wrong is shown again as it was written, with a line for each problem', async () => {
    const stage = await consoleStage(redis);
    const { status, text } = await stage.post('/new-campaign/check', {
      ...FORM,
      recipients: '',
      perSecond: 'many',
      sendAt: '2030-07-01T09:00',
      zone: 'Mars/Base',
    });
    expect(status).toBe(422);
    const words = wordsOf(text);
    for (const problem of ['perSecond: must be a number', 'audience: choose a list', 'Mars/Base'])
      expect(words).toContain(problem);
    expect(text).toContain('value="many"');
    expect(text).not.toContain('action="/new-campaign/send"');
  });

  test('comes as JSON as well, and what is none is said to be none', async () => {
    const stage = await consoleStage(redis);
    const broken = await stage.post('/new-campaign/check', { json: '{"id": ' });
    expect([broken.status, wordsOf(broken.text)]).toEqual([422, expect.stringContaining('is no JSON')]);
  });

  test('takes a list that was uploaded by a plain form', async () => {
    const stage = await consoleStage(redis, { SLUICE_FILES: folder });
    const body = new FormData();
    body.set('csrf', await stage.csrf());
    body.set('file', new File(['email,name\nanna@example.com,Anna\n'], 'people.csv'));
    const url = `${stage.base}/new-campaign/upload`;
    const uploaded = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    expect([uploaded.status, uploaded.headers.get('location')]).toEqual([
      303,
      '/new-campaign?list=people.csv',
    ]);
    const page = await stage.get('/new-campaign?list=people.csv');
    expect(page.text).toContain('<option value="people.csv" selected>');
    const checked = await stage.post('/new-campaign/check', { ...FORM, recipients: '', list: 'people.csv' });
    expect(JSON.parse(checkedJson(checked.text))).toMatchObject({
      audience: { kind: 'csv', path: join(folder, 'uploads', 'people.csv') },
    });
  });

  test('takes no list from a form without its token, and none whose token stands behind the file or in the address', async () => {
    const stage = await consoleStage(redis, { SLUICE_FILES: folder });
    const csrf = await stage.csrf();
    const list = new File(['email\nanna@example.com\n'], 'forged.csv');
    const send = async (fields: readonly (readonly [string, string | File])[], query = '') => {
      const body = new FormData();
      for (const [name, value] of fields) body.append(name, value);
      const url = `${stage.base}/new-campaign/upload${query}`;
      const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      await answer.text();
      return answer.status;
    };
    expect(await send([['file', list]])).toBe(403);
    expect(
      await send([
        ['csrf', 'x'],
        ['file', list],
      ]),
    ).toBe(403);
    expect(
      await send([
        ['file', list],
        ['csrf', csrf],
      ]),
    ).toBe(403);
    expect(await send([['file', list]], `?csrf=${encodeURIComponent(csrf)}`)).toBe(403);
    expect((await stage.get('/new-campaign')).text).not.toContain('forged.csv');
    expect(
      await send([
        ['csrf', csrf],
        ['file', list],
      ]),
    ).toBe(303);
  });

  test('says of a form that can not be read that it can not, and that is no fault of the server', async () => {
    const stage = await consoleStage(redis, { SLUICE_FILES: folder });
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x']) {
      const url = `${stage.base}/new-campaign/upload`;
      const answer = await fetch(url, { method: 'POST', body: 'x', headers: { 'content-type': type } });
      expect([answer.status, wordsOf(await answer.text())]).toEqual([
        422,
        expect.stringContaining('send it again'),
      ]);
    }
  });

  test('names no file outside the folder of lists', async () => {
    const stage = await consoleStage(redis, { SLUICE_FILES: folder });
    await writeFile(join(folder, 'secret.csv'), 'email\nx@example.com\n');
    const { status, text } = await stage.post('/new-campaign/check', { ...FORM, list: '../secret.csv' });
    expect([status, wordsOf(text)]).toEqual([422, expect.stringContaining('there is no list')]);
  });
});
