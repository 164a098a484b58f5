import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { expect, onTestFinished, test } from 'vitest';
import { createLeanTransport } from '../../src/send/ses-lean.ts';
import { createSdkTransport } from '../../src/send/ses-sdk.ts';
import type { SesTransport } from '../../src/send/transport.ts';
import { bulkCall, transportContract } from '../contract/transport.contract.ts';
import { MovableClock } from '../support/movable-clock.ts';

const ANY = { accessKeyId: 'any', secretAccessKey: 'any' };

transportContract('the lean transport', (options) =>
  createLeanTransport({ region: 'us-east-1', credentials: ANY, ...options }),
);

/** Answers every send with what it is told to. */
async function openServer(
  answer: (body: string, request: IncomingMessage) => [status: number, body: string],
) {
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    incoming.on('end', () => {
      const [status, text] = answer(body, incoming);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** A body as it is meant: a text of JSON in it is the same with other escapes. */
function read(body: string): unknown {
  return JSON.parse(body, (name, value: unknown) =>
    name === 'ReplacementTemplateData' ? JSON.parse(String(value)) : value,
  );
}

const ACCEPTED = '{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":"1"}]}';

function open(endpoint: string, change: object = {}): SesTransport {
  const options = { region: 'us-east-1', credentials: ANY, concurrency: 2, timeoutMs: 30_000 };
  const transport = createLeanTransport({ ...options, clock: new MovableClock(), endpoint, ...change });
  onTestFinished(() => transport.close());
  return transport;
}

let expected: unknown[] = [];

test('the two transports ask SES for the same, whatever is in a mail', async () => {
  const bodies: string[] = [];
  const endpoint = await openServer((body) => {
    bodies.push(body);
    return [200, ACCEPTED.replace('}]}', '}],"MessageId":"1"}')];
  });
  const shared = { configurationSet: 'main', concurrency: 1 };
  const sdk = createSdkTransport({
    region: 'us-east-1',
    credentials: ANY,
    timeoutMs: 30_000,
    clock: new MovableClock(),
    endpoint,
    ...shared,
  });
  onTestFinished(() => sdk.close());
  const transports = [sdk, open(endpoint, shared)];
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });
  const tags = fc.dictionary(fc.stringMatching(/^[A-Za-z_-]{1,8}$/), fc.stringMatching(/^[\w-]{1,8}$/), {
    maxKeys: 3,
  });
  const tracking = fc.record({
    opens: fc.option(fc.boolean()),
    clicks: fc.option(fc.boolean()),
  });
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.option(text),
      text,
      tags,
      tracking,
      fc.array(text, { maxLength: 3 }),
      async (subject, html, value, some, tracked, replyTo) => {
        const headers = [{ name: 'List-Unsubscribe', value: `<https://example.com/${value}>` }];
        const call = {
          ...bulkCall(),
          replyTo,
          tags: some,
          tracking: tracked,
          template: { subject, html, text: value },
        };
        const entry = {
          to: `${value}@example.com`,
          slots: [value],
          headers,
          tags: some,
        };
        const single = {
          from: 'a@example.com',
          replyTo,
          to: entry.to,
          subject,
          html,
          text: value,
          headers,
          tags: some,
          tracking: tracked,
          dated: Date.now(),
        };
        for (const transport of transports) {
          bodies.length = 0;
          await transport.sendBulk({
            ...call,
            entries: [entry, { ...entry, slots: [subject, '', value, '\ud800 氏名'] }],
          });
          await transport.sendSingle(single);
          if (transport === sdk) expected = bodies.map(read);
          else expect(bodies.map(read)).toEqual(expected);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('the name of an error is found in the header and in the body, without what stands around it', async () => {
  const answers: [number, string][] = [
    [400, '{"__type":"com.amazonaws.sesv2#BadRequestException","message":"no"}'],
    [400, '{"code":"MessageRejected:http://internal.amazon.com/","Message":"no"}'],
    [429, 'too many'],
  ];
  const endpoint = await openServer(() => answers.shift() ?? [500, '']);
  const transport = open(endpoint);
  const failures = [];
  for (let call = 0; call < 3; call += 1) {
    const answer = await transport.sendBulk(bulkCall());
    failures.push(answer.kind === 'failure' ? [answer.failure.name, answer.failure.message] : answer);
  }
  expect(failures).toEqual([
    ['BadRequestException', 'no'],
    ['MessageRejected', 'no'],
    ['UnknownError', 'SES answered 429'],
  ]);
});

test('credentials that are about to expire are fetched again, and their token travels with the request', async () => {
  const tokens: unknown[] = [];
  const endpoint = await openServer((_body, incoming) => {
    tokens.push(incoming.headers['x-amz-security-token']);
    return [200, ACCEPTED];
  });
  let fetched = 0;
  const transport = open(endpoint, {
    credentials: () => {
      fetched += 1;
      return Promise.resolve({
        ...ANY,
        sessionToken: `t${fetched}`,
        expiration: new Date(Date.now() + (fetched === 1 ? 1_000 : 3_600_000)),
      });
    },
  });
  for (let call = 0; call < 3; call += 1) await transport.sendBulk(bulkCall());
  // The first ones were good for asking where SES is.
  expect(tokens).toEqual(['t2', 't2', 't2']);
  expect(fetched).toBe(2);
});

test('a certificate that nobody has signed is refused before anything is sent', async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
  });
  const server = createTlsServer({ cert, key }, (_request, response) => response.end(ACCEPTED));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const answer = await open(
    `https://localhost:${typeof address === 'object' && address ? address.port : 0}`,
  ).sendBulk(bulkCall());
  expect(answer).toMatchObject({ kind: 'failure', failure: { httpStatus: null, provablyUnsent: true } });
});

test('a redirect is an answer like any other that is no success, and is not followed', async () => {
  let calls = 0;
  const endpoint = await openServer(() => {
    calls += 1;
    return [307, '{}'];
  });
  expect(await open(endpoint).sendBulk(bulkCall())).toMatchObject({ failure: { httpStatus: 307 } });
  expect(calls).toBe(1);
});
