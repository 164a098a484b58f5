import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { FaultAction, SandboxCall } from '../../src/sandbox/fault.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { judgeCall } from '../../src/send/outcome.ts';
import type { BulkAnswer, BulkCall, SesTransport, SingleCall } from '../../src/send/transport.ts';
import { MovableClock } from '../support/movable-clock.ts';

export interface TransportOptions {
  readonly endpoint: string;
  readonly clock: MovableClock;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly configurationSet?: string;
  readonly credentials?: () => Promise<{ accessKeyId: string; secretAccessKey: string }>;
}

/** What the sender relies on, whatever stands behind the door to SES. */
export function transportContract(name: string, create: (options: TransportOptions) => SesTransport): void {
  describe(`${name} keeps the transport's contract`, () => {
    async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
      const sandbox = await startSandbox(options);
      onTestFinished(() => sandbox.close());
      return sandbox;
    }

    function openTransport(endpoint: string, options: Partial<TransportOptions> = {}): SesTransport {
      const transport = create({
        endpoint,
        clock: new MovableClock(),
        timeoutMs: 30_000,
        concurrency: 20,
        ...options,
      });
      onTestFinished(() => transport.close());
      return transport;
    }

    test('a single call arrives as it was asked for, and is answered with its message id', async () => {
      const sandbox = await openSandbox({ configurationSets: ['main'] });
      const transport = openTransport(sandbox.url, { configurationSet: 'main' });
      const call: SingleCall = {
        from: '=?UTF-8?B?44OL44Ol44O844K5?= <news@example.com>',
        replyTo: ['help@example.com'],
        to: '"foo..bar"@docomo.ne.jp',
        subject: '山田 {{s1}} さんへ',
        html: '<p>{{s0}} 😀</p>',
        text: 'text',
        headers: [{ name: 'List-Unsubscribe', value: '<https://example.com/u/1>' }],
        tags: { sluice_campaign: 'c1', sluice_entry: '0-0-1' },
        tracking: { opens: false, clicks: null },
        dated: Date.now(),
      };
      const answer = await transport.sendSingle(call);
      expect(answer).toEqual({ kind: 'accepted', messageId: expect.any(String) });
      const { to, tracking, dated, ...same } = call;
      expect([...sandbox.store.mails()]).toMatchObject([
        { ...same, to: [to], tracking: { opens: 'DISABLED', clicks: null }, configurationSet: 'main' },
      ]);
      expect(tracking.clicks).toBeNull();
      expect(dated).toBeGreaterThan(0);
    });

    test('a single call that SES refuses, and one that is dated too long ago, are failures that say so', async () => {
      const sandbox = await openSandbox();
      const transport = openTransport(sandbox.url);
      const single = (to: string, dated: number) =>
        transport.sendSingle({
          from: 'news@example.com',
          replyTo: [],
          to,
          subject: 'x',
          html: null,
          text: 'x',
          headers: [],
          tags: {},
          tracking: { opens: null, clicks: null },
          dated,
        });
      expect(await single('rejected@sandbox.sluice.example', Date.now())).toMatchObject({
        kind: 'failure',
        failure: { name: 'MessageRejected', httpStatus: 400 },
      });
      expect(await single('a@example.com', Date.now() - 6 * 60_000)).toMatchObject({
        kind: 'failure',
        failure: { httpStatus: 403 },
      });
      expect(sandbox.store.stats().accepted).toBe(0);
    });

    test('a call arrives as it was asked for, and every entry has its answer', async () => {
      const sandbox = await openSandbox({ configurationSets: ['main'] });
      const transport = openTransport(sandbox.url, { configurationSet: 'main' });
      const answer = await transport.sendBulk({
        from: '=?UTF-8?B?44OL44Ol44O844K5?= <news@example.com>',
        replyTo: ['help@example.com', 'Desk <desk@example.com>'],
        template: { subject: '{{s0}} さんへ', html: '<p class="{{s1}}">{{s0}}</p>', text: '{{s0}}: }} $& {' },
        tags: { sluice_campaign: 'c1', sluice_claim: '7' },
        entries: [
          {
            to: '"foo..bar"@docomo.ne.jp',
            slots: ['山田 {{s1}} "q" \u2028 $& 😀', ''],
            headers: [{ name: 'List-Unsubscribe', value: '<https://example.com/u/1>' }],
            tags: { sluice_entry: '0-0-1' },
          },
          { to: 'rejected@sandbox.sluice.example', slots: ['', ''], headers: [], tags: {} },
        ],
        tracking: { opens: true, clicks: false },
        dated: Date.now(),
      });
      expect(answer).toEqual({
        kind: 'results',
        results: [
          { status: 'SUCCESS', error: null, messageId: expect.any(String) },
          { status: 'MESSAGE_REJECTED', error: expect.any(String), messageId: null },
        ],
      });
      expect([...sandbox.store.mails()]).toMatchObject([
        {
          from: '=?UTF-8?B?44OL44Ol44O844K5?= <news@example.com>',
          replyTo: ['help@example.com', 'Desk <desk@example.com>'],
          to: ['"foo..bar"@docomo.ne.jp'],
          subject: '山田 {{s1}} "q" \u2028 $& 😀 さんへ',
          html: '<p class="">山田 {{s1}} "q" \u2028 $& 😀</p>',
          text: '山田 {{s1}} "q" \u2028 $& 😀: }} $& {',
          headers: [{ name: 'List-Unsubscribe', value: '<https://example.com/u/1>' }],
          tags: { sluice_campaign: 'c1', sluice_claim: '7', sluice_entry: '0-0-1' },
          tracking: { opens: 'ENABLED', clicks: 'DISABLED' },
          configurationSet: 'main',
        },
      ]);
    });

    test('a mail without one of its parts is sent without it', async () => {
      const sandbox = await openSandbox();
      const transport = openTransport(sandbox.url);
      await transport.sendBulk(bulkCall({ template: { subject: 's', html: null, text: 't' } }));
      expect([...sandbox.store.mails()]).toMatchObject([{ html: null, text: 't' }]);
    });

    test('the account is what SES says it is', async () => {
      const account = { perSecond: 14, perDay: 50_000, enforcement: 'PROBATION' } as const;
      const sandbox = await openSandbox({ account });
      const transport = openTransport(sandbox.url);
      await transport.sendBulk(bulkCall());
      expect(await transport.account()).toEqual({
        perSecond: 14,
        perDay: 50_000,
        sentLast24Hours: 1,
        sendingEnabled: true,
        productionAccess: true,
        enforcement: 'PROBATION',
      });
      sandbox.account.perDay = null;
      expect((await transport.account()).perDay).toBeNull();
    });

    test('an account that cannot be asked for is a fault', async () => {
      const transport = openTransport(`http://127.0.0.1:${await freePort()}`);
      await expect(transport.account()).rejects.toMatchObject({ code: 'SES_ACCOUNT' });
    });

    test('a refusal carries its name, its words and its status', async () => {
      const sandbox = await openSandbox({ account: { sendingEnabled: false } });
      const answer = await openTransport(sandbox.url).sendBulk(bulkCall());
      expect(answer).toEqual({
        kind: 'failure',
        failure: {
          name: 'SendingPausedException',
          message: 'Email sending is disabled for this account.',
          httpStatus: 400,
          provablyUnsent: false,
        },
      });
    });

    test('no more calls are in flight than it was told, and asking about the account waits for none', async () => {
      const held: (() => void)[] = [];
      let most = 0;
      const server = createHttpServer((request, response) => {
        if (request.method === 'GET') {
          response.end('{"SendQuota":{"MaxSendRate":1,"Max24HourSend":1,"SentLast24Hours":0}}');
          return;
        }
        request.resume().on('end', () => {
          held.push(() => response.end('{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":"1"}]}'));
          most = Math.max(most, held.length);
        });
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      onTestFinished(() => {
        server.close();
        server.closeAllConnections();
      });
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const transport = openTransport(`http://127.0.0.1:${port}`, { concurrency: 2 });
      const calls = Promise.all(Array.from({ length: 7 }, () => transport.sendBulk(bulkCall())));
      for (let answered = 0; answered < 7; ) {
        expect(await transport.account()).toMatchObject({ perSecond: 1 });
        const answer = held.shift();
        answer?.();
        if (answer) answered += 1;
      }
      expect((await calls).every(({ kind }) => kind === 'results')).toBe(true);
      expect(most).toBe(2);
    });

    describe('a call is made once', () => {
      test.each<FaultAction>([
        { kind: 'drop', taken: true },
        { kind: 'drop', taken: false },
        { kind: 'status', taken: true, status: 500 },
        { kind: 'status', taken: true, status: 503, name: 'ServiceUnavailable' },
        { kind: 'status', taken: true, status: 200, message: '<html>' },
        { kind: 'garbage', taken: true, body: '<html>' },
        { kind: 'garbage', taken: true, body: '' },
        { kind: 'garbage', taken: true, body: '{}' },
        { kind: 'garbage', taken: true, body: 'null' },
        { kind: 'garbage', taken: true, body: '{"BulkEmailEntryResults":7}' },
        { kind: 'garbage', taken: true, body: '{"BulkEmailEntryResults":[]}' },
        {
          kind: 'garbage',
          taken: true,
          body: '{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":"1"},{}]}',
        },
        { kind: 'garbage', taken: true, body: '{"BulkEmailEntryResults":[{}]}' },
        { kind: 'garbage', taken: true, body: '{"BulkEmailEntryResults":[{"Status":"NEW"}]}' },
        { kind: 'garbage', taken: true, body: '{"BulkEmailEntryResults":[{"Status":"SUCCESS"}]}' },
        { kind: 'garbage', taken: true, body: '{"BulkEmailEntryResults":[null]}' },
        {
          kind: 'garbage',
          taken: true,
          body: '{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":5}]}',
        },
        { kind: 'delay', taken: true, ms: 60_000 },
      ])('and is in doubt after %o', async (fault) => {
        const calls: SandboxCall[] = [];
        const sandbox = await openSandbox({
          faults: (call) => {
            calls.push(call);
            return fault;
          },
        });
        const transport = openTransport(sandbox.url, { timeoutMs: 2_000 });
        const answer = await transport.sendBulk(bulkCall());
        expect(kindsOf(answer, 1)).toEqual(['doubt']);
        expect(calls).toHaveLength(1);
      });

      test.each<[FaultAction, string]>([
        [{ kind: 'status', taken: false, status: 429, name: 'TooManyRequestsException' }, 'retry'],
        [{ kind: 'status', taken: false, status: 400, name: 'ThrottlingException' }, 'retry'],
        [{ kind: 'status', taken: false, status: 403, message: '<html>' }, 'stop'],
      ])('also where it was refused: %o', async (fault, kind) => {
        const calls: SandboxCall[] = [];
        const sandbox = await openSandbox({
          faults: (call) => {
            calls.push(call);
            return fault;
          },
        });
        expect(kindsOf(await openTransport(sandbox.url).sendBulk(bulkCall()), 1)).toEqual([kind]);
        expect(calls).toHaveLength(1);
      });

      test.each(['[]', '[{"Status":"SUCCESS","MessageId":"1"},{"Status":"SUCCESS","MessageId":"2"}]'])(
        'and has failed when the results are not one for each entry: %s',
        async (results) => {
          const body = `{"BulkEmailEntryResults":${results}}`;
          const sandbox = await openSandbox({ faults: () => ({ kind: 'garbage', taken: true, body }) });
          expect(await openTransport(sandbox.url).sendBulk(bulkCall())).toMatchObject({
            kind: 'failure',
            failure: { httpStatus: 200, provablyUnsent: false },
          });
        },
      );

      test('and is in doubt when the answer breaks off', async () => {
        const endpoint = await rawServer('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"BulkEmail');
        const answer = await openTransport(endpoint).sendBulk(bulkCall());
        expect(kindsOf(answer, 1)).toEqual(['doubt']);
      });

      test('and is in doubt when the answer is no HTTP', async () => {
        const answer = await openTransport(await rawServer('hello\r\n\r\n')).sendBulk(bulkCall());
        expect(kindsOf(answer, 1)).toEqual(['doubt']);
      });
    });

    describe('is provably unsent', () => {
      test('where nobody listens', async () => {
        const answer = await openTransport(`http://127.0.0.1:${await freePort()}`).sendBulk(bulkCall());
        expect(answer).toMatchObject({
          kind: 'failure',
          failure: { name: 'ECONNREFUSED', httpStatus: null, provablyUnsent: true },
        });
      });

      test('where none of the host’s addresses can be reached', async () => {
        const answer = await openTransport(`http://localhost:${await freePort()}`).sendBulk(bulkCall());
        expect(answer).toMatchObject({ failure: { name: 'ECONNREFUSED', provablyUnsent: true } });
      });

      test('where the host has no address', async () => {
        const answer = await openTransport('http://ses.invalid').sendBulk(bulkCall());
        expect(answer).toMatchObject({
          failure: { name: expect.stringMatching(/^E(NOTFOUND|AI_AGAIN)$/), provablyUnsent: true },
        });
      });

      test('where there are no credentials', async () => {
        const sandbox = await openSandbox();
        const transport = openTransport(sandbox.url, {
          credentials: () =>
            Promise.reject(Object.assign(new Error('none found'), { name: 'CredentialsProviderError' })),
        });
        expect(await transport.sendBulk(bulkCall())).toMatchObject({
          failure: { name: 'CredentialsProviderError', httpStatus: null, provablyUnsent: true },
        });
      });
    });

    describe('the date of a request', () => {
      test('is the call’s and not the moment of sending, also with many at a time', async () => {
        const dates = new Map<string, string>();
        const endpoint = await recordingServer((body, date) => dates.set(tagOf(body), date));
        const transport = openTransport(endpoint);
        const now = Date.now();
        const dated = Array.from({ length: 40 }, (_, i) => now - 240_000 + i * 9_000);
        const accounts = [transport.account(), transport.account()].map((asked) => asked.catch(() => null));
        await Promise.all(
          dated.map((ms, i) => transport.sendBulk(bulkCall({ dated: ms, tags: { n: `${i}` } }))),
        );
        await Promise.all(accounts);
        expect(dated.map((_, i) => dates.get(`${i}`))).toEqual(dated.map(basicFormat));
      });

      test('five minutes ago and more is refused, and put back', async () => {
        const sandbox = await openSandbox();
        const transport = openTransport(sandbox.url);
        const answer = await transport.sendBulk(bulkCall({ dated: Date.now() - 302_000 }));
        expect(answer).toMatchObject({ failure: { name: 'InvalidSignatureException', httpStatus: 403 } });
        expect(kindsOf(answer, 1)).toEqual(['retry']);
        expect(sandbox.store.stats().accepted).toBe(0);
      });

      test('is SES’s time once an answer has shown that our clock is wrong', async () => {
        const sandboxClock = new MovableClock();
        sandboxClock.move(60 * 60_000);
        const sandbox = await openSandbox({ clock: sandboxClock });
        const transport = openTransport(sandbox.url);
        expect(kindsOf(await transport.sendBulk(bulkCall({ dated: Date.now() })), 1)).toEqual(['retry']);
        await aMillisecondPasses();
        expect(kindsOf(await transport.sendBulk(bulkCall({ dated: Date.now() })), 1)).toEqual(['accepted']);
        expect(kindsOf(await transport.sendBulk(bulkCall({ dated: Date.now() - 302_000 })), 1)).toEqual([
          'retry',
        ]);
      });

      test('is not made younger by what was learned of SES’s time after the claim', async () => {
        const sandboxClock = new MovableClock();
        const sandbox = await openSandbox({ clock: sandboxClock });
        const transport = openTransport(sandbox.url);
        await transport.account();
        const claimedAt = Date.now();
        // The machine stood still for an hour, and its clock with it; then it hears what time it is.
        sandboxClock.move(60 * 60_000);
        await transport.account().catch(() => null);
        await aMillisecondPasses();
        await transport.account();
        const late = await transport.sendBulk(bulkCall({ dated: claimedAt }));
        expect(kindsOf(late, 1)).toEqual(['retry']);
        await aMillisecondPasses();
        expect(kindsOf(await transport.sendBulk(bulkCall({ dated: Date.now() })), 1)).toEqual(['accepted']);
        expect(sandbox.store.stats().accepted).toBe(1);
      });
    });

    test('as many calls as were asked for are in flight at a time', async () => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      let waiting = 0;
      const sandbox = await openSandbox({
        faults: async () => {
          waiting += 1;
          if (waiting === 8) release();
          await gate;
          return null;
        },
      });
      const transport = openTransport(sandbox.url, { concurrency: 8 });
      const answers = await Promise.all(Array.from({ length: 8 }, () => transport.sendBulk(bulkCall())));
      expect(answers.flatMap((answer) => kindsOf(answer, 1))).toEqual(Array(8).fill('accepted'));
    });

    test('closing waits for calls that are in flight', async () => {
      let arrived = () => {};
      const atSes = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const sandbox = await openSandbox({
        faults: () => {
          arrived();
          return { kind: 'delay', taken: false, ms: 100 };
        },
      });
      const transport = openTransport(sandbox.url);
      const answer = transport.sendBulk(bulkCall());
      await atSes;
      await transport.close();
      expect(sandbox.store.stats().accepted).toBe(1);
      expect(kindsOf(await answer, 1)).toEqual(['accepted']);
    });
  });
}

