import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PrivateRoutes } from '../../src/server/private-routes.ts';
import { CERTIFICATE, newSigner, notification, type Signer } from '../feedback/sns.ts';
import { sluice } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';
import { type ServerStage, serve, tokenFor } from './stage.ts';

const redisServer = useRedis();
let signer: Signer;

beforeAll(async () => {
  signer = await newSigner();
});

/** A connection that says what it is told, and keeps what it hears. */
async function socketTo({
  base,
}: Pick<ServerStage, 'base'>): Promise<{ readonly socket: Socket; heard: () => string }> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return { socket, heard: () => heard };
}

const closed = (socket: Socket) => (socket.closed ? Promise.resolve() : once(socket, 'close'));
const head = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${length}\r\n\r\n`;

describe('health', () => {
  test('the process is well whatever Redis does, and ready only while Redis answers', async () => {
    const { base } = await serve(redisServer.url, { patienceMs: 500 });
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
    await redisServer.redis.client('PAUSE', 3_000, 'ALL');
    const answer = await fetch(`${base}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'Redis does not answer' },
    ]);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    await redisServer.redis.ping();
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });

  test('a Redis that became a replica takes no writes, so the server is not ready', async () => {
    const { base } = await serve(redisServer.url);
    await redisServer.redis.replicaof('127.0.0.1', 1);
    expect((await fetch(`${base}/readyz`)).status).toBe(503);
    await redisServer.redis.replicaof('NO', 'ONE');
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });

  test('may be asked as often as a balancer likes', async () => {
    const { base } = await serve(redisServer.url, { limits: { perMinute: 2 } });
    for (let i = 0; i < 5; i += 1) expect((await fetch(`${base}/healthz`)).status).toBe(200);
  });
});

describe('what nobody has a route for', () => {
  test.each(['/', '/u', '/u/', '/admin', '/u/a/b', '/hooks', '/.env', '/u/%zz', '/%'])(
    '%s gets a short problem that quotes nothing',
    async (path) => {
      const { base } = await serve(redisServer.url);
      const { socket, heard } = await socketTo({ base });
      socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await closed(socket);
      expect(heard()).toMatch(/^HTTP\/1.1 40[04] /);
      expect(heard()).toMatch(/content-type: (application\/problem\+json|text\/html)/i);
      if (path.length > 2) expect(heard().split('\r\n\r\n')[1]).not.toContain(path);
    },
  );
});

