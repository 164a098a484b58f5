import type { Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { encodeBlock } from '../log/block.ts';
import type { EventBlock } from '../log/event.ts';
import { reasonOfLetter } from '../suppression/entry.ts';
import { outcomeSchema, type TestClaim, type TestOutcome } from './test-outcome.ts';

/** How an address of a test stands. */
export type TestState = TestOutcome | { readonly kind: 'waiting' | 'claimed' };

/** How long the record of a test is kept after a worker has last touched it, for a worker that takes its job again. */
const KEEP_MS = 15 * 60_000;

/**
 * The record of a test send in Redis: a hash with a field for each address, by its position. A field is missing until the
 * address is claimed, then holds `c<token>` of the run that claimed it, then the outcome (JSON). While the field `open` is
 * there, somebody waits for the test; without it nobody is claimed any more.
 */
export class TestBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #backlogMax: number;
  readonly #claim: ReturnType<typeof loadScript>;

  /** @param backlogMax outbox entries at which nothing is claimed */
  constructor(redis: Redis, keys: Keys, backlogMax: number) {
    this.#redis = redis;
    this.#keys = keys;
    this.#backlogMax = backlogMax;
    this.#claim = loadScript(redis, new URL('./claim-test.lua', import.meta.url));
  }

  /** @param waitMs after which nobody is claimed, even if whoever asked for the test has died */
  async open(test: string, waitMs: number): Promise<void> {
    const key = this.#keys.test(test);
    await this.#redis.multi().hset(key, 'open', '1').pexpire(key, waitMs).exec();
  }

  /** Nobody waits any more: whoever is not claimed by now will not be. */
  async close(test: string): Promise<void> {
    await this.#redis.hdel(this.#keys.test(test), 'open');
  }

  /** @param token of this run: unique for ever */
  async claim(
    test: string,
    token: string,
    sender: string,
    addressed: readonly { readonly position: number; readonly normal: string }[],
  ): Promise<TestClaim[]> {
    const keys = this.#keys;
    const words = await this.#claim(
      [keys.test(test), keys.suppressedEverywhere(), keys.unsubscribed(sender), keys.outbox()],
      [
        token,
        this.#backlogMax,
        KEEP_MS,
        ...addressed.flatMap(({ position, normal }) => [String(position), normal]),
      ],
    );
    if (!Array.isArray(words) || words.length !== addressed.length) {
      throw new Fault('TEST_ANSWER', 'the script of a test send gave an answer that it never gives');
    }
    return words.map(claimOf);
  }

  /** Writes down what became of addresses, with their log rows, in one step. */
  async record(
    test: string,
    outcomes: ReadonlyMap<number, TestOutcome>,
    block: EventBlock | null,
  ): Promise<void> {
    if (outcomes.size === 0) return;
    const key = this.#keys.test(test);
    const fields = new Map([...outcomes].map(([position, outcome]) => [position, JSON.stringify(outcome)]));
    const step = this.#redis.multi().hset(key, fields).pexpire(key, KEEP_MS);
    if (block) step.xadd(this.#keys.outbox(), '*', 'b', encodeBlock(block));
    await step.exec();
  }

  /** One state an address, in order. */
  async read(test: string, addresses: number): Promise<TestState[]> {
    const fields = await this.#redis.hgetall(this.#keys.test(test));
    return Array.from({ length: addresses }, (_unused, position) => stateOf(fields[position]));
  }
}

function claimOf(word: unknown): TestClaim {
  switch (word) {
    case 'claimed':
    case 'lost':
    case 'done':
    case 'gone':
    case 'backlog':
      return { kind: word };
    default: {
      const rule = typeof word === 'string' ? reasonOfLetter(word) : null;
      if (!rule) throw new Fault('TEST_ANSWER', 'the script of a test send gave a word that it never gives');
      return { kind: 'suppressed', rule };
    }
  }
}

function stateOf(field: string | undefined): TestState {
  if (field === undefined) return { kind: 'waiting' };
  return field.startsWith('{') ? outcomeSchema.parse(JSON.parse(field)) : { kind: 'claimed' };
}
