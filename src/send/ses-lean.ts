import { SESv2Client } from '@aws-sdk/client-sesv2';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { BufferPool } from '../core/buffer-pool.ts';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { type HttpAnswer, httpCall } from '../core/http-call.ts';
import { SigV4 } from '../core/sigv4.ts';
import { ClockOffset } from './clock-offset.ts';
import { Permits } from './permits.ts';
import { BulkBodies, singleBody } from './ses-body.ts';
import {
  accessConfig,
  CONNECT_MS,
  IDLE_SOCKET_MS,
  placeOf,
  property,
  type SesPlace,
  type SesTransportOptions,
  SOCKETS_BESIDE_SENDS,
} from './ses-client.ts';
import type { BulkAnswer, CallFailure, SesAccount, SesTransport, SingleAnswer } from './transport.ts';

const BULK_PATH = '/v2/email/outbound-bulk-emails';
const SINGLE_PATH = '/v2/email/outbound-emails';
const ACCOUNT_PATH = '/v2/email/account';
const JSON_TYPE = 'application/json';
/** From this difference on AWS refuses requests; below it our clock is good enough (the SDK corrects from here on, too). */
const SKEW_MS_MIN = 300_000;

export interface LeanTransportOptions extends SesTransportOptions {
  readonly clock: Clock;
  /** Certificates that are trusted beside the usual ones; for tests. */
  readonly ca?: string;
}

/**
 * SES without the SDK between: the two sending calls are written and signed here, and sent by undici. Where SES is, its region and
 * the credentials still come from the SDK, so that profiles, roles and their refresh work as everywhere.
 */
export function createLeanTransport(options: LeanTransportOptions): SesTransport {
  return new LeanTransport(options);
}

/** A request as it is known before it is signed. */
interface Unsigned {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: Buffer | null;
  readonly dated: number;
}

const NO_BODY = Buffer.alloc(0);

class LeanTransport implements SesTransport {
  readonly #options: LeanTransportOptions;
  readonly #client: SESv2Client;
  readonly #bodies: BulkBodies;
  readonly #pool: BufferPool;
  readonly #offset = new ClockOffset();
  readonly #permits: Permits;
  readonly #inFlight = new Set<Promise<unknown>>();
  #door: Promise<Door> | null = null;

  constructor(options: LeanTransportOptions) {
    this.#options = options;
    this.#client = new SESv2Client(accessConfig(options));
    this.#pool = new BufferPool(options.concurrency * CONNECTIONS_PER_CALL);
    this.#bodies = new BulkBodies(options.configurationSet, this.#pool);
    this.#permits = new Permits(options.concurrency);
  }

  /** The body is written at once, so that what it is made of need not be kept while the call waits and is on its way. */
  sendBulk(call: Parameters<SesTransport['sendBulk']>[0]): Promise<BulkAnswer> {
    return this.#bulk(this.#bodies.write(call), call.entries.length, call.dated);
  }

