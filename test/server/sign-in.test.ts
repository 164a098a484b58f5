import { describe, expect, test } from 'vitest';
import type { PrivateRoutes } from '../../src/server/private-routes.ts';
import { SESSION_MS } from '../../src/server/session-seal.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';
import { type Answer, ask } from './ask.ts';
import { halt, type StageOptions, serve } from './stage.ts';

const redisServer = useRedis();

const TOKEN = 'a-token-of-many-characters';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PAGE = { accept: 'text/html' };

/** What a page of the console is: it shows who asks, takes forms, and has a stream. */
const ROUTES: readonly PrivateRoutes[] = [
  {
    name: 'test',
    register: async (app, tools) => {
      app.get('/', (request, reply) => reply.send(tools.sessionOf(request)));
      app.post('/act', (request, reply) => reply.send({ by: tools.sessionOf(request).by }));
      app.get('/live', (request, reply) =>
        tools.events(
          request,
          reply,
          tools.hub.watch('live', async () => 'x', { intervalMs: 10 }),
        ),
      );
    },
  },
];

function post(
  base: string,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const body = new URLSearchParams(fields).toString();
  return ask(base, { method: 'POST', path, headers: { ...FORM, ...headers }, body });
}

const cookieOf = ({ headers }: Answer) => (headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
const sessionOf = async (base: string, cookie: string) => {
  const { text } = await ask(base, { path: '/', headers: { cookie } });
  const session: unknown = JSON.parse(text);
  if (typeof session !== 'object' || session === null || !('csrf' in session)) throw new Error(text);
  return { ...session, csrf: String(session.csrf) };
};

describe('with a token', () => {
  test('a browser is led to the sign-in, and back to the page that it wanted', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    const away = await ask(base, { path: '/?tab=1&x=a%2Fb', headers: PAGE });
    expect(away.headers.location).toBe('/sign-in?next=%2F%3Ftab%3D1%26x%3Da%252Fb');
    const page = await ask(base, { path: away.headers.location ?? '', headers: PAGE });
    expect(page.text).toContain('name="next" value="/?tab=1&amp;x=a%2Fb"');
    const back = await post(base, '/sign-in', {
      token: TOKEN,
      by: ' 花子  Hanako ',
      next: '/?tab=1&x=a%2Fb',
    });
    expect([back.status, back.headers.location]).toEqual([303, '/?tab=1&x=a%2Fb']);
    const set = back.headers['set-cookie']?.[0] ?? '';
    expect(set).toMatch(/; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(await sessionOf(base, cookieOf(back))).toMatchObject({ by: '花子 Hanako', isConsole: true });
  });

  test('a link on another site, which brings no cookie, is asked for again by a page of ours', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    // A cookie of a balancer does come along.
    const cookie = 'AWSALB=balanced';
    const page = await ask(base, { path: '/', headers: { ...PAGE, cookie, 'sec-fetch-site': 'cross-site' } });
    expect([page.status, page.headers.location]).toEqual([200, undefined]);
    expect(page.text).toContain('<meta http-equiv="refresh" content="0">');
    const again = await ask(base, { path: '/', headers: { ...PAGE, 'sec-fetch-site': 'same-origin' } });
    expect(again.status).toBe(303);
  });

  test('it leads to no other site, and says what is wrong in the language of the reader', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    const away = await post(base, '/sign-in', { token: TOKEN, by: 'x', next: '//evil.example' });
    expect(away.headers.location).toBe('/');
    const wrong = await post(base, '/sign-in', { token: 'wrong', by: '<b>', next: '/"><script>' });
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect(wrong.text).not.toMatch(/<b>|<script>/);
    const nameless = await post(
      base,
      '/sign-in',
      { token: TOKEN, by: ' \u200b ' },
      { 'accept-language': 'ja' },
    );
    expect(nameless.status).toBe(422);
    expect(nameless.text).toContain('お名前を 64 文字以内で入力してください。');
  });

  test('a page of another site can sign nobody in', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    const fields = { token: TOKEN, by: 'x' };
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
      const answer = await post(base, '/sign-in', fields, headers);
      expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
    }
  });

  test('the cookie is for https only where the request came by it, or the public URL is', async () => {
    const publicUrl = 'https://mail.example.co.jp';
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES, publicUrl });
    const fields = { token: TOKEN, by: 'x' };
    const isSecure = async (headers: Record<string, string>) =>
      / Secure/.test((await post(base, '/sign-in', fields, headers)).headers['set-cookie']?.[0] ?? '');
    expect(await isSecure({})).toBe(false);
    expect(await isSecure({ 'x-forwarded-proto': 'https' })).toBe(true);
    expect(await isSecure({ host: 'mail.example.co.jp' })).toBe(true);
    const { headers } = await ask(base, {
      path: '/',
      headers: { authorization: `Bearer ${TOKEN}`, 'x-forwarded-proto': 'https' },
    });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
  });

  test('a form needs the CSRF token of its session: as a field or as a header, and no other one', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    const cookies = [];
    for (const by of ['one', 'two'])
      cookies.push(cookieOf(await post(base, '/sign-in', { token: TOKEN, by })));
    const [mine = '', others = ''] = cookies;
    const own = (await sessionOf(base, mine)).csrf;
    const other = (await sessionOf(base, others)).csrf;
    const act = async (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      (await post(base, '/act', fields, { cookie: mine, ...headers })).status;
    expect(await act({ csrf: own })).toBe(200);
    expect(await act({}, { 'x-csrf-token': own })).toBe(200);
    expect(await act({})).toBe(403);
    expect(await act({ csrf: '' })).toBe(403);
    expect(await act({ csrf: other })).toBe(403);
    expect(await act({ csrf: own }, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    // Who brings the token itself was sent by nobody.
    expect(await act({}, { cookie: '', authorization: `Bearer ${TOKEN}` })).toBe(200);
  });

  test('JSON by the session of a browser passes from our own pages, and from no other', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    const cookie = cookieOf(await post(base, '/sign-in', { token: TOKEN, by: 'x' }));
    const act = async (headers: Record<string, string>) => {
      const json = { 'content-type': 'application/json', cookie, ...headers };
      return (await ask(base, { method: 'POST', path: '/act', headers: json, body: '{}' })).status;
    };
    expect(await act({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await act({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await act({ origin: base })).toBe(200);
    expect(await act({ origin: 'https://evil.example' })).toBe(403);
  });

  test('a session ends with its time, and so does its stream', async () => {
    let now = Date.UTC(2026, 10, 29);
    const clock = { now: () => now, sleep: async () => {} };
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES, clock });
    const cookie = cookieOf(await post(base, '/sign-in', { token: TOKEN, by: 'x' }));
    now += SESSION_MS - 100;
    const stream = await fetch(`${base}/live`, { headers: { cookie } });
    expect(await stream.text()).toContain('data: "x"');
    now += 100;
    expect((await ask(base, { path: '/', headers: { cookie } })).status).toBe(401);
  });

  test('signing out takes the cookie away, and is a form like any other', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    const cookie = cookieOf(await post(base, '/sign-in', { token: TOKEN, by: 'x' }));
    expect((await post(base, '/sign-out', {}, { cookie })).status).toBe(403);
    const { csrf } = await sessionOf(base, cookie);
    const stream = await fetch(`${base}/live`, { headers: { cookie } });
    const out = await post(base, '/sign-out', { csrf }, { cookie });
    // What another page of the session reads ends with it, long before its heartbeat.
    expect(await stream.text()).toContain('retry:');
    expect([out.status, out.headers.location]).toEqual([303, '/sign-in']);
    expect(out.headers['set-cookie']?.[0]).toMatch(/^sluice_session=; Path=\/; Max-Age=0/);
  });
});

