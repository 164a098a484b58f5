import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../core/keys.ts';
import { loadScript } from '../core/script.ts';
import { REASON_LETTERS, REASONS, type Reason } from './entry.ts';
import { runsOf, suppressionsOf } from './line.ts';
import { ruleFor } from './rule.ts';
import { reasonOf, type Stamp, type Suppression, type Target } from './target.ts';

/** `added + already` is what was given. */
export interface AddCount {
  readonly added: number;
  readonly already: number;
}

/** In addresses, each counted once however often it was given. */
export interface RemoveCount {
  readonly removed: number;
  readonly absent: number;
}

/** All of what is given must hold; an empty filter lets everything through. */
export interface SuppressionFilter {
  readonly reason?: Reason;
  /** Normal address. Only what its readers unsubscribed from has a sender. */
  readonly sender?: string;
}

/** Where a page ends: in the hash of this sender, or for null in the one that counts everywhere, at this cursor of Redis's. */
export interface SuppressionPlace {
  readonly sender: string | null;
  readonly cursor: string;
}

/** In addresses. One that unsubscribed from two senders is in both their counts. */
export interface SuppressionCount {
  readonly everywhere: number;
  readonly unsubscribed: readonly { readonly sender: string; readonly addresses: number }[];
}

/**
 * Addresses in one script call: it takes Redis one or two milliseconds, for which claims wait, and its lines stay far
 * below the 8,000 arguments that Lua's unpack can take.
 */
export const CALL_ADDRESSES_MAX = 1_000;
/** Entries that one step of a scan asks Redis for; about as long a pause for others as a script call. */
const SCAN_ENTRIES = 1_000;
/** Steps that one page takes: where hardly anything passes the filter it would otherwise go through millions. */
const PAGE_STEPS_MAX = 50;

const Count = z.int().nonnegative();
const Counts = z.array(Count);

/**
 * Who gets no mail, in Redis. All addresses and senders are in their normal form.
 *
 * Nothing is cached: the claim's script reads the same hashes, so what an `add` has acknowledged stops every send that
 * is not claimed yet. A call of up to 1,000 addresses with one target is one atomic script, a longer one several, in
 * order. Every change can be made again with the same result; only the counts of a call that was sent again because its
 * answer was lost say `already` and `absent` of what its first run did.
 */
