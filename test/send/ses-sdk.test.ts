import { createServer } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSdkTransport } from '../../src/send/ses-sdk.ts';
import { bulkCall, transportContract } from '../contract/transport.contract.ts';
import { eventually } from '../support/eventually.ts';
import { MovableClock } from '../support/movable-clock.ts';

const ANY = { accessKeyId: 'any', secretAccessKey: 'any' };

transportContract('the SDK', (options) =>
  createSdkTransport({ region: 'us-east-1', credentials: ANY, ...options }),
);

/** Answers every send, after a while, and notes on which connection it came. */
async function openServer(answerMs: number) {
  const ports: (number | undefined)[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    ports.push(request.socket.remotePort);
    request.resume().on('end', () => {
      setTimeout(
        () => response.end('{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":"1"}]}'),
        answerMs,
      );
    });
  });
  // Longer than the client's bound, and unsaid, so that nothing but its own bound tells the client.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('close', () => {
      connections -= 1;
    });
  });
  const endpoint = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
    });
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint, ports, connections: () => connections };
}

function openTransport(endpoint: string | undefined, idleSocketMs?: number) {
  const clock = new MovableClock();
  const transport = createSdkTransport({
    region: 'us-east-1',
    credentials: ANY,
    concurrency: 2,
    timeoutMs: 30_000,
    clock,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(idleSocketMs === undefined ? {} : { idleSocketMs }),
  });
  onTestFinished(() => transport.close());
  return transport;
}

test('calls that follow each other share a connection', async () => {
  const { endpoint, ports } = await openServer(0);
  const transport = openTransport(endpoint);
  for (let i = 0; i < 3; i += 1) await transport.sendBulk(bulkCall());
  expect(ports).toHaveLength(3);
  expect(new Set(ports).size).toBe(1);
});

test('a connection that was idle for too long is given up and not used again', async () => {
  const { endpoint, ports, connections } = await openServer(0);
  const transport = openTransport(endpoint, 100);
  await transport.sendBulk(bulkCall());
  expect(connections()).toBe(1);
  await eventually(() => expect(connections()).toBe(0));
  await transport.sendBulk(bulkCall());
  expect(new Set(ports).size).toBe(2);
});

test('a connection that waits for a slow answer is not idle', async () => {
  const { endpoint, ports } = await openServer(400);
  const transport = openTransport(endpoint, 100);
  expect(await transport.sendBulk(bulkCall())).toMatchObject({ kind: 'results' });
  expect(ports).toHaveLength(1);
});

test('no idle connection is left when the transport is closed', async () => {
  const { endpoint, connections } = await openServer(0);
  const transport = openTransport(endpoint, 60_000);
  await Promise.all([transport.sendBulk(bulkCall()), transport.sendBulk(bulkCall())]);
  expect(connections()).toBe(2);
  await transport.close();
  await eventually(() => expect(connections()).toBe(0));
});

test('the endpoint that the environment names is used, unless the options name another', async () => {
  const ofEnvironment = await openServer(0);
  const ofOptions = await openServer(0);
  vi.stubEnv('AWS_ENDPOINT_URL_SESV2', ofEnvironment.endpoint);
  onTestFinished(() => void vi.unstubAllEnvs());
  await openTransport(undefined).sendBulk(bulkCall());
  await openTransport(ofOptions.endpoint).sendBulk(bulkCall());
  expect([ofEnvironment.ports.length, ofOptions.ports.length]).toEqual([1, 1]);
});