export function bulkCall(change: Partial<BulkCall> = {}): BulkCall {
  return {
    from: 'news@example.com',
    replyTo: [],
    template: { subject: 'Hello {{s0}}', html: '<p>{{s0}}</p>', text: null },
    tags: { sluice_campaign: 'c1' },
    entries: [{ to: 'success@simulator.amazonses.com', slots: ['you'], headers: [], tags: {} }],
    tracking: { opens: null, clicks: null },
    dated: Date.now(),
    ...change,
  };
}

/** What follows from the answer for each entry. */
function kindsOf(answer: BulkAnswer, entries: number): string[] {
  const verdict = judgeCall(answer, entries);
  if (verdict.kind === 'entries') return verdict.outcomes.map(({ kind }) => kind);
  return Array.from({ length: entries }, () => verdict.outcome.kind);
}

function basicFormat(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function tagOf(body: string): string {
  return /"DefaultEmailTags":\[\{"Name":"n","Value":"(\d+)"/.exec(body)?.[1] ?? 'none';
}

/** What is learned of SES's clock counts from the next one on. */
async function aMillisecondPasses(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await systemClock.sleep(1);
}

/** A port where nobody listens any more. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Answers every connection that sends something with these bytes, and ends it. */
async function rawServer(answer: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  const port = await listen(server);
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${port}`;
}

/** A server whose answers have no date, so that nothing corrects the client's clock. */
async function recordingServer(record: (body: string, date: string) => void): Promise<string> {
  const server = createHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      record(body, String(request.headers['x-amz-date']));
      response.sendDate = false;
      response.setHeader('content-type', 'application/json');
      response.end('{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":"1"}]}');
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${port}`;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}
