import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { PrivateRoutes } from '../../src/server/private-routes.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';
import { type Answer, ask, type Question } from './ask.ts';
import { type ServerStage, serve, serveAll, tokenFor } from './stage.ts';

const redisServer = useRedis();

const TOKEN = 'a-token-of-many-characters';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PAGE = { accept: 'text/html' };

/** All that answers without a token, as docs/server.md says. */
const PUBLIC = new Set(['/u/:token', '/hooks/ses', '/healthz', '/readyz', '/sign-in']);

/** Every private route of the whole server, with parameters filled in: new ones are among them without being named here. */
function privateRoutes({ server }: ServerStage): Question[] {
  const all = server.routes.filter(({ url }) => !PUBLIC.has(url));
  // Fewer can't be all of them.
  expect(all.length).toBeGreaterThan(60);
  return all.map(({ method, url }) => ({ method, path: url.replaceAll(/:\w+|\*/g, 'x') }));
}

const unsafe = (questions: readonly Question[]) =>
  questions.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

let callers = 0;
/** Failures of one address are counted, so each question comes from another. */
const elsewhere = () => {
  callers += 1;
  return { 'x-forwarded-for': `203.0.${Math.floor(callers / 250)}.${(callers % 250) + 1}` };
};

/** Routes whose answer is not as it should be, so that a failure names them. */
async function failing(
  { base }: ServerStage,
  questions: readonly Question[],
  headers: () => Readonly<Record<string, string>>,
  isRight: (answer: Answer) => boolean,
): Promise<string[]> {
  const all = questions.map(async (question) => {
    const answer = await ask(base, { ...question, headers: { ...question.headers, ...headers() } });
    return isRight(answer) ? [] : [`${question.method} ${question.path}: ${answer.status}`];
  });
  return (await Promise.all(all)).flat();
}

