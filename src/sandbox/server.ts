import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../core/clock.ts';
import { Account, type AccountSettings } from './account.ts';
import { findOperation } from './api.ts';
import { KnownDomains } from './dns-known.ts';
import type { DnsSource } from './dns-record.ts';
import { startDnsServer } from './dns-server.ts';
import { resolverView, sourceView } from './dns-view.ts';
import { ZoneFile } from './dns-zone.ts';
import { EventFeed, type EventOptions } from './event-feed.ts';
import type { FaultAction, FaultHook } from './fault.ts';
import { errorReply, json, type Reply, readBody, writeReply } from './http.ts';
import { Identities } from './identities.ts';
import { closeServer, HOST, listen } from './listen.ts';
import { readMailbox } from './mailbox.ts';
import type { QueueDepth } from './message-queue.ts';
import { Resources } from './resources.ts';
import { checkSignature } from './signature.ts';
import { findSqsOperation, parseSqsBody, QUEUE_PATH } from './sqs-api.ts';
import type { SesState } from './state.ts';
import { MailStore } from './store.ts';
import { SuppressionList } from './suppression-list.ts';
import { TemplateCache } from './template.ts';

/** SES takes messages of 40 MB; the rest is room for JSON's escapes. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
/** Long enough that the client's own bound on idle connections is what closes them, as with SES. */
const IDLE_CONNECTION_MS = 65_000;
const PORT_ATTEMPTS = 20;

/** `servers`: `ip:port` of resolvers. `zoneFile`: path of a zone file, read again when it changes, and served. */
type SandboxDns = { readonly servers: readonly string[] } | { readonly zoneFile: string };

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
  /** Domains that may send, and those below them; where neither this nor `dns` is given every domain may. */
  readonly verifiedDomains?: readonly string[];
  /** Where the records of identities are looked for; without it they are always there, for every domain. */
  readonly dns?: SandboxDns;
  /** Configuration sets that exist from the start. */
  readonly configurationSets?: readonly string[];
  readonly region?: string;
  /** What goes wrong, call by call. */
  readonly faults?: FaultHook;
  /** The events of the mails, in a queue that speaks SQS; false for none. */
  readonly events?: EventOptions | false;
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`: the endpoint for the SDK, and the base of `/mails` and `/stats`. */
  readonly url: string;
  readonly port: number;
  /** Where the events are, for an SQS client with the same endpoint; null where there are none. */
  readonly queueUrl: string | null;
  /** How many events wait, and how. */
  queueDepth(): QueueDepth | null;
  /** `127.0.0.1:<port>`: where the sandbox answers DNS questions; null where it asks other servers itself. */
  readonly dnsServer: string | null;
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
  const { port, closeDns } = await listenBoth(server, options.port ?? 0, endpoint.names);
  const { store, account } = endpoint.state;
  const url = `http://${HOST}:${port}`;
  return {
    url,
    port,
    queueUrl: endpoint.feed && `${url}${QUEUE_PATH}`,
    queueDepth: () => endpoint.feed?.queue.depth() ?? null,
    dnsServer: endpoint.names && `${HOST}:${port}`,
    store,
    account: account.settings,
    close: async () => {
      endpoint.closing.abort();
      await Promise.all([closeServer(server), closeDns()]);
    },
  };
}

/** HTTP on TCP, and DNS on UDP, on the same port. */
async function listenBoth(
  server: Server,
  wanted: number,
  names: DnsSource | null,
): Promise<{ readonly port: number; readonly closeDns: () => Promise<void> }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await listen(server, wanted);
    if (!names) return { port, closeDns: async () => {} };
    try {
      const dns = await startDnsServer(port, names);
      return { port, closeDns: () => dns.close() };
    } catch (thrown) {
      await closeServer(server);
      // Any port will do: somebody else has just this one.
      if (wanted !== 0 || attempt === PORT_ATTEMPTS) throw thrown;
    }
  }
}

