import { describe, expect, test } from 'vitest';
import { campaignInput } from '../../support/desk-stage.ts';
import { useRedis } from '../../support/redis.ts';
import { type ConsoleStage, consoleStage, wordsOf } from './stage.ts';

const redis = useRedis();

const SCRIPT = '<script>alert(1)</script>"\'&';

/** A campaign whose every word is hostile. */
async function hostile(stage: ConsoleStage, id = 'autumn'): Promise<void> {
  await stage.desk.campaigns.submit(
    campaignInput(id, {
      name: SCRIPT,
      content: {
        subject: SCRIPT,
        html: `<h1>Hello</h1><script>alert(2)</script>{{name}}`,
        text: 'Dear {{name}}',
      },
      audience: { kind: 'inline', recipients: [{ email: 'anna@example.com', data: { name: SCRIPT } }] },
    }),
  );
}

const PAGES = [
  '/',
  '/campaigns',
  '/campaigns?state=open',
  '/new-campaign',
  '/campaigns/autumn',
  '/campaigns/autumn/pause',
  '/campaigns/autumn/resume',
  '/campaigns/autumn/cancel',
  '/campaigns/autumn/resolve',
  '/campaigns/autumn/preview',
];

describe('every page', () => {
  test('is there in both languages, says which it is in, and has no script or style of its own', async () => {
    const stage = await consoleStage(redis);
    await hostile(stage);
    await stage.desk.campaigns.pause('autumn', { by: SCRIPT, reason: SCRIPT });
    for (const path of PAGES)
      for (const language of ['en', 'ja']) {
        const { status, text, headers } = await stage.get(path, { 'accept-language': language });
        expect([path, status, headers.get('content-language')]).toEqual([path, 200, language]);
        expect(text).toContain(`<html lang="${language}"`);
        expect(text).not.toMatch(/<script(?! (type="module"|defer) src="\/assets\/)/);
        expect(text).not.toMatch(/\s(style|on\w+)="/);
        expect(text).not.toMatch(/undefined|\[object|NaN/);
        expect(headers.get('content-security-policy')).toContain("script-src 'self'");
      }
  });

  test('is Japanese where it says so, but for names', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    const [english, japanese] = await Promise.all(
      ['en', 'ja'].map((language) => stage.get('/campaigns/autumn', { 'accept-language': language })),
    );
    expect(wordsOf(english?.text ?? '')).toContain('What happened to one recipient?');
    expect(wordsOf(japanese?.text ?? '')).toContain('特定の宛先に何が起きたか');
    expect(wordsOf(japanese?.text ?? '')).not.toContain('What it means');
  });

  test('remembers the language that its reader chose', async () => {
    const stage = await consoleStage(redis);
    const { status, headers } = await stage.get('/campaigns?state=open&lang=ja');
    expect([status, headers.get('location')]).toEqual([303, '/campaigns?state=open']);
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await stage.get('/campaigns', { cookie })).headers.get('content-language')).toBe('ja');
  });

  test('shows times in the zone of its reader, and names it', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn', { sendAt: '2030-01-02T03:04:05Z' }));
    const zone = async (cookie: string) => (await stage.get('/campaigns/autumn', { cookie })).text;
    expect(await zone('')).toContain('2030-01-02 03:04:05 UTC');
    expect(await zone('sluice_zone=Asia/Tokyo')).toContain('2030-01-02 12:04:05 GMT+9');
    expect(await zone('sluice_zone=No/Where')).toContain('2030-01-02 03:04:05 UTC');
  });

  test('that is not there is said to be so, in words', async () => {
    const stage = await consoleStage(redis);
    const { status, text } = await stage.get('/campaigns/nobody');
    expect([status, wordsOf(text).includes('nobody')]).toEqual([404, true]);
  });
});