/** The cookie of somebody who signed in. */
async function signIn(base: string, token = TOKEN): Promise<string> {
  const body = new URLSearchParams({ token, by: 'Hanako', next: '/' }).toString();
  const answer = await ask(base, { method: 'POST', path: '/sign-in', headers: FORM, body });
  expect(answer.status).toBe(303);
  return (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

const policyOf = (headers: Answer['headers']) => String(headers['content-security-policy']);

describe('every private route', () => {
  test('without a token says so, and answers nothing', async () => {
    const stage = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
    const unauthorized = ({ status, headers }: Answer) =>
      status === 401 && headers['www-authenticate'] === 'Bearer realm="sluice"';
    expect(await failing(stage, privateRoutes(stage), elsewhere, unauthorized)).toEqual([]);
    const isSent = ({ status, headers }: Answer) =>
      status === 303 && (headers.location ?? '').startsWith('/sign-in?next=');
    expect(await failing(stage, privateRoutes(stage), () => PAGE, isSent)).toEqual([]);
  });

  test('takes no wrong token, and no made-up session', async () => {
    const stage = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
    const refused = ({ status }: Answer) => status === 401;
    const wrong = () => ({ authorization: `Bearer ${TOKEN}x`, ...elsewhere() });
    expect(await failing(stage, privateRoutes(stage), wrong, refused)).toEqual([]);
    const made = () => ({ cookie: `sluice_session=s1.${'A'.repeat(120)}` });
    expect(await failing(stage, privateRoutes(stage), made, refused)).toEqual([]);
  });

  test('lets the right token in, and fails by no fault of its own', async () => {
    const stage = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
    const isIn = ({ status }: Answer) => ![401, 403, 429, 500].includes(status);
    expect(await failing(stage, privateRoutes(stage), () => BEARER, isIn)).toEqual([]);
  });

  test('without SLUICE_API_TOKEN answers no other Host, and nobody behind a proxy', async () => {
    const stage = await serveAll(redisServer.url);
    const refused = ({ status, text }: Answer) =>
      status === 403 && (text === '' || text.includes('set SLUICE_API_TOKEN'));
    for (const headers of [{ host: 'evil.example:3000' }, { 'x-forwarded-for': '127.0.0.1' }])
      expect(await failing(stage, privateRoutes(stage), () => headers, refused)).toEqual([]);
  });

  test('that changes something refuses what a page of another site sends, on this machine and in a session', async () => {
    const local = await serveAll(redisServer.url);
    const remote = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
    const cookie = await signIn(remote.base);
    const attacks: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      // An old browser says nothing at all.
      FORM,
      { 'content-type': 'text/plain' },
    ];
    const refused = ({ status }: Answer) => status === 403;
    for (const attack of attacks) {
      expect(await failing(local, unsafe(privateRoutes(local)), () => attack, refused)).toEqual([]);
      const signedIn = () => ({ ...attack, cookie });
      expect(await failing(remote, unsafe(privateRoutes(remote)), signedIn, refused)).toEqual([]);
    }
  });

  test('sends pages and data that no other site can show, read or guess the type of', async () => {
    const stage = await serveAll(redisServer.url);
    const isClosed = ({ headers }: Answer) =>
      headers['x-content-type-options'] === 'nosniff' &&
      headers['cross-origin-resource-policy'] === 'same-origin' &&
      headers['access-control-allow-origin'] === undefined &&
      /default-src 'none'/.test(policyOf(headers)) &&
      /frame-ancestors '(none|self)'/.test(policyOf(headers)) &&
      !/unsafe-eval|script-src[^;]*unsafe-inline/.test(policyOf(headers));
    expect(await failing(stage, privateRoutes(stage), () => ({}), isClosed)).toEqual([]);
  });
});

test('what is public answers without a token, and nothing else has a route', async () => {
  const { base, server } = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
  expect(new Set(server.routes.map(({ url }) => url).filter((url) => PUBLIC.has(url)))).toEqual(PUBLIC);
  expect((await ask(base, { path: '/healthz' })).status).toBe(200);
  expect((await ask(base, { path: `/u/${tokenFor()}` })).status).toBe(404);
  expect((await ask(base, { path: '/sign-in' })).status).toBe(200);
  for (const path of ['/.env', '/v1', '/v2/campaigns', '/static/x', '/nowhere'])
    expect((await ask(base, { path })).status, path).toBe(404);
});

describe('paths that lead out of what they name', () => {
  const PATHS = [
    '/../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/....//....//etc/passwd',
    '/..\\..\\etc\\passwd',
    '/%00',
  ];

  test('find nothing below any folder of files', async () => {
    const stage = await serveAll(redisServer.url);
    const folders = stage.server.routes.filter(({ method, url }) => method === 'GET' && url.endsWith('/*'));
    expect(folders.length).toBeGreaterThan(0);
    for (const { url } of folders)
      for (const path of PATHS) {
        const answer = await ask(stage.base, { path: url.replace('/*', path) });
        expect([400, 403, 404], `${url} ${path}`).toContain(answer.status);
        expect(answer.text).not.toContain('root:');
      }
  });

  test('name no uploaded audience', async () => {
    const { base } = await serveAll(redisServer.url);
    for (const name of ['..%2fx.csv', '%2fetc%2fx.csv', '..', '%2e%2e%2f%2e%2e%2fx.csv', 'x.csv%00.gz']) {
      const answer = await ask(base, {
        method: 'PUT',
        path: `/v1/audiences/${name}`,
        headers: { 'content-type': 'text/csv' },
        body: 'email\na@example.com\n',
      });
      expect([400, 404, 422], name).toContain(answer.status);
    }
  });
});

describe('guesses', () => {
  const limits = { failuresPerMinute: 3, guessesPerMinute: 5 };
  const from = (base: string, address: string, token: string) =>
    ask(base, {
      path: '/v1/openapi.json',
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address },
    });

  test('are put off after some, while the right token and a session still get in, and in the end nothing from there does', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, limits });
    const cookie = await signIn(base);
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await from(base, '203.0.113.7', 'wrong')).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await from(base, '203.0.113.7', TOKEN)).status).toBe(200);
    const last = await from(base, '203.0.113.7', 'wrong');
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    expect((await from(base, '203.0.113.7', TOKEN)).status).toBe(429);
    expect((await from(base, '203.0.113.8', TOKEN)).status).toBe(200);
    const headers = { cookie, 'x-forwarded-for': '203.0.113.7' };
    expect((await ask(base, { path: '/v1/openapi.json', headers })).status).toBe(200);
  });

  test('count by the address that a trusted proxy names, and by its own where anybody else names one', async () => {
    const of = async (trustedProxies: string[]) => {
      const stage = await serve(redisServer.url, { token: TOKEN, limits, trustedProxies });
      const statuses = [];
      for (let i = 1; i <= 4; i += 1)
        statuses.push((await from(stage.base, `203.0.113.${i}`, 'wrong')).status);
      const warnings = stage.lines.filter(({ message }) => message.includes('SLUICE_TRUSTED_PROXIES'));
      return { statuses, warnings: warnings.length };
    };
    expect(await of(['127.0.0.0/8'])).toEqual({ statuses: [401, 401, 401, 401], warnings: 0 });
    expect(await of(['10.0.0.0/8'])).toEqual({ statuses: [401, 401, 401, 429], warnings: 1 });
    expect(await of([])).toEqual({ statuses: [401, 401, 401, 429], warnings: 1 });
  });

  test('of somebody on the machine of a trusted proxy are no reason to name that proxy', async () => {
    const { base, lines } = await serve(redisServer.url, { token: TOKEN, limits });
    expect((await from(base, '127.0.0.1', 'wrong')).status).toBe(401);
    expect(lines.filter(({ message }) => message.includes('SLUICE_TRUSTED_PROXIES'))).toEqual([]);
  });

  test('by the sign-in count as well', async () => {
    const { base } = await serve(redisServer.url, { token: TOKEN, limits });
    const body = 'token=wrong&by=Hanako';
    const statuses = [];
    for (let i = 0; i < 4; i += 1)
      statuses.push((await ask(base, { method: 'POST', path: '/sign-in', headers: FORM, body })).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
  });
});

