import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { LogEvent } from '../../src/log/event.ts';
import { logRows } from '../../src/log/row.ts';
import { noticeOf } from '../../src/queue/notice.ts';
import { NoticeSink } from '../../src/queue/notice-sink.ts';
import { NoticeWorker } from '../../src/queue/notice-worker.ts';
import { Webhook } from '../../src/queue/webhook.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { useRedis } from '../support/redis.ts';

const PREFIX = '{sluice}';
const SECRET = 'a secret of more than thirty-two characters';
const server = useRedis();

/** A receiver that answers as it is told, and keeps what it got. */
class Receiver {
  readonly got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  answers: number[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.got.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
        const status = this.answers.shift() ?? 204;
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
      });
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/hook?chat=1`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

let receiver: Receiver;
let sink: NoticeSink;
let worker: NoticeWorker;

beforeEach(async () => {
  receiver = new Receiver();
  const webhook = new Webhook({ url: await receiver.start(), secret: SECRET, timeoutMs: 30_000 });
  sink = new NoticeSink(server.redis, PREFIX, 10);
  const { redis } = server;
  worker = new NoticeWorker({ redis, prefix: PREFIX, webhook, clock: systemClock, logger: silentLogger });
  await worker.start();
});

afterEach(async () => {
  await worker.stop();
  await sink.close();
  await receiver.stop();
});

function rowsOf(...events: readonly (Partial<LogEvent> & Pick<LogEvent, 'event_type'>)[]) {
  const common = { campaign_id: 'autumn', project: 'default', event_time: Date.UTC(2026, 10, 27) };
  return logRows({ common, events }, Date.UTC(2026, 10, 27, 1));
}

const HELD = {
  event_type: 'campaign_held',
  detail: { code: 'DOUBT', reason: '3 recipients are in doubt', until: null },
} as const;

describe('a notice', () => {
  test('says in one sentence what happened, and what to do', () => {
    const texts = rowsOf(
      {
        event_type: 'campaign_finished',
        detail: { state: 'finished', counts: { read: 9, invalid: 0, accepted: 9 } },
      },
      { event_type: 'campaign_failed', detail: { reason: 'the file is gone' } },
      HELD,
      { event_type: 'campaign_held', detail: { code: 'LOG_BACKLOG', reason: 'the log is behind', until: 1 } },
    ).map((row) => noticeOf(row)?.text);
    expect(texts).toEqual([
      'Campaign autumn has finished: read 9, accepted 9.',
      'Campaign autumn has failed: the file is gone. What was not sent yet is cancelled.',
      'Campaign autumn is held: 3 recipients are in doubt. When that is mended: sluice resume autumn',
      'Campaign autumn is held: the log is behind. It goes on by itself.',
    ]);
  });

  test('is made of no other row', () => {
    const rows = rowsOf(
      { event_type: 'accepted', recipient: 'a@example.jp', seq: 1 },
      { event_type: 'campaign_paused', detail: { reason: 'lunch' } },
      { event_type: 'campaign_started' },
    );
    expect(rows.map(noticeOf)).toEqual([null, null, null]);
  });
});

describe('a webhook', () => {
  test('gets the notice, with a signature over its id, its time and its body', async () => {
    await sink.write(rowsOf(HELD));
    const [message] = await eventually(() => {
      expect(receiver.got).toHaveLength(1);
      return receiver.got;
    });
    const { headers = {}, body = '' } = message ?? {};
    expect(JSON.parse(body)).toEqual({
      type: 'campaign.held',
      timestamp: '2026-11-27T00:00:00.000Z',
      text: 'Campaign autumn is held: 3 recipients are in doubt. When that is mended: sluice resume autumn',
      data: { campaign: 'autumn', project: 'default', detail: HELD.detail },
    });
    const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
    const mac = createHmac('sha256', SECRET).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${mac}`);
    expect(headers['content-type']).toBe('application/json');
  });

  test('that fails is tried again under the same id until it takes the notice', async () => {
    receiver.answers = [500, 429, 302, 404];
    await sink.write(rowsOf(HELD));
    await eventually(() => expect(receiver.got).toHaveLength(5));
    expect(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.got.map(({ body }) => body)).size).toBe(1);
  });

  test('that is gone for good is not asked again', async () => {
    receiver.answers = [410];
    await sink.write(rowsOf(HELD));
    await eventually(async () => expect(await server.redis.zcard(`${PREFIX}:notices:failed`)).toBe(1));
    expect(receiver.got).toHaveLength(1);
  });

  test('hears of a row once, however often the row is shipped', async () => {
    const finished = { event_type: 'campaign_finished', detail: { counts: { read: 1 } } } as const;
    await sink.write(rowsOf(finished));
    await eventually(() => expect(receiver.got).toHaveLength(1));
    await sink.write(rowsOf(finished));
    await sink.write(rowsOf({ event_type: 'campaign_failed', detail: { reason: 'the end' } }));
    await eventually(() =>
      expect(receiver.got.map(({ body }) => JSON.parse(body).type)).toContain('campaign.failed'),
    );
    expect(receiver.got).toHaveLength(2);
  });

  test('hears once of a campaign that is held over and over for one reason, and of another reason too', async () => {
    const at = (minute: number) => ({ event_time: Date.UTC(2026, 10, 27, 0, minute) });
    await sink.write(rowsOf({ ...HELD, ...at(1) }, { ...HELD, ...at(2) }));
    await sink.write(
      rowsOf({ ...HELD, ...at(3) }, { ...HELD, ...at(4), detail: { ...HELD.detail, code: 'SES_ACCESS' } }),
    );
    await eventually(() => expect(receiver.got).toHaveLength(2));
    const codes = receiver.got.map(({ body }) => JSON.parse(body).data.detail.code);
    expect(codes.toSorted()).toEqual(['DOUBT', 'SES_ACCESS']);
  });

  test('that can not be reached is named in no error, since its URL may be a secret', async () => {
    const url = 'http://127.0.0.1:9/services/secret-part';
    const webhook = new Webhook({ url, secret: null, timeoutMs: 1_000 });
    const error: unknown = await webhook.post('n-1', 0, {}).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('could not be reached');
    expect(String(error)).not.toContain('secret-part');
  });

  test('without a secret gets no signature', async () => {
    const other = new Receiver();
    await new Webhook({ url: await other.start(), secret: null, timeoutMs: 20_000 }).post('n-1', 0, {
      text: 'hi',
    });
    expect(other.got[0]?.headers['webhook-signature']).toBeUndefined();
    await other.stop();
  });
});