describe('a session that is ended', () => {
  /** Two servers with one token and one Redis, and somebody who has signed in at the first. */
  async function twoServers(more: Pick<StageOptions, 'patienceMs'> = {}) {
    const options = { token: TOKEN, routes: ROUTES, limits: { endedMs: 20 }, ...more };
    const [here, there] = [await serve(redisServer.url, options), await serve(redisServer.url, options)];
    const cookie = cookieOf(await post(here.base, '/sign-in', { token: TOKEN, by: 'x' }));
    const { csrf } = await sessionOf(there.base, cookie);
    return { here, there, cookie, csrf };
  }
  const statusOf = async (base: string, cookie: string) =>
    (await ask(base, { path: '/', headers: { cookie } })).status;

  test('is over on every server, for whoever has a copy of its cookie, and so are the streams that it reads there', async () => {
    const { here, there, cookie, csrf } = await twoServers();
    const other = cookieOf(await post(here.base, '/sign-in', { token: TOKEN, by: 'y' }));
    const stream = await fetch(`${there.base}/live`, { headers: { cookie } });
    expect(stream.status).toBe(200);
    await post(here.base, '/sign-out', { csrf }, { cookie });
    expect([await statusOf(here.base, cookie), await statusOf(there.base, cookie)]).toEqual([401, 401]);
    expect((await post(there.base, '/act', { csrf }, { cookie })).status).toBe(401);
    expect(await stream.text()).toContain('retry:');
    expect(await statusOf(there.base, other)).toBe(200);
  });

  test('is remembered for as long as it would have lasted, and no longer', async () => {
    const { here, cookie, csrf } = await twoServers();
    await post(here.base, '/sign-out', { csrf }, { cookie });
    const [key = ''] = await redisServer.redis.keys('{test}:ended-session:*');
    const leftMs = await redisServer.redis.pttl(key);
    expect(leftMs).toBeGreaterThan(SESSION_MS - 600_000);
    expect(leftMs).toBeLessThanOrEqual(SESSION_MS);
  });

  test('by signing in anew is over as well', async () => {
    const { here, there, cookie } = await twoServers();
    const anew = await post(here.base, '/sign-in', { token: TOKEN, by: 'z' }, { cookie });
    expect(await statusOf(there.base, cookie)).toBe(401);
    expect(await statusOf(there.base, cookieOf(anew))).toBe(200);
  });

  test('while Redis does not answer is over here at once, and elsewhere when Redis is back; until then sessions may look and do nothing', async () => {
    const { here, there, cookie, csrf } = await twoServers({ patienceMs: 1_000 });
    const goOn = await halt(redisServer.redis);
    expect(await statusOf(there.base, cookie)).toBe(200);
    const act = await post(there.base, '/act', { csrf }, { cookie });
    expect([act.status, act.headers['retry-after']]).toEqual([503, '5']);
    expect((await post(there.base, '/act', { csrf }, { cookie, ...PAGE })).text).toContain(
      'Nothing was done',
    );
    const bearer = { authorization: `Bearer ${TOKEN}` };
    expect((await post(there.base, '/act', {}, bearer)).status).toBe(200);
    expect((await post(here.base, '/sign-out', { csrf }, { cookie })).status).toBe(303);
    expect(await statusOf(here.base, cookie)).toBe(401);
    expect(await statusOf(there.base, cookie)).toBe(200);
    goOn();
    await eventually(async () => expect(await statusOf(there.base, cookie)).toBe(401));
    expect(
      here.lines.some(({ message }) => message.startsWith('a session was ended in this process only')),
    ).toBe(true);
  });
});