class Endpoint {
  readonly state: SesState;
  /** What the sandbox's own DNS serves; null where others are asked. */
  readonly names: DnsSource | null;
  readonly feed: EventFeed | null;
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
    const region = options.region ?? 'us-east-1';
    const { events = {} } = options;
    const suppressed = new SuppressionList();
    const feed = events === false ? null : new EventFeed(events, region, clock, suppressed);
    this.feed = feed;
    const { identities, names } = identitiesOf(options, region, clock);
    this.names = names;
    this.state = {
      account: new Account(options.account ?? {}, clock.now()),
      resources: new Resources(options.configurationSets),
      templates: new TemplateCache(),
      store: new MailStore(options.storeMailsMax, feed && ((mail, error) => feed.publish(mail, error))),
      suppressed,
      identities,
      region,
      hadTransientFailure: new Set(),
      turnedAway: { throttled: 0, overQuota: 0 },
      now: () => clock.now(),
    };
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#reply(request, response);
      if (reply) writeReply(response, reply, this.#clock.now(), !this.closing.signal.aborted);
      else request.socket.resetAndDestroy();
    } catch {
      // The client went away while its body was read, or the fault hook failed: there is nobody to tell.
      request.socket.destroy();
    }
  }

  /** Null: the connection is reset instead. */
  async #reply(request: IncomingMessage, response: ServerResponse): Promise<Reply | null> {
    const body = await readBody(request, BODY_BYTES_MAX);
    if (!body) {
      const message = `The request is larger than ${BODY_BYTES_MAX} bytes.`;
      return errorReply({ name: 'RequestEntityTooLargeException', status: 413, message });
    }
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') return this.#sqs(request, response, target, body);
    const method = request.method ?? '';
    const url = new URL(request.url ?? '', `http://${HOST}`);
    if (/^\/v[12]\//.test(url.pathname)) return this.#ses(request, method, url, body);
    const stats = { calls: this.#calls, ...this.state.turnedAway, events: this.feed?.queue.depth() ?? null };
    return (
      readMailbox(this.state.store, method, url, stats) ??
      json({ message: `Nothing at ${method} ${url.pathname}.` }, 404)
    );
  }

  #ses(request: IncomingMessage, method: string, url: URL, body: Buffer): Promise<Reply | null> {
    const { pathname: path, searchParams } = url;
    const found = findOperation(method, path);
    return this.#call(request, 'ses', found?.operation.name ?? 'Unknown', body, () =>
      found
        ? found.operation.run(this.state, body, found.resource, searchParams, found.part)
        : unknownOperation(`${method} ${path}`),
    );
  }

  #sqs(
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    body: Buffer,
  ): Promise<Reply | null> {
    const found = findSqsOperation(target);
    const queue = this.feed?.queue;
    return this.#call(request, 'sqs', found?.name ?? 'Unknown', body, () => {
      if (!found || !queue) return unknownOperation(target);
      // What is handed to a client that has gone away would be hidden for nothing.
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, this.closing.signal]);
      return found.run({ queue, signal }, parseSqsBody(body));
    });
  }

  /** Counts a call, lets the hook do it harm, checks who signed it, and runs it. */
  async #call(
    request: IncomingMessage,
    service: 'ses' | 'sqs',
    operation: string,
    body: Buffer,
    run: () => Reply | Promise<Reply>,
  ): Promise<Reply | null> {
    this.#callNumber += 1;
    this.#calls[operation] = (this.#calls[operation] ?? 0) + 1;
    const fault = (await this.#faults?.({ number: this.#callNumber, operation, body })) ?? null;
    if (fault && !fault.taken && fault.kind !== 'delay') return faultReply(fault);
    if (fault?.kind === 'delay' && !fault.taken) {
      await this.#wait(fault.ms);
      if (this.closing.signal.aborted) return null;
    }
    // Judged when everything has arrived, as late as can be: what is let in from here on is accepted.
    const refused = checkSignature(request.headers, service, this.#clock.now());
    const reply = refused ? errorReply(refused) : await run();
    if (this.#latencyMs > 0) await this.#wait(this.#latencyMs);
    if (fault?.taken && fault.kind === 'delay') await this.#wait(fault.ms);
    return fault?.taken && fault.kind !== 'delay' ? faultReply(fault) : withRequestId(reply);
  }

  #wait(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.closing.signal);
  }
}

/** Who may send, and the names that the sandbox's own DNS serves, where it has one. */
function identitiesOf(
  { dns, verifiedDomains }: SandboxOptions,
  region: string,
  clock: Clock,
): { readonly identities: Identities; readonly names: DnsSource | null } {
  const verified =
    dns || verifiedDomains ? new Set((verifiedDomains ?? []).map((name) => name.toLowerCase())) : null;
  const common = { region, verified, now: () => clock.now() };
  if (!dns) {
    const identities = new Identities({ ...common, view: null });
    return { identities, names: new KnownDomains(region, (name) => identities.isMailFrom(name)) };
  }
  if ('servers' in dns)
    return { identities: new Identities({ ...common, view: resolverView(dns.servers) }), names: null };
  const names = new ZoneFile(dns.zoneFile, (line) => process.stderr.write(`${line}\n`));
  return { identities: new Identities({ ...common, view: sourceView(names) }), names };
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

function unknownOperation(asked: string): Reply {
  const message = `The sandbox has no operation at ${asked}.`;
  return errorReply({ name: 'UnknownOperationException', status: 404, message });
}

function withRequestId(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'x-amzn-requestid': randomUUID() } };
}