describe('bodies', () => {
  const routes: readonly PrivateRoutes[] = [
    {
      name: 'bodies',
      register: async (app) => {
        app.post('/whole', { bodyLimit: 1_000 }, async () => ({ taken: true }));
        app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
        app.put('/upload', { bodyLimit: 1_000, config: { isUpload: true } }, async ({ body }) => {
          let bytes = 0;
          if (body instanceof Readable) for await (const chunk of body) bytes += Buffer.from(chunk).length;
          return { bytes };
        });
      },
    },
  ];
  // A slow upload takes longer than a request may, and never as long as a standstill: also where every pause becomes half a second.
  const limits = { requestMs: 150, stallMs: 3_000 };
  const big = 'x'.repeat(2_000);

  test('beyond the limit of their route are refused, also where they come as a stream without a length', async () => {
    const { base } = await serve(redisServer.url, { routes });
    const json = { 'content-type': 'application/json' };
    const csv = { 'content-type': 'text/csv' };
    const whole = { method: 'POST', path: '/whole', body: JSON.stringify(big), headers: json };
    const upload = { method: 'PUT', path: '/upload', body: big, headers: csv };
    expect((await ask(base, whole)).status).toBe(413);
    expect((await ask(base, upload)).status).toBe(413);
    const chunked = { ...csv, 'transfer-encoding': 'chunked' };
    expect((await ask(base, { ...upload, headers: chunked })).status).toBe(413);
    const small = await ask(base, { ...upload, body: 'x'.repeat(900) });
    expect([small.status, small.text]).toEqual([200, '{"bytes":900}']);
  });

  test('that do not end are cut off; an upload may be slow, and may not stand still', async () => {
    const { base } = await serve(redisServer.url, { routes, limits });
    const start = (head: string) => {
      const socket = connect(Number(new URL(base).port), '127.0.0.1');
      let heard = '';
      socket.on('data', (chunk) => {
        heard += String(chunk);
      });
      socket.on('error', () => {});
      socket.write(`${head} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n`);
      return { socket, heard: () => heard };
    };
    const whole = start('POST /whole');
    whole.socket.write('Content-Type: application/json\r\n\r\n{');
    const still = start('PUT /upload');
    still.socket.write('Content-Type: text/csv\r\n\r\nx');
    const slow = start('PUT /upload');
    slow.socket.write('Content-Type: text/csv\r\n\r\n');
    for (let i = 0; i < 8; i += 1) {
      slow.socket.write('x');
      await sleep(40);
    }
    await eventually(() => expect(slow.heard()).toContain('{"bytes":8}'));
    await eventually(() => expect(whole.heard()).toMatch(/^HTTP\/1.1 408 /));
    await eventually(() => expect(still.heard()).toMatch(/^HTTP\/1.1 408 /));
    for (const { socket } of [whole, still, slow]) socket.destroy();
  });

  test('are not waited for where nobody may send one', async () => {
    const { base } = await serve(redisServer.url, { routes, token: TOKEN });
    const { status, headers } = await ask(base, { method: 'PUT', path: '/upload', body: big });
    expect([status, headers.connection]).toEqual([401, 'close']);
  });
});