describe('what is too much', () => {
  test('a body beyond the bound is refused, with its length and without', async () => {
    const { base } = await serve(redisServer.url);
    const big = 'x'.repeat(20_000);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const options = { method: 'POST', headers: form } as const;
    expect((await fetch(`${base}/u/${tokenFor()}`, { ...options, body: big })).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(big));
        controller.close();
      },
    });
    const chunked = { ...options, body: stream, duplex: 'half' } as const;
    expect((await fetch(`${base}/u/${tokenFor()}`, chunked)).status).toBe(413);
    const message = 'x'.repeat(1_100_000);
    expect((await fetch(`${base}/hooks/ses`, { method: 'POST', body: message })).status).toBe(413);
  });

  test('a body that does not end is cut off', async () => {
    const stage = await serve(redisServer.url, { limits: { requestMs: 200 } });
    const { socket, heard } = await socketTo(stage);
    socket.write(head(`/u/${tokenFor()}`, 26));
    socket.write('List-');
    await closed(socket);
    expect(heard()).toMatch(/^HTTP\/1.1 408 /);
    expect(await redisServer.redis.dbsize()).toBe(0);
  });

  test('a head that does not end is cut off', async () => {
    const stage = await serve(redisServer.url, { limits: { requestMs: 200 } });
    const { socket } = await socketTo(stage);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await closed(socket);
  });

  test('a connection that says nothing is closed, and one that was used may wait for its next request', async () => {
    const stage = await serve(redisServer.url, { limits: { requestMs: 2_000 } });
    const used = await socketTo(stage);
    used.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(used.heard()).toContain('200 OK'));
    const silent = await socketTo(stage);
    await closed(silent.socket);
    expect(silent.heard()).toBe('');
    expect(used.socket.closed).toBe(false);
    used.socket.destroy();
  });

  test('a reader who takes nothing of an endless answer is left', async () => {
    let left = false;
    const endless = async function* () {
      try {
        for (;;) yield 'x'.repeat(100_000);
      } finally {
        left = true;
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
    const stage = await serve(redisServer.url, { routes, limits: { silentMs: 300 } });
    const { socket } = await socketTo(stage);
    socket.pause();
    socket.write('GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually(() => expect(left).toBe(true));
    socket.destroy();
  });

  test('requests of one address beyond the limit are put off, those of others are not', async () => {
    const { base } = await serve(redisServer.url, { limits: { perMinute: 3 } });
    const from = (address: string) =>
      fetch(`${base}/u/forged`, { headers: { 'x-forwarded-for': address } }).then(({ status }) => status);
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push(await from('203.0.113.7'));
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
    expect(await from('203.0.113.8')).toBe(404);
    expect(await from('2001:db8:1:1::1')).toBe(404);
    expect(await from('2001:db8:1:1::2')).toBe(404);
    expect(await from('2001:db8:1:1:ffff:0:0:3')).toBe(404);
    expect(await from('2001:db8:1:1::4')).toBe(429);
    expect(await from('2001:db8:1:2::1')).toBe(404);
  });

  test('unknown paths count too', async () => {
    const { base } = await serve(redisServer.url, { limits: { perMinute: 2 } });
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await fetch(`${base}/wp-admin/${i}`)).status);
    expect(statuses).toEqual([404, 404, 429, 429]);
  });

  test('a mail program that unsubscribes many from one address is not put off', async () => {
    const { base } = await serve(redisServer.url, { limits: { perMinute: 3, linkPerMinute: 2 } });
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    const click = async (seq: number) => {
      const reader = { sender: 'n@example.com', address: `r${seq}@example.com`, campaign: 'c', seq };
      return (await fetch(`${base}/u/${tokenFor(reader)}`, { method: 'POST', body })).status;
    };
    const statuses = await Promise.all(Array.from({ length: 40 }, (_, seq) => click(seq + 1)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect([await click(1), await click(1)]).toEqual([200, 429]);
  });
});

describe('a stop', () => {
  test('lets the answer on its way go out, closes what is idle, and takes nobody new', async () => {
    const stage = await serve(redisServer.url);
    const idle = await socketTo(stage);
    idle.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(idle.heard()).toContain('200 OK'));
    const busy = await socketTo(stage);
    busy.socket.write(head(`/u/${tokenFor()}`, 26));
    await eventually(async () => expect(busy.socket.bytesWritten).toBeGreaterThan(50));
    // The server has seen the head once it has answered somebody who came later.
    await fetch(`${stage.base}/healthz`);
    const stopped = stage.server.stop();
    await closed(idle.socket);
    await expect(fetch(`${stage.base}/healthz`)).rejects.toThrow();
    busy.socket.write('List-Unsubscribe=One-Click');
    await closed(busy.socket);
    await stopped;
    expect(busy.heard()).toMatch(/^HTTP\/1.1 (200|503) /);
    expect(busy.heard()).toMatch(/connection: close/i);
  });

  test('does not wait for ever for somebody who says nothing more', async () => {
    const stage = await serve(redisServer.url, { limits: { stopMs: 100 } });
    const { socket } = await socketTo(stage);
    socket.write(head(`/u/${tokenFor()}`, 26));
    await fetch(`${stage.base}/healthz`);
    await stage.server.stop();
    await closed(socket);
  });

  test('may be followed by a start, and twice is once', async () => {
    const { server } = await serve(redisServer.url);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(server.port).toBeNull();
    await server.start();
    await server.start();
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
  });
});

describe('the hook', () => {
  const fetcher = async (url: URL) =>
    url.href === CERTIFICATE ? { status: 200, text: signer.certificate } : { status: 404, text: '' };
  const post = ({ base }: ServerStage, body: string, headers: Record<string, string> = {}) =>
    fetch(`${base}/hooks/ses`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers },
    });

  test('takes what SNS signed, and says of the rest whether to come again', async () => {
    const stage = await serve(redisServer.url, { fetch: fetcher });
    const good = JSON.stringify(notification(signer, 'Successfully validated SNS topic for Amazon SES.'));
    expect((await post(stage, good)).status).toBe(200);
    expect((await post(stage, good, { 'content-type': 'application/json' })).status).toBe(200);
    expect((await post(stage, good.replace('Amazon', 'Amazin'))).status).toBe(403);
    expect((await post(stage, good, { 'x-amz-sns-rawdelivery': 'true' })).status).toBe(403);
    expect((await post(stage, '{}')).status).toBe(400);
    expect((await post(stage, '')).status).toBe(400);
  });

  test('puts SNS off while Redis does not answer', async () => {
    const stage = await serve(redisServer.url, { fetch: fetcher, patienceMs: 500 });
    await redisServer.redis.client('PAUSE', 3_000, 'ALL');
    expect((await post(stage, JSON.stringify(notification(signer, 'x')))).status).toBe(503);
    await redisServer.redis.ping();
  });
});

test('a port that is taken is one clear line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const ended = await sluice(['serve'], {
    REDIS_URL: redisServer.url,
    SLUICE_PORT: String(port),
    LOG_LEVEL: 'fatal',
  });
  other.close();
  expect(ended.code).toBe(1);
  expect(ended.stderr.trim()).toBe(
    `sluice: port ${port} of 127.0.0.1 is taken: set SLUICE_PORT or SLUICE_HOST to others`,
  );
});
