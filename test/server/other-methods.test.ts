import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { PrivateRoutes } from '../../src/server/private-routes.ts';
import { useRedis } from '../support/redis.ts';
import { ask } from './ask.ts';
import { serve, serveAll, tokenFor } from './stage.ts';

const redisServer = useRedis();

const TOKEN = 'a-token-of-many-characters';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/** Every path of the whole server, with parameters filled in, and what it takes. */
async function allPaths() {
  const stage = await serveAll(redisServer.url, { SLUICE_API_TOKEN: TOKEN });
  const routes = stage.server.routes.map(({ method, url }) => ({
    method,
    path: url.replaceAll(/:\w+|\*/g, 'x').replace(/(.)\/$/, '$1'),
    // `/v1/campaigns/check` takes POST by itself, and GET as a campaign of that name.
    pattern: new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+').replace('*', '.*')}$`),
  }));
  const takenBy = (path: string) =>
    routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  const paths = new Map(routes.map(({ path }) => [path, [...new Set(takenBy(path))]]));
  return { ...stage, paths };
}

test('every path says which methods it takes, whatever else it is asked with', async () => {
  const { base, paths } = await allPaths();
  const wrong: string[] = [];
  const askAll = [...paths].flatMap(([path, taken]) =>
    METHODS.filter((method) => !taken.includes(method)).map(async (method) => {
      // A type that nobody takes, and a length that nobody would wait for, come second.
      const headers = { ...BEARER, 'content-type': 'image/png' };
      const { status, headers: said } = await ask(base, { method, path, headers });
      const allowed = String(said.allow).split(', ').toSorted().join();
      if (status !== 405 || allowed !== taken.toSorted().join())
        wrong.push(`${method} ${path}: ${status} ${said.allow}, takes ${taken.join()}`);
    }),
  );
  await Promise.all(askAll);
  expect(paths.size).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});

test('who may not ask there is told so, and not what the path takes', async () => {
  const { base, paths } = await allPaths();
  const isPublic = /^\/(u\/x|hooks\/ses|healthz|readyz|sign-in)$/;
  for (const [path, taken] of paths) {
    if (isPublic.test(path)) continue;
    const method = METHODS.find((each) => !taken.includes(each)) ?? 'TRACE';
    const { status, headers } = await ask(base, { method, path });
    expect([status, headers.allow], `${method} ${path}`).toEqual([401, undefined]);
  }
});

describe('a public path', () => {
  test('is told by a problem what it takes, and a browser by a page', async () => {
    const { base } = await serve(redisServer.url);
    const hook = await ask(base, { path: '/hooks/ses' });
    expect([hook.status, hook.headers.allow, JSON.parse(hook.text)]).toEqual([
      405,
      'POST',
      { title: 'Not allowed', status: 405, detail: 'this path takes POST' },
    ]);
    const page = await ask(base, { method: 'DELETE', path: '/sign-in', headers: { accept: 'text/html' } });
    expect([page.status, page.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
    expect(page.text).toContain('Nothing was done.');
  });

  test('counts what is asked of it in vain', async () => {
    const { base } = await serve(redisServer.url, { limits: { perMinute: 2 } });
    const statuses = [];
    for (let i = 0; i < 3; i += 1)
      statuses.push((await ask(base, { method: 'PUT', path: `/u/${tokenFor()}` })).status);
    expect(statuses).toEqual([405, 405, 429]);
  });
});

describe('HEAD', () => {
  test('has the status and the headers of GET', async () => {
    const { base, paths } = await allPaths();
    const differing: string[] = [];
    for (const [path, taken] of paths) {
      if (!taken.includes('GET')) continue;
      const [get, head] = [
        await ask(base, { path, headers: BEARER }),
        await ask(base, { method: 'HEAD', path, headers: BEARER }),
      ];
      const of = ({ status, headers }: typeof get) => `${status} ${headers['content-type']}`;
      if (of(get) !== of(head) || head.text !== '') differing.push(`${path}: ${of(get)} and ${of(head)}`);
    }
    expect(differing).toEqual([]);
  });

  test('reads nothing of what would come as a stream', async () => {
    let read = 0;
    const endless = async function* () {
      for (;;) {
        read += 1;
        yield 'x'.repeat(1_000);
      }
    };
    const routes: readonly PrivateRoutes[] = [
      {
        name: 'test',
        register: async (app) => {
          app.get('/endless', (_request, reply) => reply.type('text/csv').send(Readable.from(endless())));
        },
      },
    ];
    const { base } = await serve(redisServer.url, { routes });
    const { status, headers } = await ask(base, { method: 'HEAD', path: '/endless' });
    expect([status, headers['content-type']]).toEqual([200, 'text/csv']);
    expect(read).toBeLessThan(5);
  });
});
