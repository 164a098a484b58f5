import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import { snsEnvelope } from '../../src/sandbox/event-body.ts';
import { MessageQueue } from '../../src/sandbox/message-queue.ts';
import { findSqsOperation, parseSqsBody, QUEUE_PATH } from '../../src/sandbox/sqs-api.ts';
import type { Ailment, EventFate } from './ailment.ts';
import { Judge, type TakenMail } from './judge.ts';

export interface EndpointOptions {
  /** A request that is dated longer ago than this, or so far ahead, is refused. SES's own five minutes, scaled down. */
  readonly skewMs: number;
  /** How long a message of the queue is hidden from others, whatever its receiver asks for: scaled down likewise. */
  readonly hiddenMs?: number;
  readonly judgeFile?: string;
  readonly perSecond?: number;
  /** How long a call takes before its mails are taken, and as long again before it is answered. */
  readonly latencyMs?: number;
  /** What goes wrong with the n-th call, counted from 1. */
  readonly ailment?: (call: number) => Ailment;
  /** What becomes of the n-th event. */
  readonly fate?: (event: number, campaign: string) => EventFate;
  /** Sees each send when it has arrived whole; it is judged when this has resolved. */
  readonly arrived?: (call: number) => Promise<void> | void;
  /** Sees each send when its mails are taken and before it is answered; the answer waits for it. */
  readonly taken?: (call: number) => Promise<void> | void;
}

export interface EndpointStats {
  readonly sends: number;
  readonly expired: number;
  readonly ailments: Readonly<Record<string, number>>;
  readonly events: number;
  readonly eventsLost: number;
  readonly eventsLeft: number;
}

/** SES and the queue of its events, where everything can go wrong; what it has taken is on record with its judge. */
export interface FaultyEndpoint {
  readonly url: string;
  readonly queueUrl: string;
  readonly judge: Judge;
  stats(): EndpointStats;
  /** From now on nothing goes wrong. */
  calm(): void;
  close(): Promise<void>;
}

const tag = z.object({ Name: z.string(), Value: z.string() });
const bulkCall = z.object({
  DefaultEmailTags: z.array(tag),
  BulkEmailEntries: z.array(
    z.object({
      Destination: z.object({ ToAddresses: z.tuple([z.string()]) }),
      ReplacementTags: z.array(tag),
    }),
  ),
});
const singleCall = z.object({
  EmailTags: z.array(tag),
  Destination: z.object({ ToAddresses: z.tuple([z.string()]) }),
});

/** Any domain may send. */
const VERIFIED = {
  IdentityType: 'DOMAIN',
  VerifiedForSendingStatus: true,
  DkimAttributes: { Status: 'SUCCESS', SigningAttributesOrigin: 'EXTERNAL' },
};

/** Ways in which SES says of one entry that it was not sent. */
const NOT_SENT = ['TRANSIENT_FAILURE', 'ACCOUNT_THROTTLED', 'MESSAGE_REJECTED', 'FAILED'];
const HIDDEN_MS = 1_000;

