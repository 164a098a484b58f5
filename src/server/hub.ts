import { createHash } from 'node:crypto';
import type { Logger } from '../core/logger.ts';
import type { EventReader, EventSource } from './event-stream.ts';
import { problemOf } from './problem.ts';

export interface WatchOptions<T> {
  /** The event's name; `message` where it is missing. */
  readonly event?: string;
  /** From one answer to the next question. */
  readonly intervalMs: number;
  /** Whether nothing can follow: then readers get this one, and their streams end. */
  readonly isLast?: (value: T) => boolean;
}

interface Topic {
  /** With the id of what each has. */
  readonly readers: Map<EventReader, string | null>;
  /** The newest message; null before the first answer. */
  newest: { readonly id: string; readonly event: string; readonly data: unknown } | null;
  timer: NodeJS.Timeout | null;
}

/**
 * What many watch is asked for once: one poller a topic, which begins with its first reader, ends with its last one, and tells of what
 * changed only. An id is made of the content, so a reader that comes back, to whichever process, gets nothing that it has.
 *
 * Where it can't be asked for, readers get one event `trouble`, with a problem as HTTP would answer it, and the next answer afterwards.
 */
export class Hub {
  readonly #logger: Logger;
  readonly #topics = new Map<string, Topic>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** How many topics are asked for at the moment. */
  get size(): number {
    return this.#topics.size;
  }

  /**
   * A source of events for `tools.events`.
   * @param topic same topic, same questions: of several `ask` under one the first one's is used while it has readers
   */
  watch<T>(topic: string, ask: () => Promise<T>, options: WatchOptions<T>): EventSource {
    return (reader) => {
      const known = this.#topics.get(topic);
      const watched: Topic = known ?? { readers: new Map(), newest: null, timer: null };
      watched.readers.set(reader, reader.lastId);
      if (known) tell(known, reader);
      else {
        this.#topics.set(topic, watched);
        void this.#poll(topic, watched, ask, options);
      }
      return () => this.#leave(topic, watched, reader);
    };
  }

  #leave(topic: string, watched: Topic, reader: EventReader): void {
    watched.readers.delete(reader);
    if (watched.readers.size > 0) return;
    if (watched.timer) clearTimeout(watched.timer);
    if (this.#topics.get(topic) === watched) this.#topics.delete(topic);
  }

  async #poll<T>(
    name: string,
    watched: Topic,
    ask: () => Promise<T>,
    options: WatchOptions<T>,
  ): Promise<void> {
    const { event = 'message', intervalMs, isLast } = options;
    const answer = await ask().then(
      (value) => ({ event, data: value, isLast: isLast?.(value) ?? false }),
      (thrown: unknown) => ({
        event: 'trouble',
        data: this.#troubleOf(name, watched, thrown),
        isLast: false,
      }),
    );
    const id = createHash('sha256')
      .update(`${answer.event}\n${JSON.stringify(answer.data)}`)
      .digest('base64url')
      .slice(0, ID_CHARACTERS);
    if (watched.newest?.id !== id) {
      watched.newest = { id, event: answer.event, data: answer.data };
      for (const reader of watched.readers.keys()) tell(watched, reader);
    }
    if (answer.isLast) for (const reader of watched.readers.keys()) reader.end();
    if (watched.readers.size === 0) return;
    watched.timer = setTimeout(() => void this.#poll(name, watched, ask, options), intervalMs);
  }

  /** Said once, and not with every question. */
  #troubleOf(topic: string, watched: Topic, thrown: unknown): unknown {
    if (watched.newest?.event !== 'trouble')
      this.#logger.warn('what is watched could not be asked for', {
        topic: topic.split(':')[0],
        error: thrown,
      });
    return problemOf(thrown);
  }
}

/** 96 bits. */
const ID_CHARACTERS = 16;

/** What is as it was when a reader came, and was otherwise in between, is news to it. */
function tell({ readers, newest }: Topic, reader: EventReader): void {
  if (newest === null || newest.id === readers.get(reader)) return;
  readers.set(reader, newest.id);
  reader.send(newest);
}
