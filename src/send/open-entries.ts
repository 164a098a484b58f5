import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { claimOf, decodeStates } from './ledger.ts';
import { decodePayload } from './payload.ts';

/** A recipient who is planned and has no end yet, as the ledger of the batch has them. */
export interface OpenEntry {
  readonly batch: number;
  /** From 0. */
  readonly position: number;
  readonly seq: number;
  readonly written: string;
  readonly normal: string;
  readonly standing: 'unclaimed' | 'claimed' | 'in doubt';
  /** Null where nobody has claimed it. */
  readonly claim: string | null;
  /** By Redis's clock, milliseconds since 1970; null where that is not known. */
  readonly claimedAtMs: number | null;
}

/** Batches that are read in one round trip: some 200 KB. */
const READ_BATCHES = 20;

/**
 * Everybody in the batches of a campaign that are not settled, batch by batch. That is no more than the window, and who
 * is in doubt. Between two batches the campaign goes on.
 */
export async function* openEntries(redis: Redis, keys: Keys, campaign: string): AsyncGenerator<OpenEntry[]> {
  const batches = await openBatches(redis, keys, campaign);
  for (let from = 0; from < batches.length; from += READ_BATCHES) {
    const some = batches.slice(from, from + READ_BATCHES);
    const hashes = await Promise.all(some.map((batch) => redis.hgetall(keys.batch(campaign, batch))));
    yield some.flatMap((batch, index) => entriesOf(batch, hashes[index] ?? {}));
  }
}

/** In one step: a batch goes from one list to the other. */
async function openBatches(redis: Redis, keys: Keys, campaign: string): Promise<number[]> {
  const replies = await redis
    .multi()
    .zrange(keys.outstanding(campaign), 0, '-1')
    .zrange(keys.doubtful(campaign), 0, '-1')
    .exec();
  const numbers = (replies ?? []).flatMap(([, reply]) => (Array.isArray(reply) ? reply.map(Number) : []));
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

function entriesOf(batch: number, hash: Readonly<Record<string, string>>): OpenEntry[] {
  const { a: addresses, p: payload, s: written } = hash;
  // Settled since its number was read.
  if (addresses === undefined || payload === undefined) return [];
  const recipients = decodePayload({ addresses: addresses.split('\n'), payload });
  const states = written === undefined ? [] : decodeStates(written);
  return recipients.flatMap((recipient, position): OpenEntry[] => {
    const state = states[position] ?? '.';
    const claim = claimOf(state);
    if (claim === null && state !== '.') return [];
    const claimedAt = claim === null ? undefined : hash[`k${claim}`];
    return [
      {
        batch,
        position,
        seq: recipient.seq,
        written: recipient.written,
        normal: recipient.normal,
        standing: claim === null ? 'unclaimed' : state.startsWith('?') ? 'in doubt' : 'claimed',
        claim,
        claimedAtMs: claimedAt === undefined ? null : Number(claimedAt),
      },
    ];
  });
}
