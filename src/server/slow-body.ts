import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { FastifyInstance } from 'fastify';

export interface BodyLimits {
  /** From a request's head to the last byte of its body. */
  readonly requestMs: number;
  /** Of an upload: from one piece of it to the next. */
  readonly stallMs: number;
}

/**
 * Bounds in time for every body: whole ones have so long, uploads (`config.isUpload`) must only go on. Node's own `requestTimeout` knows
 * one time for all. And a bound in size for uploads, the route's `bodyLimit`, since Fastify holds none against what is read as a stream.
 */
export function addBodyLimits(app: FastifyInstance, limits: BodyLimits): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const { bodyLimit, config } = request.routeOptions;
    const isUpload = config.isUpload ?? false;
    const body = new BoundedBody(isUpload ? bodyLimit : Number.POSITIVE_INFINITY, limits, isUpload);
    return body.from(payload);
  });
  // What was not read comes all the same, and would be taken for the next request's.
  app.addHook('onSend', async (request, reply) => {
    if (!request.raw.complete) void reply.header('connection', 'close');
  });
}

class BoundedBody extends Transform {
  readonly #bytesMax: number;
  readonly #limits: BodyLimits;
  readonly #isUpload: boolean;
  #timer: NodeJS.Timeout;
  #bytes = 0;

  constructor(bytesMax: number, limits: BodyLimits, isUpload: boolean) {
    super();
    this.#bytesMax = bytesMax;
    this.#limits = limits;
    this.#isUpload = isUpload;
    this.#timer = this.#alarm();
  }

  /** Not a pipeline: that would close the socket with the stream, and the answer has to go out first. */
  from(payload: Readable): this {
    // Who reads it hears of it first; after that nobody needs to.
    this.on('error', () => {});
    payload.once('error', () => this.destroy(new BodyError(400, 'FST_ERR_BODY_CUT_OFF')));
    payload.once('close', () => {
      if (!this.writableEnded) this.destroy(new BodyError(400, 'FST_ERR_BODY_CUT_OFF'));
    });
    payload.pipe(this);
    return this;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#isUpload) this.#timer = this.#alarm(this.#timer);
    done(this.#bytes > this.#bytesMax ? new BodyError(413, 'FST_ERR_CTP_BODY_TOO_LARGE') : null, chunk);
  }

  override _flush(done: TransformCallback): void {
    clearTimeout(this.#timer);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    done(error);
  }

  #alarm(before?: NodeJS.Timeout): NodeJS.Timeout {
    clearTimeout(before);
    const { requestMs, stallMs } = this.#limits;
    return setTimeout(
      () => {
        // Who waits for us to take more is not late.
        if (this.#isUpload && this.writableNeedDrain) this.#timer = this.#alarm();
        else this.destroy(new BodyError(408, 'FST_ERR_BODY_LATE'));
      },
      this.#isUpload ? stallMs : requestMs,
    ).unref();
  }
}

/** As Fastify's own errors: the status is what counts. */
class BodyError extends Error {
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string) {
    super(code);
    this.name = 'BodyError';
    this.statusCode = statusCode;
    this.code = code;
  }
}
