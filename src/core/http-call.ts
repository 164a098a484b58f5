import type { Dispatcher } from 'undici';

export interface HttpRequest {
  readonly origin: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | null;
  /** How long it may take, from its handing over to the end of the answer. */
  readonly timeoutMs: number;
}

export type HttpAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: Buffer;
    }
  | {
      readonly kind: 'failure';
      readonly error: Error;
      /** True where no byte of the request was handed to the network. */
      readonly isUnsent: boolean;
    };

/** No answer of an API that we call is nearly as long. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/**
 * One request, one try, one answer. undici starts a request again only where the connection was lost before its first byte; should
 * it ever do so later, the second start is refused here, since the first may have arrived.
 */
export function httpCall(dispatcher: Dispatcher, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const exchange = new Exchange(request.timeoutMs, resolve);
    const { origin, path, method, headers, body } = request;
    try {
      dispatcher.dispatch(
        { origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0 },
        exchange,
      );
    } catch (thrown) {
      exchange.onResponseError(null, thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(timeoutMs: number, resolve: (answer: HttpAnswer) => void) {
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#timedOut(timeoutMs), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#controller) {
      controller.abort(new Error('the connection was lost, and the request is not sent a second time'));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 100 to 199 come before the answer.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MAX) controller.abort(new Error('the answer is too long'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first = Buffer.alloc(0)] = this.#chunks;
    const body = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
    this.#end({ kind: 'answer', status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#end({ kind: 'failure', error, isUnsent: this.#controller === null });
  }

  #timedOut(timeoutMs: number): void {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    error.name = 'TimeoutError';
    // A request that waits for its connection can't be taken back: its start is refused when it comes.
    const isUnsent = this.#controller === null;
    if (this.#controller) this.#controller.abort(error);
    else this.#controller = REFUSED;
    this.#end({ kind: 'failure', error, isUnsent });
  }

  /** Only the first end counts: an abort is followed by an error of its own. */
  #end(answer: HttpAnswer): void {
    clearTimeout(this.#timer);
    this.#resolve(answer);
  }
}

/** In place of the controller of a request that has been given up before it started. */
const REFUSED: Dispatcher.DispatchController = {
  aborted: true,
  paused: false,
  reason: null,
  abort: () => {},
  pause: () => {},
  resume: () => {},
};