describe('by https', () => {
  const HTTPS = { 'x-forwarded-proto': 'https' };

  test('the cookie is one that no other host of the domain, and nobody on the way, can put there', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES });
    const back = await post(base, '/sign-in', { token: TOKEN, by: 'x' }, HTTPS);
    expect(back.headers['set-cookie']?.[0]).toMatch(
      /^__Host-sluice_session=s1\.[\w-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
    );
    const cookie = cookieOf(back);
    expect((await ask(base, { path: '/', headers: { ...HTTPS, cookie } })).status).toBe(200);
    const planted = cookie.replace('__Host-', '');
    expect((await ask(base, { path: '/', headers: { ...HTTPS, cookie: planted } })).status).toBe(401);
  });
});

describe('without a token', () => {
  test('who is on this machine acts as its user, or under the name that they say', async () => {
    const { base } = await serve(redisServer.url, { routes: ROUTES });
    const { csrf, ...session } = await sessionOf(base, '');
    expect(session).toEqual({ by: 'hanako', isConsole: true });
    expect((await post(base, '/act', { csrf })).text).toBe('{"by":"hanako"}');
    expect((await post(base, '/act', {})).status).toBe(403);
    const named = await post(base, '/sign-in', { by: 'Taro', csrf });
    expect(await sessionOf(base, cookieOf(named))).toMatchObject({ by: 'Taro' });
    expect((await post(base, '/sign-in', { by: 'Jiro' })).status).toBe(403);
  });

  test('who comes from somewhere else is told what to do', async () => {
    const { base } = await serve(redisServer.url, { routes: ROUTES });
    const answer = await ask(base, { path: '/', headers: { host: 'sluice.internal' } });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      403,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.text).toContain('set SLUICE_API_TOKEN on the server');
    const page = await ask(base, { path: '/', headers: { ...PAGE, host: 'sluice.internal' } });
    expect([page.status, page.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect((await ask(base, { path: '/sign-in', headers: { host: 'sluice.internal' } })).status).toBe(403);
  });
});

describe('event streams', () => {
  test('are as many as there is room for', async () => {
    const limits = { streams: 3, streamsPerCaller: 2 };
    const { base } = await serve(redisServer.url, { token: TOKEN, routes: ROUTES, limits });
    const abort = new AbortController();
    const open = async (address: string) => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': address };
      return (await fetch(`${base}/live`, { headers, signal: abort.signal })).status;
    };
    expect([await open('192.0.2.1'), await open('192.0.2.1'), await open('192.0.2.1')]).toEqual([
      200, 200, 503,
    ]);
    expect([await open('192.0.2.2'), await open('192.0.2.3')]).toEqual([200, 503]);
    abort.abort();
    await eventually(async () => {
      const again = new AbortController();
      const headers = { authorization: `Bearer ${TOKEN}` };
      expect((await fetch(`${base}/live`, { headers, signal: again.signal })).status).toBe(200);
      again.abort();
    });
  });

  test('do not keep the server from stopping, and HEAD opens none', async () => {
    const { base, server } = await serve(redisServer.url, { routes: ROUTES, limits: { stopMs: 60_000 } });
    expect((await ask(base, { method: 'HEAD', path: '/live' })).status).toBe(200);
    const stream = await fetch(`${base}/live`);
    const text = stream.text();
    await server.stop();
    expect(await text).toContain('retry: 3000');
  });
});