export async function startEndpoint(options: EndpointOptions): Promise<FaultyEndpoint> {
  const endpoint = new Endpoint(options);
  // A request may be held at the door for as long as another worker needs to take over.
  const server = createServer({ headersTimeout: 0, requestTimeout: 0 }, (request, response) => {
    endpoint.handle(request, response).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return {
    url,
    queueUrl: `${url}${QUEUE_PATH}`,
    judge: endpoint.judge,
    stats: () => endpoint.stats(),
    calm: () => endpoint.calm(),
    close: async () => {
      endpoint.closing.abort();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

class Endpoint {
  readonly judge: Judge;
  readonly closing = new AbortController();
  readonly #options: EndpointOptions;
  readonly #events = new MessageQueue(systemClock, 1_000_000);
  readonly #ailments: Record<string, number> = {};
  #isCalm = false;
  #sends = 0;
  #expired = 0;
  #eventNumber = 0;
  #eventsLost = 0;
  #onTheWay = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.judge = new Judge(options.judgeFile ?? null);
  }

  calm(): void {
    this.#isCalm = true;
  }

  stats(): EndpointStats {
    const { visible, inFlight, delayed } = this.#events.depth();
    return {
      sends: this.#sends,
      expired: this.#expired,
      ailments: this.#ailments,
      events: this.#eventNumber,
      eventsLost: this.#eventsLost,
      eventsLeft: visible + inFlight + delayed + this.#onTheWay,
    };
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = '', url = '' } = request;
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') return this.#queue(target, body, response);
    if (method === 'GET' && url === '/v2/email/account') return answer(response, 200, this.#account());
    if (method === 'GET' && url.startsWith('/v2/email/identities/')) return answer(response, 200, VERIFIED);
    if (method === 'GET' && url === '/stats') return answer(response, 200, this.stats());
    if (method === 'POST' && url === '/calm') {
      this.calm();
      return answer(response, 200, {});
    }
    if (url === '/v2/email/outbound-bulk-emails' || url === '/v2/email/outbound-emails') {
      return this.#send(url.endsWith('bulk-emails'), body, request, response);
    }
    return refuse(response, 404, 'NotFoundException');
  }

  async #send(
    isBulk: boolean,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    this.#sends += 1;
    const number = this.#sends;
    const ailment: Ailment = this.#isCalm
      ? { kind: 'none' }
      : (this.#options.ailment?.(number) ?? { kind: 'none' });
    this.#count(ailment);
    await this.#options.arrived?.(number);
    if (ailment.kind === 'delay' && !ailment.taken) await this.#wait(ailment.ms);
    await this.#wait(this.#options.latencyMs ?? 0);
    if (isOfNothingTaken(ailment)) return this.#ail(ailment, request, response);
    // The last moment before the mail is taken: what is too old here goes no further.
    if (this.#isExpired(request)) {
      this.#expired += 1;
      return refuse(response, 403, 'InvalidSignatureException', 'Signature expired: it is now too old');
    }
    const share = ailment.kind === 'partial' ? ailment.share : 0;
    const results = this.#take(isBulk, body, (position) => (position * 7 + number) % 100 < share * 100);
    await this.#options.taken?.(number);
    await this.#wait(this.#options.latencyMs ?? 0);
    if (ailment.kind === 'delay' && ailment.taken) await this.#wait(ailment.ms);
    if (ailment.kind !== 'none' && ailment.kind !== 'partial' && ailment.kind !== 'delay') {
      return this.#ail(ailment, request, response);
    }
    const [first] = results;
    if (isBulk) return answer(response, 200, { BulkEmailEntryResults: results });
    return first?.Status === 'SUCCESS'
      ? answer(response, 200, { MessageId: first.MessageId })
      : refuse(response, 400, 'MessageRejected', first?.Error ?? '');
  }

  /** Takes the mails of a call, but for those of which `isRefused` says otherwise. */
  #take(isBulk: boolean, body: Buffer, isRefused: (position: number) => boolean) {
    const mails: TakenMail[] = [];
    const results = mailsOf(isBulk, body).map((mail, position) => {
      if (isRefused(position)) {
        const status = NOT_SENT[position % NOT_SENT.length] ?? 'FAILED';
        return { Status: status, Error: 'it was not sent' };
      }
      const messageId = `0100-${randomUUID()}`;
      mails.push({ ...mail, messageId, atMs: Date.now() });
      return { Status: 'SUCCESS', MessageId: messageId };
    });
    this.judge.take(mails);
    for (const mail of mails) this.#publish(mail);
    return results;
  }

  /** Send, and then Delivery or Bounce: out of order, late, twice or never. */
  #publish(mail: TakenMail): void {
    const outcome = mail.to.startsWith('bounce') ? 'Bounce' : 'Delivery';
    for (const eventType of ['Send', outcome]) {
      this.#eventNumber += 1;
      const fate: EventFate = this.#isCalm
        ? { copies: 1, delaysMs: [0, 0] }
        : (this.#options.fate?.(this.#eventNumber, mail.campaign) ?? { copies: 1, delaysMs: [0, 0] });
      if (fate.copies === 0) this.#eventsLost += 1;
      const text = eventText(eventType, mail);
      const isRaw = this.#eventNumber % 3 === 0;
      for (const delayMs of fate.delaysMs.slice(0, fate.copies)) {
        // On its way it is in no queue, and nobody can count it.
        this.#onTheWay += 1;
        setTimeout(() => {
          this.#onTheWay -= 1;
          this.#events.push(() => (isRaw ? text : snsEnvelope(text, 'us-east-1', mail.atMs)), 0);
        }, delayMs).unref();
      }
    }
  }

  async #ail(ailment: Ailment, request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (ailment.kind) {
      case 'silence':
        await this.#wait(ailment.ms);
        request.socket.resetAndDestroy();
        return;
      case 'reset':
        request.socket.resetAndDestroy();
        return;
      case 'status':
        if (ailment.name !== null)
          return refuse(response, ailment.status, ailment.name, 'as a test wants it');
        response.writeHead(ailment.status, { 'content-type': 'text/html' });
        response.end('<html>Bad gateway</html>');
        return;
      case 'garbage':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(ailment.body);
        return;
      case 'none':
      case 'delay':
      case 'partial':
        request.socket.destroy();
    }
  }

  async #queue(target: string, body: Buffer, response: ServerResponse): Promise<void> {
    const operation = findSqsOperation(target);
    if (!operation) return refuse(response, 400, 'UnsupportedOperation');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const asked = z.record(z.string(), z.unknown()).parse(parseSqsBody(body));
    const scaled = 'VisibilityTimeout' in asked || operation.name === 'ReceiveMessage';
    const queue = scaled ? this.#scaled() : this.#events;
    const reply = await operation.run(
      { queue, signal: AbortSignal.any([gone.signal, this.closing.signal]) },
      asked,
    );
    response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0', ...reply.headers });
    response.end(reply.body);
  }

  /** The queue, with the time for which a message is hidden scaled down. */
  #scaled(): MessageQueue {
    const hiddenMs = this.#options.hiddenMs ?? HIDDEN_MS;
    const events = this.#events;
    return new Proxy(events, {
      get: (target, name) => {
        if (name === 'receive') {
          return (max: number, waitMs: number, _asked: number, signal: AbortSignal) =>
            events.receive(max, Math.min(waitMs, hiddenMs), hiddenMs, signal);
        }
        if (name === 'hide') {
          return (receipt: string, ms: number) => events.hide(receipt, Math.min(ms, hiddenMs));
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #isExpired(request: IncomingMessage): boolean {
    const dated = dateOf(request.headers['x-amz-date']);
    return dated === null || Math.abs(Date.now() - dated) > this.#options.skewMs;
  }

  #account(): object {
    return {
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      SendQuota: { Max24HourSend: -1, MaxSendRate: this.#options.perSecond ?? 2_000, SentLast24Hours: 0 },
    };
  }

  #count(ailment: Ailment): void {
    if (ailment.kind === 'none') return;
    const when = 'taken' in ailment ? (ailment.taken ? ' after' : ' before') : '';
    const name = `${ailment.kind}${when}`;
    this.#ailments[name] = (this.#ailments[name] ?? 0) + 1;
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.closing.signal });
  }
}

