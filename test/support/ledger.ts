import type { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import type { Keys } from '../../src/core/keys.ts';
import { Ledger } from '../../src/send/ledger.ts';
import { RestartGate } from '../../src/send/restart-gate.ts';
import { silentLogger } from './logger.ts';

const gates = new WeakMap<Redis, RestartGate>();

/** A ledger as a worker has it: one gate for a connection. */
export function newLedger(redis: Redis, keys: Keys, backlogMax: number): Ledger {
  const gate = gates.get(redis) ?? new RestartGate(redis, keys, systemClock, silentLogger);
  gates.set(redis, gate);
  return new Ledger(redis, keys, backlogMax, gate);
}
