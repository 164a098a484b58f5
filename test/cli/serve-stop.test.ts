import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Daemon } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';

const redisServer = useRedis();

const TOKEN = 'a-token-of-many-characters';
const AUTHORIZED = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const UPLOAD = `PUT /v1/audiences/list.csv HTTP/1.1\r\n${AUTHORIZED}Content-Type: text/csv\r\nContent-Length: 20\r\n\r\nemail\n`;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** `sluice serve` as a process of its own. */
async function serve() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-serve-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const daemon = new Daemon(['serve'], {
    REDIS_URL: redisServer.url,
    SLUICE_PORT: '0',
    SLUICE_SES: 'sandbox',
    AWS_ENDPOINT_URL_SESV2: 'http://127.0.0.1:9',
    SLUICE_FILES: folder,
    SLUICE_LOG_DIR: folder,
    SLUICE_API_TOKEN: TOKEN,
  });
  ends.push(() => daemon.stop());
  const [, port = ''] = await daemon.says(/"port":(\d+)/);
  return { daemon, port: Number(port) };
}

/** A connection that has said this, and keeps what it hears. */
function say(port: number, text: string) {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  socket.on('error', () => {});
  socket.write(text);
  ends.push(() => socket.destroy());
  return { socket, heard: () => heard };
}

const closed = (socket: Socket) => (socket.closed ? Promise.resolve() : once(socket, 'close'));

test('SIGTERM ends streams and idle connections, lets an upload come to its end, and cuts off who says nothing more', async () => {
  const { daemon, port } = await serve();
  const idle = say(port, `GET /healthz HTTP/1.1\r\n${AUTHORIZED}\r\n`);
  const stream = say(port, `GET /live HTTP/1.1\r\n${AUTHORIZED}\r\n`);
  const upload = say(port, UPLOAD);
  const silent = say(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-');
  await eventually(() => expect(stream.heard()).toContain('event: fragments'));
  await eventually(() => expect(idle.heard()).toContain('200 OK'));
  daemon.kill('SIGTERM');
  await Promise.all([closed(idle.socket), closed(stream.socket)]);
  // To its end, and not in the middle of an event.
  expect(stream.heard()).toMatch(/\n\n\r\n0\r\n\r\n$/);
  upload.socket.write('a@example.com\n');
  await closed(upload.socket);
  expect(upload.heard()).toMatch(/^HTTP\/1.1 201 /);
  await closed(silent.socket);
  expect(await daemon.ended()).toBe(0);
  expect(daemon.said).toContain('server stopped');
});

test('a second SIGTERM ends it at once, whoever is still at it', async () => {
  const { daemon, port } = await serve();
  const { heard, socket } = say(port, UPLOAD);
  const health = say(port, `GET /healthz HTTP/1.1\r\n${AUTHORIZED}\r\n`);
  await eventually(() => expect(health.heard()).toContain('200 OK'));
  daemon.kill('SIGTERM');
  await daemon.says(/again to leave at once/);
  daemon.kill('SIGTERM');
  expect(await daemon.ended()).toBe(143);
  await closed(socket);
  expect(heard()).toBe('');
});

test('a Redis that says nothing keeps it neither from answering nor from stopping', async () => {
  const { daemon, port } = await serve();
  const pid = Number(/^process_id:(\d+)/m.exec(await redisServer.redis.info('server'))?.[1]);
  ends.push(() => process.kill(pid, 'SIGCONT'));
  process.kill(pid, 'SIGSTOP');
  const page = say(port, `GET /v1/campaigns HTTP/1.1\r\n${AUTHORIZED}\r\n`);
  const ready = say(port, `GET /readyz HTTP/1.1\r\n${AUTHORIZED}\r\n`);
  await eventually(() => expect(page.heard()).toMatch(/^HTTP\/1.1 503 [^]*Redis does not answer/));
  expect(ready.heard()).toMatch(/^HTTP\/1.1 503 [^]*"not ready"/);
  daemon.kill('SIGTERM');
  expect(await daemon.ended()).toBe(0);
});
