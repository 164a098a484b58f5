import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import type { FeedbackBook } from './apply.ts';
import { parseMessage } from './parse.ts';

/** Letters, at most: enough to see what they are. */
const DEAD_LETTERS_MAX = 1_000;
/**
 * Events of SES have some kilobytes, with all headers of a mail some more: what is longer is cut, shows at its beginning
 * what it is, and can't be replayed. All letters take 64 MB at the most.
 */
const BODY_CHARACTERS_MAX = 65_536;
/** Letters that a replay reads at a time. */
const REPLAY_LETTERS = 100;

/** By which way a message came. */
export type Source = 'sqs' | 'sns';

/** A message that nobody could act upon. */
export interface Letter {
  /** Of its entry in the stream: the milliseconds since 1970 and a count. */
  readonly id: string;
  readonly atMs: number;
  readonly source: string;
  /** Holds no address. */
  readonly reason: string;
  /** As it came. It may hold addresses. */
  readonly body: string;
  readonly isCut: boolean;
}

export interface ReplayCount {
  /** Were events after all, and are applied. */
  readonly applied: number;
  /** Are about mails that Sluice did not send, and are gone too. */
  readonly foreign: number;
  /** Can't be read by this version either. */
  readonly kept: number;
}

/** Stream: messages that are no events, or of a type that is not known, with the reason. The oldest make room. */
export function deadLetters(keys: Keys): string {
  return `${keys.feedback()}:dead`;
}

/** Messages about events that were set aside, in Redis. */
export class DeadLetters {
  readonly #redis: Redis;
  readonly #stream: string;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#stream = deadLetters(keys);
  }

  async setAside(
    source: Source,
    letters: readonly { readonly body: string; readonly reason: string }[],
  ): Promise<void> {
    await Promise.all(
      letters.map(({ body, reason }) =>
        this.#redis.xadd(
          this.#stream,
          'MAXLEN',
          DEAD_LETTERS_MAX,
          '*',
          'source',
          source,
          'reason',
          reason,
          'body',
          body.slice(0, BODY_CHARACTERS_MAX),
          ...(body.length > BODY_CHARACTERS_MAX ? ['cut', '1'] : []),
        ),
      ),
    );
  }

  count(): Promise<number> {
    return this.#redis.xlen(this.#stream);
  }

  /** The newest first. */
  async list(lettersMax: number): Promise<Letter[]> {
    const entries = await this.#redis.xrevrange(this.#stream, '+', '-', 'COUNT', lettersMax);
    return entries.map(letterOf);
  }

  /** Reads all of them again, as they would be read if they came now. What is an event by now is applied and gone. */
  async replay(book: Pick<FeedbackBook, 'apply'>): Promise<ReplayCount> {
    const count = { applied: 0, foreign: 0, kept: 0 };
    let after = '-';
    for (;;) {
      const entries = await this.#redis.xrange(this.#stream, after, '+', 'COUNT', REPLAY_LETTERS);
      const last = entries.at(-1);
      if (!last) return count;
      await this.#replaySome(entries.map(letterOf), book, count);
      after = `(${last[0]}`;
    }
  }

  /** @returns how many there were */
  async remove(ids: readonly string[]): Promise<number> {
    return ids.length === 0 ? 0 : this.#redis.xdel(this.#stream, ...ids);
  }

  /** @returns how many there were */
  async clear(): Promise<number> {
    return this.#redis.xtrim(this.#stream, 'MAXLEN', 0);
  }

  async #replaySome(
    letters: readonly Letter[],
    book: Pick<FeedbackBook, 'apply'>,
    count: { applied: number; foreign: number; kept: number },
  ): Promise<void> {
    const read = letters.map(({ id, body }) => ({ id, said: parseMessage(body) }));
    const events = read.flatMap(({ id, said }) => (said.kind === 'event' ? [{ id, event: said.event }] : []));
    const foreign = read.flatMap(({ id, said }) => (said.kind === 'foreign' ? [id] : []));
    const results = await book.apply(events.map(({ event }) => event));
    const applied = events.flatMap(({ id }, index) => (results[index] === null ? [id] : []));
    await this.remove([...applied, ...foreign]);
    count.applied += applied.length;
    count.foreign += foreign.length;
    count.kept += letters.length - applied.length - foreign.length;
    const failure = results.find((result) => result !== null);
    if (failure) throw failure;
  }
}

function letterOf([id, fields]: [id: string, fields: string[]]): Letter {
  const field = (name: string) => {
    const at = fields.findIndex((each, index) => index % 2 === 0 && each === name);
    return at < 0 ? null : (fields[at + 1] ?? null);
  };
  return {
    id,
    atMs: Number(id.split('-')[0]),
    source: field('source') ?? 'sqs',
    reason: field('reason') ?? '',
    body: field('body') ?? '',
    isCut: field('cut') !== null,
  };
}