export class SuppressionStore {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #add: ReturnType<typeof loadScript>;
  readonly #remove: ReturnType<typeof loadScript>;
  readonly #forget: ReturnType<typeof loadScript>;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#add = loadScript(redis, new URL('./add.lua', import.meta.url));
    this.#remove = loadScript(redis, new URL('./remove.lua', import.meta.url));
    this.#forget = loadScript(redis, new URL('./forget.lua', import.meta.url));
  }

  /** An address that is there already for this target keeps its first entry, and counts as `already`. */
  add(target: Target, addresses: readonly string[], stamp: Stamp): Promise<AddCount> {
    return this.addEach(addresses.map((address) => ({ address, target, ...stamp })));
  }

  /** The same for suppressions of any targets: one script call for each hash and 1,000 of them. */
  async addEach(suppressions: readonly Suppression[]): Promise<AddCount> {
    const calls = [...bySender(suppressions)].flatMap(([sender, list]) =>
      chunks(list, CALL_ADDRESSES_MAX).map(async (some) => {
        const args = [
          sender ?? '',
          ...runsOf(some).flatMap(({ line, addresses }) => [line, addresses.join('\n')]),
        ];
        return Count.parse(await this.#add([this.#hash(sender), this.#keys.senders()], args));
      }),
    );
    const added = sum(await Promise.all(calls));
    return { added, already: suppressions.length - added };
  }

  /**
   * @param what one target; or `all`: every reason that counts everywhere, and the lists of all senders (hash by hash,
   * so a crash in between leaves some, and the same call again finishes it)
   */
  async remove(what: Target | 'all', addresses: readonly string[]): Promise<RemoveCount> {
    const distinct = [...new Set(addresses)];
    const hashes = what === 'all' ? [null, ...(await this.senders())] : [senderOf(what)];
    const removed = new Set<string>();
    const calls = chunks(distinct, CALL_ADDRESSES_MAX).flatMap((some) =>
      hashes.map(async (sender) => {
        const args = [sender ?? '', lettersOf(what, sender), ...some];
        const counts = Counts.parse(await this.#remove([this.#hash(sender), this.#keys.senders()], args));
        some.filter((_, i) => (counts[i] ?? 0) > 0).forEach((address) => removed.add(address));
      }),
    );
    await Promise.all(calls);
    return { removed: removed.size, absent: distinct.length - removed.size };
  }

  /**
   * Takes from the entries of an address their details, and its soft bounces; whatever keeps it from getting mail goes on
   * doing so. One step for all lists. Resolves with how many entries had a detail.
   */
  async forget(address: string): Promise<number> {
    const hashes = [null, ...(await this.senders())].map((sender) => this.#hash(sender));
    return Count.parse(await this.#forget([this.#keys.softBounces(address), ...hashes], [address]));
  }

  /**
   * Everything that is known against each address, in the order given, the most severe first: what counts everywhere,
   * and what counts for the sender, or for any sender where none is named.
   */
  async check(addresses: readonly string[], sender?: string): Promise<readonly (readonly Suppression[])[]> {
    const hashes = [null, ...(sender === undefined ? await this.senders() : [sender])];
    const values = await Promise.all(hashes.map((hash) => this.#values(hash, addresses)));
    return addresses.map((address, i) =>
      hashes.flatMap((hash, h) => suppressionsOf(hash, address, values[h]?.[i] ?? null)),
    );
  }

  /** What counts everywhere against each address, in the order given, the most severe first. */
  async checkEverywhere(addresses: readonly string[]): Promise<readonly (readonly Suppression[])[]> {
    const values = await this.#values(null, addresses);
    return addresses.map((address, i) => suppressionsOf(null, address, values[i] ?? null));
  }

  /**
   * The rule that keeps each address from getting a mail of this sender, in the order given; null where none does. One
   * round trip for up to 1,000. What is null here may be suppressed a moment later: only the claim decides.
   */
  async rules(
    addresses: readonly string[],
    sender: string,
    override: boolean,
  ): Promise<readonly (Reason | null)[]> {
    const [everywhere, unsubscribed] = await Promise.all([
      this.#values(null, addresses),
      this.#values(sender, addresses),
    ]);
    return addresses.map((_, i) => ruleFor(everywhere[i] ?? null, unsubscribed[i] ?? null, override));
  }

  /**
   * All suppressions that the filter lets through, in chunks, in no order. What is there from the first chunk to the
   * last comes at least once; what comes or goes meanwhile may be missing; a hash that grows or shrinks meanwhile may
   * give a few twice (so does Redis's HSCAN).
   */
  async *list(filter: SuppressionFilter = {}): AsyncIterable<readonly Suppression[]> {
    for (const one of await this.#hashesOf(filter))
      yield* this.#scan(one, one === null ? filter.reason : undefined);
  }

  /**
   * A page of `list`, from a place on: at least so many where there are so many, in no order, and often some more, since Redis
   * gives what it finds together. Where a filter lets little through a page may be short, or empty, though others follow.
   */
  async page(
    filter: SuppressionFilter,
    from: SuppressionPlace | null,
    count: number,
  ): Promise<{ readonly items: readonly Suppression[]; readonly next: SuppressionPlace | null }> {
    const left = (await this.#hashesOf(filter)).filter((one) => from === null || isFrom(one, from.sender));
    const items: Suppression[] = [];
    let [sender, ...others] = left;
    let cursor = from !== null && sender === from.sender ? from.cursor : '0';
    for (let steps = 0; sender !== undefined; steps += 1) {
      if (items.length >= count || steps >= PAGE_STEPS_MAX) return { items, next: { sender, cursor } };
      const step = await this.#step(sender, sender === null ? filter.reason : undefined, cursor, count);
      items.push(...step.some);
      cursor = step.next;
      if (cursor === '0') [sender, ...others] = others;
    }
    return { items, next: null };
  }

  /** As `list`, what counts everywhere: all reasons of an address are in one chunk. */
  listEverywhere(): AsyncIterable<readonly Suppression[]> {
    return this.#scan(null, undefined);
  }

  async count(): Promise<SuppressionCount> {
    const senders = await this.senders();
    const [everywhere = 0, ...addresses] = await Promise.all(
      [null, ...senders].map((one) => this.#redis.hlen(this.#hash(one))),
    );
    return {
      everywhere,
      unsubscribed: senders.map((sender, i) => ({ sender, addresses: addresses[i] ?? 0 })),
    };
  }

  /** The senders that somebody unsubscribed from, in alphabetical order. */
  async senders(): Promise<string[]> {
    return (await this.#redis.smembers(this.#keys.senders())).toSorted();
  }

  async *#scan(sender: string | null, reason: Reason | undefined): AsyncIterable<readonly Suppression[]> {
    let cursor = '0';
    do {
      const { some, next } = await this.#step(sender, reason, cursor, SCAN_ENTRIES);
      if (some.length > 0) yield some;
      cursor = next;
    } while (cursor !== '0');
  }

  async #step(
    sender: string | null,
    reason: Reason | undefined,
    cursor: string,
    count: number,
  ): Promise<{ readonly some: readonly Suppression[]; readonly next: string }> {
    const [next, flat] = await this.#redis.hscan(this.#hash(sender), cursor, 'COUNT', count);
    const all = flat.flatMap((address, i) =>
      i % 2 === 0 ? suppressionsOf(sender, address, flat[i + 1] ?? null) : [],
    );
    return { some: reason === undefined ? all : all.filter((one) => reasonOf(one.target) === reason), next };
  }

  /** In which hashes something can be that the filter lets through; null is the one that counts everywhere. */
  async #hashesOf({ reason, sender }: SuppressionFilter): Promise<readonly (string | null)[]> {
    const everywhere = sender === undefined && reason !== 'unsubscribed' ? [null] : [];
    if (reason !== undefined && reason !== 'unsubscribed') return everywhere;
    return [...everywhere, ...(sender === undefined ? await this.senders() : [sender])];
  }

  async #values(sender: string | null, addresses: readonly string[]): Promise<(string | null)[]> {
    const calls = chunks(addresses, CALL_ADDRESSES_MAX).map((some) =>
      this.#redis.hmget(this.#hash(sender), ...some),
    );
    return (await Promise.all(calls)).flat();
  }

  /** The list of a sender, or for null the hash that counts everywhere. */
  #hash(sender: string | null): string {
    return sender === null ? this.#keys.suppressedEverywhere() : this.#keys.unsubscribed(sender);
  }
}

/** Lists come in alphabetical order, after the one that counts everywhere; one that is gone by now is passed over. */
function isFrom(sender: string | null, place: string | null): boolean {
  return place === null || (sender !== null && sender >= place);
}

function bySender(suppressions: readonly Suppression[]): Map<string | null, Suppression[]> {
  return Map.groupBy(suppressions, (one) => senderOf(one.target));
}

function senderOf(target: Target): string | null {
  return target.kind === 'sender' ? target.sender : null;
}

function lettersOf(what: Target | 'all', sender: string | null): string {
  if (what !== 'all') return REASON_LETTERS[reasonOf(what)];
  const here = REASONS.filter((reason) => (reason === 'unsubscribed') === (sender !== null));
  return here.map((reason) => REASON_LETTERS[reason]).join('');
}

function chunks<T>(list: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, i) =>
    list.slice(i * length, (i + 1) * length),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
