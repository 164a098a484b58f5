import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { Account, type AccountSettings } from './account.ts';
import { findOperation } from './api.ts';
import type { FaultAction, FaultHook } from './fault.ts';
import { errorReply, json, type Reply, readBody, writeReply } from './http.ts';
import { readMailbox } from './mailbox.ts';
import { Resources } from './resources.ts';
import { checkSignature } from './signature.ts';
import type { SesState } from './state.ts';
import { MailStore } from './store.ts';
import { TemplateCache } from './template.ts';

/** Loopback only: whoever reaches the sandbox can read its mails. */
const HOST = '127.0.0.1';
/** SES takes messages of 40 MB; the rest is room for JSON's escapes. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
/** Long enough that the client's own bound on idle connections is what closes them, as with SES. */
const IDLE_CONNECTION_MS = 65_000;
/** Calls that are being answered when the sandbox closes get this long. */
const CLOSE_GRACE_MS = 2_000;

export interface SandboxOptions {
  /** 0, the default: any free one. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Limits and state of the account; more of it can be changed later through `Sandbox.account`. */
  readonly account?: Partial<AccountSettings>;
  /** How long SES takes to answer. */
  readonly latencyMs?: number;
  /** Mails kept for reading; older ones are dropped and stay counted. */
  readonly storeMailsMax?: number;
  /** Domains that may send; where it is missing every domain may. */
  readonly verifiedDomains?: readonly string[];
  /** Configuration sets that exist from the start. */
  readonly configurationSets?: readonly string[];
  readonly region?: string;
  /** What goes wrong, call by call. */
  readonly faults?: FaultHook;
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`: the endpoint for the SDK, and the base of `/mails` and `/stats`. */
  readonly url: string;
  readonly port: number;
  readonly store: MailStore;
  /** The account's settings, to be changed while it runs. */
  readonly account: AccountSettings;
  close(): Promise<void>;
}

/**
 * Starts an SES v2 endpoint that speaks SES's protocol and keeps what it is sent.
 *
 * @throws Fault SANDBOX_LISTEN when the port cannot be had
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const endpoint = new Endpoint(options);
  const server = createServer((request, response) => void endpoint.handle(request, response));
  server.keepAliveTimeout = IDLE_CONNECTION_MS;
  const port = await listen(server, options.port ?? 0);
  const { store, account } = endpoint.state;
  return {
    url: `http://${HOST}:${port}`,
    port,
    store,
    account: account.settings,
    close: () => {
      endpoint.closing.abort();
      return closeServer(server);
    },
  };
}

class Endpoint {
  readonly state: SesState;
  readonly closing = new AbortController();
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #faults: FaultHook | null;
  readonly #calls: Record<string, number> = {};
  #callNumber = 0;

  constructor(options: SandboxOptions) {
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#latencyMs = options.latencyMs ?? 0;
    this.#faults = options.faults ?? null;
    this.state = {
      account: new Account(options.account ?? {}, clock.now()),
      resources: new Resources(options.configurationSets),
      templates: new TemplateCache(),
      store: new MailStore(options.storeMailsMax),
      verifiedDomains: options.verifiedDomains ? new Set(options.verifiedDomains) : null,
      region: options.region ?? 'us-east-1',
      hadTransientFailure: new Set(),
      turnedAway: { throttled: 0, overQuota: 0 },
      now: () => clock.now(),
    };
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#reply(request);
      if (reply) writeReply(response, reply, this.#clock.now(), !this.closing.signal.aborted);
      else request.socket.resetAndDestroy();
    } catch {
      // The client went away while its body was read, or the fault hook failed: there is nobody to tell.
      request.socket.destroy();
    }
  }

  /** Null: the connection is reset instead. */
  async #reply(request: IncomingMessage): Promise<Reply | null> {
    const body = await readBody(request, BODY_BYTES_MAX);
    if (!body) {
      const message = `The request is larger than ${BODY_BYTES_MAX} bytes.`;
      return errorReply({ name: 'RequestEntityTooLargeException', status: 413, message });
    }
    const method = request.method ?? '';
    const url = new URL(request.url ?? '', `http://${HOST}`);
    if (url.pathname.startsWith('/v2/')) return this.#call(request, method, url.pathname, body);
    const stats = { calls: this.#calls, ...this.state.turnedAway };
    return (
      readMailbox(this.state.store, method, url, stats) ??
      json({ message: `Nothing at ${method} ${url.pathname}.` }, 404)
    );
  }

  async #call(request: IncomingMessage, method: string, path: string, body: Buffer): Promise<Reply | null> {
    const found = findOperation(method, path);
    const name = found?.operation.name ?? 'Unknown';
    this.#callNumber += 1;
    this.#calls[name] = (this.#calls[name] ?? 0) + 1;
    const fault = (await this.#faults?.({ number: this.#callNumber, operation: name, body })) ?? null;
    if (fault && !fault.taken && fault.kind !== 'delay') return faultReply(fault);
    if (fault?.kind === 'delay' && !fault.taken) {
      await this.#wait(fault.ms);
      if (this.closing.signal.aborted) return null;
    }
    // Judged when everything has arrived, as late as can be: what is let in from here on is accepted.
    const refused = checkSignature(request.headers, this.#clock.now());
    const reply = refused ? errorReply(refused) : this.#run(found, `${method} ${path}`, body);
    if (this.#latencyMs > 0) await this.#wait(this.#latencyMs);
    if (fault?.taken && fault.kind === 'delay') await this.#wait(fault.ms);
    return fault?.taken && fault.kind !== 'delay' ? faultReply(fault) : withRequestId(reply);
  }

  #run(found: ReturnType<typeof findOperation>, asked: string, body: Buffer): Reply {
    if (found) return found.operation.run(this.state, body, found.resource);
    const message = `The sandbox has no operation at ${asked}.`;
    return errorReply({ name: 'UnknownOperationException', status: 404, message });
  }

  #wait(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.closing.signal);
  }
}

function faultReply(fault: Exclude<FaultAction, { kind: 'delay' }>): Reply | null {
  switch (fault.kind) {
    case 'drop':
      return null;
    case 'garbage':
      return { status: 200, body: fault.body };
    case 'status':
      if (fault.name === undefined) return { status: fault.status, body: fault.message ?? '' };
      return errorReply({ name: fault.name, status: fault.status, message: fault.message ?? '' });
  }
}

function withRequestId(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'x-amzn-requestid': randomUUID() } };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new Fault('SANDBOX_LISTEN', `The sandbox cannot listen on port ${port}: ${cause.message}`, { cause }),
      );
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Lets the calls that are being answered end, but not for long. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