describe('a port of its own for the public', () => {
  test('answers what is public, and the other one the rest', async () => {
    const publicPort = { host: '127.0.0.1', port: 0 };
    const { base, server } = await serve(redisServer.url, { routes: ROUTES, publicPort });
    const open = `http://127.0.0.1:${server.publicPort}`;
    const statuses = async (at: string) => {
      const all = ['/u/forged', '/', '/v1/docs', '/sign-in', '/healthz', '/readyz'];
      const answers = await Promise.all(all.map((path) => ask(at, { path })));
      const pages = answers.map(({ status, headers }) =>
        status === 404 && headers['content-type']?.startsWith('text/html') ? 'link' : status,
      );
      return Object.fromEntries(all.map((path, at2) => [path, pages[at2]]));
    };
    const health = { '/healthz': 200, '/readyz': 200 };
    expect(await statuses(open)).toEqual({
      '/u/forged': 'link',
      '/': 404,
      '/v1/docs': 404,
      '/sign-in': 404,
      ...health,
    });
    expect(await statuses(base)).toEqual({
      '/u/forged': 404,
      '/': 200,
      '/v1/docs': 200,
      '/sign-in': 200,
      ...health,
    });
  });
});

describe('readiness', () => {
  test('says what else is in the way, and asks once for all who ask within a second', async () => {
    let asked = 0;
    const obstacle = async () => {
      asked += 1;
      return 'SES does not answer';
    };
    const { base } = await serve(redisServer.url, { obstacle, limits: { readyMs: 60_000 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(base, { path: '/readyz' })));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['503 {"status":"not ready","reason":"SES does not answer"}']),
    );
    expect(asked).toBe(1);
  });

  test('tells nothing of an obstacle that can not be asked for', async () => {
    const obstacle = () => Promise.reject(new Error('ECONNREFUSED 10.0.0.5'));
    const { base } = await serve(redisServer.url, { obstacle });
    const { status, text } = await ask(base, { path: '/readyz' });
    expect([status, text]).toEqual([
      503,
      '{"status":"not ready","reason":"what it needs could not be asked"}',
    ]);
  });
});
