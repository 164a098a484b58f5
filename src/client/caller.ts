import { errorOf, SluiceError } from './error.ts';

export interface ClientOptions {
  /** Where the server is, such as `http://localhost:3000`; a path in it goes before all others. */
  readonly url: string;
  /** SLUICE_API_TOKEN; none is needed on the server's own machine where none is set. */
  readonly token?: string | undefined;
  /** In place of the runtime's own. */
  readonly fetch?: typeof fetch | undefined;
  /** How long an answer may take; ten times as long where the log or an audience is read for it. 30 seconds where it is missing. */
  readonly timeoutMs?: number | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Its parts, each percent-encoded here: `['campaigns', id, 'pause']`. */
  readonly path: readonly string[];
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly content?: {
    readonly type: string;
    readonly body: NonNullable<RequestInit['body']>;
    readonly once: boolean;
  };
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What may be asked again where nobody knows whether it was heard; false: it is asked once. */
  readonly isIdempotent?: boolean;
  /** `none`: until it is aborted. */
  readonly patience?: 'usual' | 'long' | 'none';
}

const TIMEOUT_MS = 30_000;
const LONG = 10;
const TRIES = 5;
const BACKOFF_MS = 500;
/** Who is told to come again later than this is told that it did not work. */
const RETRY_AFTER_MS_MAX = 60_000;

/** Asks the API. What failed on the way is tried again where that can't do anything twice. */
export class Caller {
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;

  constructor({ url, token, fetch: own, timeoutMs = TIMEOUT_MS }: ClientOptions) {
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`);
    this.#token = token;
    // Some runtimes want it called as a function of the global object.
    this.#fetch = own ?? ((input, init) => globalThis.fetch(input, init));
    this.#timeoutMs = timeoutMs;
  }

  /** @throws SluiceError */
  async json<T>(call: Call): Promise<T> {
    return this.#tried(call, async () => {
      const response = await this.#once(call);
      requireType(response, 'application/json');
      // It may break off on the way, or its time be up.
      const text = await response.text().catch((cause: unknown) => {
        if (call.signal?.aborted) throw cause;
        throw new SluiceError({ status: null, title: 'the answer broke off', cause });
      });
      const said: Said<unknown> = { answer: parsed(text) };
      if (isAnswer<T>(said)) return said.answer;
      throw noSluice(response);
    });
  }

  /** An answer of 2xx. @throws SluiceError */
  send(call: Call): Promise<Response> {
    return this.#tried(call, async () => {
      const response = await this.#once(call);
      requireType(response, call.accept ?? 'application/json');
      return response;
    });
  }

  async #tried<T>(call: Call, act: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await act();
      } catch (thrown) {
        const waitMs = call.signal?.aborted ? null : waitOf(thrown, call, tries);
        if (waitMs === null) throw thrown;
        await pause(waitMs, call.signal);
      }
    }
  }

  async #once(call: Call): Promise<Response> {
    const { method, json, content, headers, accept = 'application/json' } = call;
    const type = content?.type ?? (json === undefined ? undefined : 'application/json');
    const body = content?.body ?? (json === undefined ? undefined : JSON.stringify(json));
    const init = {
      method,
      headers: {
        accept,
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...headers,
      },
      // Whoever answers by sending elsewhere is not Sluice, and should not get the token.
      redirect: 'error' as const,
      ...(body === undefined ? {} : { body, duplex: 'half' as const }),
    };
    const signal = this.#signalOf(call);
    const response = await this.#fetch(this.#urlOf(call), signal ? { ...init, signal } : init).catch(
      (cause: unknown) => {
        if (call.signal?.aborted) throw cause;
        throw new SluiceError({ status: null, title: `${this.#base.origin} does not answer`, cause });
      },
    );
    if (response.ok) return response;
    throw await errorOf(response);
  }

  #urlOf({ path, query = {} }: Call): URL {
    const url = new URL(['v1', ...path.map(encodeURIComponent)].join('/'), this.#base);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, `${value}`);
    return url;
  }

  #signalOf({ signal, patience = 'usual' }: Call): AbortSignal | null {
    if (patience === 'none') return signal ?? null;
    const timeout = AbortSignal.timeout(this.#timeoutMs * (patience === 'long' ? LONG : 1));
    return signal ? AbortSignal.any([signal, timeout]) : timeout;
  }
}

/** How long to wait before it is asked again; null: it is not. */
function waitOf(thrown: unknown, { isIdempotent = true, content }: Call, tries: number): number | null {
  if (!(thrown instanceof SluiceError) || !isIdempotent || content?.once === true || tries >= TRIES)
    return null;
  const { status, retryAfterMs } = thrown;
  if (status !== null && status !== 429 && status !== 503) return null;
  const waitMs = retryAfterMs ?? BACKOFF_MS * 2 ** (tries - 1);
  return waitMs > RETRY_AFTER_MS_MAX ? null : waitMs;
}

/** Resolves after so long, or where the signal is aborted; then the next try throws. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** A page of a proxy's, or of another server at this address, may come with 200. @throws SluiceError */
function requireType(response: Response, wanted: string): void {
  const type = response.headers.get('content-type') ?? '';
  if (type.toLowerCase().startsWith(wanted)) return;
  response.body?.cancel().catch(() => {});
  throw noSluice(response);
}

function noSluice({ status }: Response): SluiceError {
  return new SluiceError({
    status,
    title: 'the answer is not one of Sluice’s: is the client’s url that of its server?',
  });
}

/** Null where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Server and client are of one package, and tests hold the one against the other; a proxy's page is seen here. */
function isAnswer<T>(said: Said<unknown>): said is Said<T> {
  return typeof said.answer === 'object' && said.answer !== null;
}

interface Said<T> {
  readonly answer: T;
}