test('a rate that comes near its limit is told before it is reached', () => {
  const [row] = logRows(
    {
      common: { campaign_id: 'autumn', project: 'shop' },
      events: [
        {
          event_type: 'campaign_guard_warning',
          event_time: 5,
          detail: { rule: 'hour', count: 400, sends: 10_000, reason: '4 % of the last hour bounced hard' },
        },
      ],
    },
    0,
  );
  expect(row && noticeOf(row)).toMatchObject({
    type: 'guard.warning',
    text: 'Campaign autumn comes near a limit: 4 % of the last hour bounced hard. Beyond it, it is held.',
    data: { campaign: 'autumn', project: 'shop', detail: { count: 400, sends: 10_000 } },
  });
});

test.each([
  ['GUARD', 'To go on all the same: sluice resume autumn --override --reason TEXT'],
  ['CANARY', 'To go on all the same: sluice resume autumn --override --reason TEXT'],
  ['SES_IDENTITY', 'When that is mended: sluice resume autumn'],
])('a campaign that is held for %s is told with the way on', (code, wayOn) => {
  const [row] = logRows(
    {
      common: { campaign_id: 'autumn' },
      events: [
        { event_type: 'campaign_held', event_time: 5, detail: { code, reason: 'so it is', until: null } },
      ],
    },
    0,
  );
  expect(row && noticeOf(row)?.text).toBe(`Campaign autumn is held: so it is. ${wayOn}`);
});