function isOfNothingTaken(ailment: Ailment): boolean {
  return 'taken' in ailment && !ailment.taken && ailment.kind !== 'delay';
}

function mailsOf(isBulk: boolean, body: Buffer): Omit<TakenMail, 'messageId' | 'atMs'>[] {
  const json: unknown = JSON.parse(body.toString('utf8'));
  if (!isBulk) {
    const { EmailTags, Destination } = singleCall.parse(json);
    return [mailOf(Destination.ToAddresses[0], EmailTags)];
  }
  const { DefaultEmailTags, BulkEmailEntries } = bulkCall.parse(json);
  return BulkEmailEntries.map(({ Destination, ReplacementTags }) =>
    mailOf(Destination.ToAddresses[0], [...DefaultEmailTags, ...ReplacementTags]),
  );
}

function mailOf(to: string, tags: readonly z.infer<typeof tag>[]) {
  const value = (name: string) => tags.find(({ Name }) => Name === name)?.Value ?? '';
  return {
    campaign: value('sluice_campaign'),
    to,
    entry: value('sluice_entry'),
    claim: value('sluice_claim'),
  };
}

function eventText(eventType: string, mail: TakenMail): string {
  const timestamp = new Date(mail.atMs).toISOString();
  const details =
    eventType === 'Bounce'
      ? {
          bounce: {
            bounceType: 'Permanent',
            bounceSubType: 'General',
            bouncedRecipients: [
              { emailAddress: mail.to, action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550' },
            ],
            timestamp,
            feedbackId: `feedback-${mail.messageId}`,
            reportingMTA: 'dns; example',
          },
        }
      : eventType === 'Delivery'
        ? {
            delivery: {
              timestamp,
              processingTimeMillis: 5,
              recipients: [mail.to],
              smtpResponse: '250 ok',
              reportingMTA: 'example',
            },
          }
        : { send: {} };
  return JSON.stringify({
    eventType,
    mail: {
      timestamp,
      source: 'news@example.com',
      sourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
      sendingAccountId: '000000000000',
      messageId: mail.messageId,
      destination: [mail.to],
      headersTruncated: false,
      headers: [{ name: 'To', value: mail.to }],
      commonHeaders: { from: ['news@example.com'], to: [mail.to], messageId: mail.messageId, subject: 'x' },
      tags: {
        'ses:caller-identity': ['chaos'],
        sluice_campaign: [mail.campaign],
        sluice_entry: [mail.entry],
        sluice_claim: [mail.claim],
      },
    },
    ...details,
  });
}

function dateOf(header: string | string[] | undefined): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(typeof header === 'string' ? header : '');
  if (!match) return null;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, name: string, message = name): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name });
  response.end(JSON.stringify({ message }));
}