  async #bulk(body: Buffer, entries: number, dated: number): Promise<BulkAnswer> {
    const answer = await this.#call({ method: 'POST', path: BULK_PATH, body, dated });
    if (answer.kind === 'failure') return answer;
    const results = bulkAnswer(answer.json, entries, answer.status);
    // Whoever has results for its entries has read all of it. After anything else the socket may still be at it.
    if (results.kind === 'results') this.#pool.give(body);
    return results;
  }

  sendSingle(call: Parameters<SesTransport['sendSingle']>[0]): Promise<SingleAnswer> {
    return this.#single(singleBody(call, this.#options.configurationSet), call.dated);
  }

  async #single(body: Buffer, dated: number): Promise<SingleAnswer> {
    const answer = await this.#call({ method: 'POST', path: SINGLE_PATH, body, dated });
    if (answer.kind === 'failure') return answer;
    const messageId = textOf(property(answer.json, 'MessageId'));
    return messageId ? { kind: 'accepted', messageId } : unreadable('no message id', answer.status);
  }

  async account(): Promise<SesAccount> {
    const dated = this.#options.clock.now();
    const answer = await this.#call({ method: 'GET', path: ACCOUNT_PATH, body: null, dated });
    if (answer.kind === 'failure') {
      const { name, message } = answer.failure;
      throw new Fault('SES_ACCOUNT', `SES does not say what the account may send: ${message || name}`);
    }
    return accountOf(answer.json);
  }

  async close(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
    const door = await this.#door?.catch(() => null);
    await door?.dispatcher.destroy();
    this.#client.destroy();
  }

  #call(request: Unsigned): Promise<Said> {
    // Asking about the account waits for no mail.
    const work =
      request.method === 'GET'
        ? this.#exchange(request)
        : this.#permits.within(1, () => this.#exchange(request));
    const end = work.finally(() => this.#inFlight.delete(end));
    this.#inFlight.add(end);
    return work;
  }

  /** Never rejects. */
  async #exchange(request: Unsigned): Promise<Said> {
    const { clock, timeoutMs } = this.#options;
    let answer: HttpAnswer;
    try {
      const { place, signer, dispatcher } = await this.#open();
      const credentials = await this.#client.config.credentials();
      const path = place.basePath + request.path;
      const { method, body } = request;
      const contentType = body === null ? null : JSON_TYPE;
      const signature = signer.headers(
        {
          method,
          path,
          host: place.host,
          contentType,
          body: body ?? NO_BODY,
          dated: request.dated + this.#offset.at(request.dated),
        },
        credentials,
      );
      const headers = {
        host: place.host,
        ...(contentType === null ? {} : { 'content-type': contentType }),
        ...signature,
      };
      answer = await httpCall(dispatcher, { origin: place.origin, method, path, headers, body, timeoutMs });
    } catch (thrown) {
      // Before it is handed over nothing can have been sent.
      return { kind: 'failure', failure: { ...describe(thrown), httpStatus: null, provablyUnsent: true } };
    }
    if (answer.kind === 'failure') {
      const failure = { ...describe(answer.error), httpStatus: null, provablyUnsent: answer.isUnsent };
      return { kind: 'failure', failure };
    }
    this.#learn(answer.headers['date'], clock.now());
    return said(answer);
  }

  /** What the SDK says of the place is asked for once; again, where it could not say. */
  #open(): Promise<Door> {
    this.#door ??= this.#openDoor().catch((thrown: unknown) => {
      this.#door = null;
      throw thrown;
    });
    return this.#door;
  }

  async #openDoor(): Promise<Door> {
    const place = await placeOf(this.#client);
    return { place, signer: new SigV4(place.region, 'ses'), dispatcher: dispatcherFor(place, this.#options) };
  }

  /** What an answer shows of SES's clock; whole seconds, and the way of the answer, are no difference. */
  #learn(date: string | string[] | undefined, nowMs: number): void {
    const server = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(server)) return;
    const offset = server - nowMs;
    if (Math.abs(offset - this.#offset.at(nowMs)) >= SKEW_MS_MIN) this.#offset.learn(offset, nowMs);
  }
}

/** Everything that a call needs and that stays the same. */
interface Door {
  readonly place: SesPlace;
  readonly signer: SigV4;
  readonly dispatcher: Dispatcher;
}

/**
 * Connections for each call in flight. One that has just brought an answer rests until everything that is ready now has been dealt
 * with: with no other at hand all calls fall into one step, and the processor is idle while they are on their way.
 */
const CONNECTIONS_PER_CALL = 2;

/** A proxy that the environment names is used, but not to this machine itself. */
function dispatcherFor(place: SesPlace, options: LeanTransportOptions): Dispatcher {
  const idleMs = options.idleSocketMs ?? IDLE_SOCKET_MS;
  const settings = {
    connections: options.concurrency * CONNECTIONS_PER_CALL + SOCKETS_BESIDE_SENDS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleMs,
    // A server's hint may shorten that, and never lengthens it.
    keepAliveMaxTimeout: idleMs,
    connect: {
      timeout: Math.min(CONNECT_MS, options.timeoutMs),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    },
  };
  const isHere = /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(place.origin);
  return isHere ? new Pool(place.origin, settings) : new EnvHttpProxyAgent(settings);
}

type Said =
  | { readonly kind: 'json'; readonly json: unknown; readonly status: number }
  | { readonly kind: 'failure'; readonly failure: CallFailure };

function said({ status, headers, body }: Extract<HttpAnswer, { kind: 'answer' }>): Said {
  const json = parseJson(body);
  if (status >= 200 && status < 300) {
    return json === undefined ? unreadable('the answer is not JSON', status) : { kind: 'json', json, status };
  }
  const type = headers['x-amzn-errortype'] ?? property(json, '__type') ?? property(json, 'code');
  const message = property(json, 'message') ?? property(json, 'Message');
  return {
    kind: 'failure',
    failure: {
      name: errorName(type),
      message: textOf(message) ?? `SES answered ${status}`,
      httpStatus: status,
      provablyUnsent: false,
    },
  };
}

/** `com.amazonaws.sesv2#BadRequestException:http://…` is a BadRequestException. */
function errorName(type: unknown): string {
  const text = textOf(Array.isArray(type) ? type[0] : type);
  return text?.split(':')[0]?.split('#').at(-1)?.trim() || 'UnknownError';
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function bulkAnswer(json: unknown, entries: number, status: number): BulkAnswer {
  const results = property(json, 'BulkEmailEntryResults');
  if (!Array.isArray(results) || results.length !== entries) {
    return unreadable(
      `${Array.isArray(results) ? results.length : 'no'} results for ${entries} entries`,
      status,
    );
  }
  return {
    kind: 'results',
    results: results.map((result: unknown) => ({
      status: textOf(property(result, 'Status')) ?? '',
      error: textOf(property(result, 'Error')),
      messageId: textOf(property(result, 'MessageId')),
    })),
  };
}

function accountOf(json: unknown): SesAccount {
  const quota = property(json, 'SendQuota');
  const perDay = numberOf(property(quota, 'Max24HourSend'));
  return {
    perSecond: numberOf(property(quota, 'MaxSendRate')),
    perDay: perDay < 0 ? null : perDay,
    sentLast24Hours: numberOf(property(quota, 'SentLast24Hours')),
    sendingEnabled: property(json, 'SendingEnabled') === true,
    productionAccess: property(json, 'ProductionAccessEnabled') === true,
    enforcement: textOf(property(json, 'EnforcementStatus')) ?? 'UNKNOWN',
  };
}

function unreadable(message: string, httpStatus: number): Extract<BulkAnswer, { kind: 'failure' }> {
  return {
    kind: 'failure',
    failure: { name: 'UnreadableAnswer', message, httpStatus, provablyUnsent: false },
  };
}

/** The system's code where there is one (ECONNREFUSED says more than Error), else the exception's name. */
function describe(thrown: unknown): Pick<CallFailure, 'name' | 'message'> {
  const code = property(thrown, 'code');
  const name =
    typeof code === 'string' && code !== '' ? code : thrown instanceof Error ? thrown.name : 'UnknownError';
  return { name, message: messageOf(thrown) };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
