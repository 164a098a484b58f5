import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import type { LogEvent } from '../log/event.ts';
import { encodeEntries } from '../suppression/entry.ts';
import { Gathering } from './gather.ts';

/** Whom a link of a mail names, as it was sealed. */
export interface Reader {
  /** The From address and the reader's, in their normal forms. */
  readonly sender: string;
  readonly address: string;
  readonly campaign: string;
  /** Position in the audience, from 1; 0 for a test mail. */
  readonly seq: number;
}

/** `one-click`: the mail program did it (RFC 8058). `page`: by the button of the page. */
export type Way = 'one-click' | 'page';

interface Wish {
  readonly verb: 'stop' | 'resume';
  readonly reader: Reader;
  readonly way: Way;
}

/** Name of the map of those who unsubscribed; one bit a position in the audience. */
const SEEN = 'unsubscribe';

/**
 * What readers ask for by the link of a mail. Resolved means that it counts for every claim from now on and, as far as
 * the server can say, that it is on disk. What was done already is done again without a trace, so that whoever had no
 * answer may ask again.
 *
 * Those who ask at a time wait for the disk together: one that syncs every second serves any number of them.
 */
export class UnsubscribeBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #run: ReturnType<typeof loadScript>;
  readonly #wishes: Gathering<Wish, Error | null>;

  /** @param redis a connection of its own, since the wait for the disk blocks it; `disk` is of the same connection */
  constructor(redis: Redis, keys: Keys, clock: Clock, disk: Disk) {
    this.#redis = redis;
    this.#keys = keys;
    this.#clock = clock;
    this.#run = loadScript(redis, new URL('./unsubscribe.lua', import.meta.url));
    this.#wishes = new Gathering(async (wishes) => {
      const results = await Promise.all(wishes.map((wish) => this.#grant(wish).then(() => null, asError)));
      await disk.flushed();
      return results;
    });
  }

  /** Rejects where it is not certain that Redis has it: the same again does no harm. */
  unsubscribe(reader: Reader, way: Way): Promise<void> {
    return this.#ask({ verb: 'stop', reader, way });
  }

  resubscribe(reader: Reader): Promise<void> {
    return this.#ask({ verb: 'resume', reader, way: 'page' });
  }

  async isUnsubscribed({ sender, address }: Reader): Promise<boolean> {
    return (await this.#redis.hexists(this.#keys.unsubscribed(sender), address)) === 1;
  }

  async #ask(wish: Wish): Promise<void> {
    const [failure] = await this.#wishes.add([wish]);
    if (failure) throw failure;
  }

  async #grant({ verb, reader, way }: Wish): Promise<void> {
    const { sender, address, campaign, seq } = reader;
    const at = this.#clock.now();
    const row: LogEvent = {
      event_type: verb === 'stop' ? 'unsubscribe' : 'resubscribe',
      event_time: at,
      campaign_id: campaign,
      recipient: address,
      sender,
      reason: way,
      ...(seq === 0 ? { test: true } : { seq }),
    };
    const entry = encodeEntries([{ reason: 'unsubscribed', at, source: 'reader', detail: campaign }]);
    const keys = [
      this.#keys.unsubscribed(sender),
      this.#keys.senders(),
      this.#keys.campaign(campaign),
      this.#keys.outbox(),
      this.#keys.seen(campaign, SEEN),
    ];
    await this.#run(keys, [verb, address, entry, seq, JSON.stringify(row)]);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Fault('UNSUBSCRIBE', String(thrown));
}
