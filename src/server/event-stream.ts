import { Readable } from 'node:stream';

/** One event of a stream (WHATWG HTML, 9.2). */
export interface StreamMessage {
  /** Its name; readers that ask for none hear `message`. Of several under one name only the newest counts. */
  readonly event?: string;
  /** What a reader that comes again says it has had (`Last-Event-ID`). */
  readonly id?: string;
  /** Sent as JSON. */
  readonly data: unknown;
}

/** Somebody who reads a stream. */
export interface EventReader {
  /** `Last-Event-ID` of a reader that was here before; null of a new one. */
  readonly lastId: string | null;
  send(message: StreamMessage): void;
  /** Nothing more comes. A browser comes again after a while all the same, unless its script closes the stream. */
  end(): void;
}

/** Where a stream's events come from: begins to send, and gives back what ends it. */
export type EventSource = (reader: EventReader) => () => void;

/** How long a browser waits before it comes again. */
const RETRY_MS = 3_000;
/** Proxies drop connections on which nothing moves, usually after a minute. */
const HEARTBEAT_MS = 15_000;
/** Names under which something may wait. Each holds its newest message only, so a reader that does not read costs so many. */
const WAITING_MAX = 64;

/**
 * A stream of `text/event-stream`. What its reader has not taken yet is replaced by what is newer under the same name: somebody slow
 * sees fewer steps, and the newest in the end.
 */
export class EventStream extends Readable implements EventReader {
  readonly lastId: string | null;
  readonly #waiting = new Map<string, StreamMessage>();
  readonly #heartbeat: NodeJS.Timeout;
  #isThirsty = false;
  #isEnding = false;

  constructor(lastId: string | null, heartbeatMs: number = HEARTBEAT_MS) {
    // One message beyond what the socket takes; the rest waits here, where it can be replaced.
    super({ highWaterMark: 1, encoding: 'utf8' });
    this.lastId = lastId;
    this.push(`retry: ${RETRY_MS}\n\n`);
    this.#heartbeat = setInterval(() => {
      // Where messages wait, the reader is slow and not forgotten.
      if (this.#isThirsty && !this.#isEnding) this.#give(': \n\n');
    }, heartbeatMs).unref();
  }

  send(message: StreamMessage): void {
    if (this.#isEnding) return;
    const name = message.event ?? '';
    // What is newest stands last, as it would have come.
    this.#waiting.delete(name);
    if (this.#waiting.size < WAITING_MAX) this.#waiting.set(name, message);
    if (this.#isThirsty) this.#next();
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    clearInterval(this.#heartbeat);
    if (this.#isThirsty) this.#next();
  }

  override _read(): void {
    this.#isThirsty = true;
    this.#next();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    this.#waiting.clear();
    this.#isEnding = true;
    done(error);
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first) {
      this.#waiting.delete(first[0]);
      this.#give(written(first[1]));
    } else if (this.#isEnding) {
      this.#isThirsty = false;
      this.push(null);
    }
  }

  #give(text: string): void {
    this.#isThirsty = false;
    this.push(text);
  }
}

/** JSON has no line breaks of its own, so the data is one line. */
function written({ event, id, data }: StreamMessage): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  const mark = id === undefined ? '' : `id: ${id}\n`;
  return `${name}${mark}data: ${JSON.stringify(data)}\n\n`;
}