describe('what may be read in two ways', () => {
  /** What a connection hears that says this, until it is closed. */
  async function heard(base: string, text: string): Promise<string> {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    const chunks: string[] = [];
    socket.on('data', (chunk) => chunks.push(String(chunk)));
    socket.on('error', () => {});
    socket.write(text);
    await once(socket, 'close');
    return chunks.join('');
  }
  const LAST = 'Connection: close\r\n\r\n';
  const statusOf = async (base: string, head: string, rest = '') =>
    /^HTTP\/1.1 (\d+)/.exec(await heard(base, `${head}\r\n${LAST}${rest}`))?.[1];

  test('is refused: two hosts, two lengths, a length and chunks', async () => {
    const { base } = await serve(redisServer.url);
    const { host } = new URL(base);
    const get = `GET /healthz HTTP/1.1\r\nHost: ${host}`;
    const post = `POST /u/x HTTP/1.1\r\nHost: ${host}\r\nContent-Type: text/plain`;
    const odd = [
      [`${get}\r\nHost: evil.example`],
      [`GET http://evil.example/healthz HTTP/1.1\r\nHost: ${host}`],
      [`GET http://evil.example:80/healthz HTTP/1.1\r\nHost: ${host}`],
      ['GET /healthz HTTP/1.1'],
      [`${post}\r\nContent-Length: 1\r\nContent-Length: 2`, 'xy'],
      [`${post}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`, '0\r\n\r\n'],
      [`${post}\r\nTransfer-Encoding: chunked, identity`, '0\r\n\r\n'],
      [`${post}\r\nTransfer-Encoding : chunked`, '0\r\n\r\n'],
    ] as const;
    for (const [head, rest] of odd) expect(await statusOf(base, head, rest), head).toBe('400');
    expect(await statusOf(base, get)).toBe('200');
    expect(await statusOf(base, `GET http://${host}/healthz HTTP/1.1\r\nHost: ${host}`)).toBe('200');
    expect(await statusOf(base, 'GET /healthz HTTP/1.0')).toBe('200');
  });

  test('and what is no request gets a problem with the headers of every answer', async () => {
    const { base } = await serve(redisServer.url);
    const answer = await heard(base, 'BREW /coffee HTTP/1.1\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[^]*content-type: application\/problem\+json/);
    expect(answer).toContain("content-security-policy: default-src 'none'");
    const large = await heard(base, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n${LAST}`);
    expect(large).toMatch(/^HTTP\/1.1 431 /);
    expect(await statusOf(base, 'PROPFIND / HTTP/1.1\r\nHost: x')).toBe('501');
  });
});

describe('JSON', () => {
  const check = async (body: string) => {
    const { base } = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
    const headers = { ...BEARER, 'content-type': 'application/json' };
    const answer = await ask(base, { method: 'POST', path: '/v1/campaigns/check', headers, body });
    return `${answer.status} ${answer.text}`;
  };

  test('that is nested without end is refused, whatever field it is in', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const data = `{"audience":{"kind":"inline","recipients":[{"email":"a@example.com","data":{"x":${deep}}}]}}`;
    expect(await check(data)).toMatch(/^400 .*nested too deeply/);
    // Brackets of a text are no levels.
    expect(await check(JSON.stringify({ name: `\\"${'['.repeat(500)}` }))).toMatch(/^422 /);
  });

  test('that would change the prototypes of objects is refused', async () => {
    expect(await check('{"id":"a","__proto__":{"project":"x"}}')).toMatch(/^400 .*__proto__/);
    expect(await check('{"id":"a","constructor":{"prototype":{"project":"x"}}}')).toMatch(/^400 /);
  });
});

test('neither tokens nor paths nor addresses are in the log', async () => {
  const { base, lines } = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
  const cookie = await signIn(base);
  await ask(base, { path: '/v1/campaigns/secret-campaign', headers: BEARER });
  await ask(base, { path: '/v1/suppression?address=taro@example.com', headers: { cookie } });
  await ask(base, { path: '/v1/campaigns', headers: { authorization: 'Bearer guess-guess-guess' } });
  await ask(base, { path: '/taro@example.com' });
  await eventually(() => expect(lines.filter(({ message }) => message === 'request')).toHaveLength(5));
  const text = JSON.stringify(lines);
  for (const secret of [TOKEN, cookie, 'secret-campaign', 'taro', 'guess-guess', '127.0.0.1:'])
    expect(text, secret).not.toContain(secret);
  const callersSeen = lines
    .filter(({ message }) => message === 'request')
    .map(({ fields }) => fields['caller']);
  expect(callersSeen).toEqual(['public', 'bearer', 'session', 'public', 'public']);
});