describe('a campaign', () => {
  test('is paused, resumed and cancelled by its forms, with who and why on its page', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    const paused = await stage.post('/campaigns/autumn/pause', { reason: 'wrong <price>' });
    expect([paused.status, paused.headers.get('location')]).toEqual([303, '/campaigns/autumn?done=paused']);
    const { text } = await stage.get('/campaigns/autumn?done=paused');
    expect(wordsOf(text)).toContain('The campaign is paused.');
    expect(wordsOf(text)).toContain('hanako: wrong &lt;price&gt;');
    await stage.post('/campaigns/autumn/resume');
    expect((await stage.desk.campaigns.receipt('autumn')).state).toBe('queued');
    await stage.post('/campaigns/autumn/cancel', { reason: 'too late' });
    expect((await stage.desk.campaigns.receipt('autumn')).state).toBe('cancelled');
  });

  test('is not changed by a form without its CSRF value, or by looking at the question', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    await stage.get('/campaigns/autumn/pause');
    expect((await stage.post('/campaigns/autumn/pause', { csrf: 'guessed' })).status).toBe(403);
    expect((await stage.desk.campaigns.receipt('autumn')).state).toBe('queued');
  });

  test('that has ended is not paused, and the question says why', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    await stage.desk.campaigns.cancel('autumn', { by: 'Hana', reason: null });
    const { status, text } = await stage.post('/campaigns/autumn/pause', { reason: 'kept as it was' });
    expect(status).toBe(409);
    expect(text).toContain('kept as it was</textarea>');
    expect(text).toContain('role="alert"');
  });

  test('is resolved only with a decision and a reason', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    const without = await stage.post('/campaigns/autumn/resolve', { reason: 'seen' });
    expect([without.status, wordsOf(without.text)]).toEqual([
      422,
      expect.stringContaining('choose what becomes of them'),
    ]);
    const decided = await stage.post('/campaigns/autumn/resolve', { resolution: 'drop', reason: 'seen' });
    const page = await stage.get(decided.headers.get('location') ?? '');
    expect(wordsOf(page.text)).toContain('0 were decided; 0 are in doubt');
  });

  test('shows its mail in a frame that may do nothing', async () => {
    const stage = await consoleStage(redis);
    await hostile(stage);
    const page = await stage.get('/campaigns/autumn/preview');
    expect(page.text).toMatch(/<iframe [^>]*\bsandbox title=/);
    expect(page.text).not.toContain('alert(2)');
    const mail = await stage.get('/campaigns/autumn/mail');
    expect(mail.text).toContain('<script>alert(2)</script>');
    expect(mail.headers.get('content-security-policy')).toMatch(
      /^sandbox; default-src 'none'; img-src data:/,
    );
  });

  test('gives its receipt as JSON and as CSV, in which no cell is a formula', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn', { name: '=HYPERLINK("http://x")' }));
    const json = await stage.get('/campaigns/autumn/receipt.json');
    expect(JSON.parse(json.text)).toEqual({ ...(await stage.desk.campaigns.receipt('autumn')) });
    const csv = await stage.get('/campaigns/autumn/receipt.csv');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="autumn.csv"');
    expect(csv.text).toContain(`"'=HYPERLINK(""http://x"")"`);
  });

  test('tells what happened to one recipient by POST, so that no address gets into a URL', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    const told = await stage.post('/campaigns/autumn/why', { whom: '<b>anna@example.com' });
    expect([told.status, told.text.includes('<b>anna')]).toEqual([200, false]);
    const asked = await stage.get('/campaigns/autumn/why?whom=anna@example.com');
    expect([asked.status, asked.text.includes('anna')]).toEqual([200, false]);
  });
});

describe('a campaign that an operator looks after', () => {
  test('gets limits of its own, with a reason, and its page says which count', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    const path = '/campaigns/autumn/limits';
    const fields = { bounceRate: '2.5', complaintRate: '', reason: 'a new list' };
    const unsigned = await stage.post(path, { ...fields, reason: '' });
    expect([unsigned.status, unsigned.text.includes('value="2.5"')]).toEqual([422, true]);
    const wrong = await stage.post(path, { ...fields, bounceRate: 'few' });
    expect([wrong.status, wordsOf(wrong.text)]).toEqual([
      422,
      expect.stringContaining('bounceRate: must be a number'),
    ]);
    expect((await stage.post(path, fields)).status).toBe(303);
    expect((await stage.get(path)).text).toContain('value="2.5"');
    expect(wordsOf((await stage.get('/campaigns/autumn')).text)).toContain('hard bounces 2.5 %');
    expect((await stage.post(path, { ...fields, bounceRate: '' })).status).toBe(303);
    expect(wordsOf((await stage.get('/campaigns/autumn')).text)).not.toContain('hard bounces 2.5 %');
  });

  test('has its counters held against the log where somebody asks', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    const { status, text } = await stage.get('/campaigns/autumn/audit');
    expect([status, text.includes('data-loaded')]).toEqual([200, true]);
    expect((await stage.get('/campaigns/unheard/audit')).status).toBe(404);
  });
});

test('a page that is not there may load what the other pages load', async () => {
  const stage = await consoleStage(redis);
  const headers = { accept: 'text/html' };
  const [here, nowhere] = await Promise.all(
    ['/', '/no/such/page'].map((path) => fetch(`${stage.base}${path}`, { headers })),
  );
  expect([nowhere?.status, nowhere?.headers.get('content-security-policy')]).toEqual([
    404,
    here?.headers.get('content-security-policy'),
  ]);
});

test('a path that can not be decoded is refused with the headers of every answer', async () => {
  const stage = await consoleStage(redis);
  const answer = await fetch(`${stage.base}/campaigns/%E0%A4%A`);
  expect([answer.status, answer.headers.get('x-content-type-options')]).toEqual([400, 'nosniff']);
});

describe('the list', () => {
  test('goes on page by page, and has every campaign once', async () => {
    const stage = await consoleStage(redis);
    for (let i = 0; i < 60; i += 1) await stage.desk.campaigns.submit(campaignInput(`c-${i}`));
    const first = await stage.get('/campaigns');
    const next = /rel="next" href="([^"]+)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await stage.get(`/campaigns${next}`);
    const ids = [first, second].flatMap(({ text }) =>
      [...text.matchAll(/<a href="\/campaigns\/(c-\d+)">/g)].map(([, id]) => id),
    );
    expect([ids.length, new Set(ids).size]).toEqual([60, 60]);
    expect(second.text).not.toContain('rel="next"');
  });
});

describe('live', () => {
  test('what changed comes by the stream, and holds nothing of who looks at it', async () => {
    const stage = await consoleStage(redis);
    await stage.desk.campaigns.submit(campaignInput('autumn'));
    const stop = new AbortController();
    const answer = await fetch(`${stage.base}/campaigns/autumn/live`, { signal: stop.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const until = async (text: string) => {
      while (!heard.includes(text)) heard += (await reader?.read())?.value ?? '';
    };
    await until('Queued');
    await stage.desk.campaigns.pause('autumn', { by: 'Hana', reason: 'wrong price' });
    await until('wrong price');
    stop.abort();
    expect(heard).not.toContain(await stage.csrf());
    expect(heard).toContain('data-announce');
  });
});
