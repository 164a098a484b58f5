import type { Redis } from 'ioredis';
import { duration } from '../core/figures.ts';
import { reviewServer } from '../core/redis.ts';
import { type Check, fail, ok, warn } from './doctor-check.ts';

/** What a Redis says of itself. */
export interface RedisFacts {
  /** The answer to INFO. */
  readonly info: string;
  /** Null where CONFIG is not allowed, as with most hosted servers. */
  readonly appendfsync: string | null;
  /** Its clock less ours, in milliseconds. */
  readonly aheadMs: number;
}

/** From then on it is time to act: Redis refuses writes when it is full, and then nothing goes out. */
const MEMORY_SHARE_WARN = 0.8;
const MEMORY_SHARE_FAIL = 0.97;
/** Clocks that are kept by NTP are a hundred times closer. */
const CLOCK_MS_WARN = 5_000;

export async function redisFacts(redis: Redis): Promise<RedisFacts> {
  const info = await redis.info();
  const appendfsync = await redis.config('GET', 'appendfsync').catch(() => null);
  const before = Date.now();
  const [seconds, micros] = await redis.time();
  const here = (before + Date.now()) / 2;
  return {
    info,
    appendfsync: appendfsync?.[1] ?? null,
    aheadMs: Math.round(Number(seconds) * 1000 + Number(micros) / 1000 - here),
  };
}

export function redisChecks(facts: RedisFacts): Check[] {
  return [serverCheck(facts), durabilityCheck(facts), memoryCheck(facts), clockCheck(facts)].flat();
}

/** Version, eviction and role: what a worker would refuse to start with. */
function serverCheck({ info }: RedisFacts): Check[] {
  const review = reviewServer(info);
  if (review.refusals.length === 0) return [ok('redis', `Redis ${review.version}, which evicts nothing`)];
  return review.refusals.map((refusal) => {
    const [, found = refusal, todo = 'use another server'] = /^(.*): (.*?)\.?$/.exec(refusal) ?? [];
    return fail('redis', found, todo);
  });
}

function durabilityCheck({ info, appendfsync }: RedisFacts): Check {
  const name = 'redis durability';
  if (infoField(info, 'aof_enabled') === '0') {
    return warn(
      name,
      'there is no append-only file, so that a restart forgets who has the mail',
      'set appendonly yes and appendfsync always',
    );
  }
  switch (appendfsync) {
    case 'always':
      return ok(name, 'every write is on disk before it is acknowledged');
    case null:
      return ok(name, 'there is an append-only file; how often it is synced is not to be learned');
    default:
      return warn(
        name,
        `appendfsync is ${appendfsync}, so that a crash of the machine forgets what was acknowledged last`,
        'set appendfsync always',
      );
  }
}

function memoryCheck({ info }: RedisFacts): Check {
  const name = 'redis memory';
  const used = Number(infoField(info, 'used_memory') ?? 0);
  const limit = Number(infoField(info, 'maxmemory') ?? 0);
  const room = limit || Number(infoField(info, 'total_system_memory') ?? 0);
  const found = `${megabytes(used)} used${room === 0 ? '' : ` of ${megabytes(room)}${limit ? '' : ' that the machine has'}`}`;
  const share = room === 0 ? 0 : used / room;
  const todo = 'give Redis more memory: when it is full it takes no writes, and nothing goes out';
  if (limit > 0 && share >= MEMORY_SHARE_FAIL) return fail(name, found, todo);
  return share >= MEMORY_SHARE_WARN ? warn(name, found, todo) : ok(name, found);
}

function clockCheck({ aheadMs }: RedisFacts): Check {
  const name = 'clock';
  if (Math.abs(aheadMs) < CLOCK_MS_WARN) return ok(name, 'this machine and Redis agree on the time');
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  return warn(
    name,
    `the clock of Redis is ${duration(Math.abs(aheadMs))} ${direction} the one here`,
    'let NTP set both',
  );
}

function infoField(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\s*$`, 'm').exec(info)?.[1] ?? null;
}

function megabytes(bytes: number): string {
  const mega = bytes / 1024 / 1024;
  return mega < 1024 ? `${mega.toFixed(mega < 10 ? 1 : 0)} MB` : `${(mega / 1024).toFixed(1)} GB`;
}
