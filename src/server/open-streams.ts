import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { callerOf } from './caller.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { type EventSource, EventStream } from './event-stream.ts';
import { callerOfRequest } from './guard.ts';
import { sendProblem } from './problem.ts';

export interface StreamLimits {
  /** Streams of this process at a time. Each holds a socket. */
  readonly streams: number;
  /** Of one address, behind which there may be an office. */
  readonly streamsPerCaller: number;
  readonly heartbeatMs: number;
}

/** How long somebody waits for whom there was no room, in seconds. */
const RETRY_SECONDS = 10;

/** All streams of events that are open: so many and no more, none longer than its session, and all end before the server stops. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #clock: Clock;
  readonly #open = new Map<EventStream, { readonly caller: string; readonly session: string | null }>();
  #isStopping = false;

  constructor(limits: StreamLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  answer(request: FastifyRequest, reply: FastifyReply, source: EventSource): FastifyReply {
    const caller = callerOf(request);
    if (this.#isStopping || !this.#hasRoom(caller)) {
      void reply.header('retry-after', RETRY_SECONDS);
      return sendProblem(reply, 503, 'Not now', 'too many event streams are open');
    }
    // Its socket is of no more use afterwards, and a proxy must hand on what comes when it comes.
    void reply
      .type('text/event-stream; charset=utf-8')
      .headers({ connection: 'close', 'x-accel-buffering': 'no' });
    if (request.method === 'HEAD') return reply.send('');
    return reply.send(this.#start(request, caller, source));
  }

  endAll(): void {
    this.#isStopping = true;
    for (const stream of this.#open.keys()) stream.end();
  }

  /** After a sign-out: what other pages of that session read. */
  endOf(session: string): void {
    for (const [stream, reader] of this.#open) if (reader.session === session) stream.end();
  }

  /** What sessions read that were ended in other processes. Where Redis does not say, they go on. */
  async endOver(ended: EndedSessions): Promise<void> {
    const sessions = new Set([...this.#open.values()].flatMap(({ session }) => session ?? []));
    for (const session of (await ended.among([...sessions])) ?? []) this.endOf(session);
  }

  #hasRoom(caller: string): boolean {
    const { streams, streamsPerCaller } = this.#limits;
    const own = [...this.#open.values()].filter((each) => each.caller === caller).length;
    return this.#open.size < streams && own < streamsPerCaller;
  }

  #start(request: FastifyRequest, caller: string, source: EventSource): EventStream {
    const lastId = request.headers['last-event-id'];
    const stream = new EventStream(typeof lastId === 'string' ? lastId : null, this.#limits.heartbeatMs);
    const reader = callerOfRequest(request);
    this.#open.set(stream, { caller, session: reader?.sealed?.id ?? null });
    const expiresAt = reader?.sealed?.expiresAt ?? null;
    const expiry =
      expiresAt === null ? null : setTimeout(() => stream.end(), expiresAt - this.#clock.now()).unref();
    const stop = source(stream);
    stream.once('close', () => {
      this.#open.delete(stream);
      if (expiry) clearTimeout(expiry);
      stop();
    });
    return stream;
  }
}
