import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SluiceClient, SluiceError } from '../../src/client/index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const Address = z.custom<AddressInfo>((value) => typeof value === 'object' && value !== null);

/** A server that gives these answers in turn, and the last of them for ever. */
async function serving(
  ...answers: readonly Answer[]
): Promise<{ client: SluiceClient; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(request);
    request.resume().on('end', () => answer?.(request, response));
    request.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${Address.parse(server.address()).port}/behind/a/proxy`;
  return { client: new SluiceClient({ url, token: 'secret', timeoutMs: 20_000 }), asked };
}

const says =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const busy = says(503, { title: 'Not now', status: 503 }, { 'retry-after': '0' });
const hangsUp: Answer = (request) => request.socket.destroy();
const found = says(200, { id: 'a', state: 'running', counts: {} });
const mail = {
  id: 'a',
  sender: { from: 'a@example.com' },
  content: { subject: 'Hi' },
  audience: { kind: 'csv' as const, path: '/x' },
};

describe('what can do nothing twice', () => {
  test('is asked again where the server is busy or hangs up', async () => {
    const { client, asked } = await serving(busy, hangsUp, found);
    expect(await client.campaigns.get('a')).toMatchObject({ id: 'a' });
    expect(asked.map(({ url }) => url)).toEqual(Array(3).fill('/behind/a/proxy/v1/campaigns/a'));
  });

  test('is asked again where the answer breaks off', async () => {
    const { client, asked } = await serving((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"id":');
      setTimeout(() => request.socket.destroy(), 50);
    }, found);
    expect(await client.campaigns.get('a')).toMatchObject({ id: 'a' });
    expect(asked).toHaveLength(2);
  });

  test('such as sending, since a campaign is known by its id', async () => {
    const { client, asked } = await serving(busy, says(200, { id: 'a', kind: 'known', notes: [] }));
    expect(await client.campaigns.send(mail)).toMatchObject({ kind: 'known' });
    expect(asked).toHaveLength(2);
  });

  test('is given up after five times', async () => {
    const { client, asked } = await serving(busy);
    await expect(client.campaigns.get('a')).rejects.toMatchObject({ status: 503, title: 'Not now' });
    expect(asked).toHaveLength(5);
  });
});

describe('what is asked once', () => {
  test('is a test mail', async () => {
    const { client, asked } = await serving(busy);
    await expect(client.campaigns.test(mail, { addresses: ['a@example.com'] })).rejects.toMatchObject({
      status: 503,
    });
    expect(asked).toHaveLength(1);
  });

  test('is what lets mail out that somebody may have stopped meanwhile', async () => {
    const { client, asked } = await serving(hangsUp, hangsUp);
    await expect(client.campaigns.resume('a')).rejects.toMatchObject({ status: null });
    await expect(client.suppression.remove(['a@example.com'], { reason: 'blocked' })).rejects.toMatchObject({
      status: null,
    });
    expect(asked).toHaveLength(2);
  });

  test('is a stream, of which nothing is left', async () => {
    const { client, asked } = await serving(busy);
    const stream = new Blob(['email\n']).stream();
    await expect(client.audiences.upload('a.csv', stream)).rejects.toMatchObject({ status: 503 });
    expect(asked).toHaveLength(1);
  });

  test.each([400, 401, 404, 409, 422, 500])('is what was answered by %i', async (status) => {
    const { client, asked } = await serving(
      says(status, { title: 'No', status, errors: [{ path: 'id', detail: 'x' }] }),
    );
    await expect(client.campaigns.get('a')).rejects.toMatchObject({
      status,
      errors: [{ path: 'id', detail: 'x' }],
    });
    expect(asked).toHaveLength(1);
  });

  test('is whoever says to come again in an hour', async () => {
    const { client, asked } = await serving(
      says(429, { title: 'Too many requests' }, { 'retry-after': '3600' }),
    );
    await expect(client.campaigns.get('a')).rejects.toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
    expect(asked).toHaveLength(1);
  });
});

describe('what is no Sluice', () => {
  test('gets no token by a redirect', async () => {
    const other = await serving(found);
    const { client } = await serving((_request, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' });
      response.end();
    });
    await expect(client.campaigns.test(mail, { addresses: [] })).rejects.toBeInstanceOf(SluiceError);
    expect(other.asked).toHaveLength(0);
  });

  test('is told by its page', async () => {
    const page: Answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>a proxy</html>');
    };
    const { client, asked } = await serving(page);
    const refusal = { status: 200, title: expect.stringMatching(/^the answer is not one of Sluice’s/) };
    await expect(client.campaigns.get('a')).rejects.toMatchObject(refusal);
    await expect(client.campaigns.waitFor('a')).rejects.toMatchObject(refusal);
    await expect(client.suppression.exportCsv()).rejects.toMatchObject(refusal);
    expect(asked).toHaveLength(3);
    const gateway = await serving((_request, response) => {
      response.writeHead(502);
      response.end('<html>');
    });
    await expect(gateway.client.campaigns.get('a')).rejects.toMatchObject({
      status: 502,
      title: 'the answer is 502',
    });
  });

  test('does not answer', async () => {
    const nobody = new SluiceClient({ url: 'http://127.0.0.1:1' });
    await expect(nobody.campaigns.test(mail, { addresses: [] })).rejects.toMatchObject({
      status: null,
      title: 'http://127.0.0.1:1 does not answer',
    });
  });
});

describe('following', () => {
  const receipt = (accepted: number) => JSON.stringify({ id: 'a', state: 'running', counts: { accepted } });
  const stream =
    (text: string, isCut: boolean): Answer =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(text, () => (isCut ? response.socket?.destroy() : response.end()));
    };

  test('goes on after a connection is lost, from where it was', async () => {
    const { client, asked } = await serving(
      stream(`retry: 1\n\nevent: receipt\nid: one\ndata: ${receipt(1)}\n\n: \n\nevent: rec`, true),
      stream(`event: trouble\ndata: {}\n\nevent: receipt\r\nid: two\r\ndata: ${receipt(2)}\r\n\r\n`, false),
      stream('event: end\ndata: {}\n\n', false),
    );
    const accepted: number[] = [];
    for await (const { counts } of client.campaigns.follow('a')) accepted.push(counts.accepted);
    expect(accepted).toEqual([1, 2]);
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'one', 'two']);
  });

  test('ends where its reader leaves, and the connection with it', async () => {
    const { client, asked } = await serving((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: receipt\ndata: ${receipt(1)}\n\n`);
    });
    for await (const { counts } of client.campaigns.follow('a')) {
      expect(counts.accepted).toBe(1);
      break;
    }
    const socket = asked[0]?.socket;
    if (socket && !socket.destroyed) await once(socket, 'close');
    expect(socket?.destroyed).toBe(true);
  });

  test('ends by a signal', async () => {
    const { client } = await serving((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': \n\n');
    });
    const stop = new AbortController();
    const waiting = client.campaigns.waitFor('a', { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
