import { Redis, type RedisOptions } from 'ioredis';
import { Fault } from './fault.ts';
import { inTime } from './in-time.ts';

/** Everything but the shape of replies, which is ioredis's usual one everywhere. */
type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

/** Longest pause between two attempts to reach a Redis that is away. */
const RECONNECT_MS_MAX = 2_000;

/**
 * A connection that waits for Redis as long as it takes: commands queue while it is away and are sent (or sent
 * again) when it is back. That is why every script of ours gives the same result when it runs twice.
 */
export function connectRedis(url: string, options: ConnectionOptions = {}): Redis {
  const patient: ConnectionOptions = {
    // BullMQ's workers need null as well: a blocking call must outlive an outage.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), RECONNECT_MS_MAX),
    ...options,
  };
  return url.startsWith('/') || url.startsWith('unix://')
    ? new Redis({ ...patient, path: url.replace(/^unix:\/\//, '') })
    : new Redis(url, patient);
}

/** How long the answers to what was asked last are waited for. */
const LEAVE_MS_MAX = 2_000;

/** Closes a connection once what it was asked is answered; one whose server says nothing is given up on, so that a process can end. */
export async function leaveRedis(redis: Redis): Promise<void> {
  try {
    await inTime(redis.quit(), LEAVE_MS_MAX, () => new Fault('REDIS_SILENT', 'Redis does not answer'));
  } catch {
    redis.disconnect();
  }
}

/** What a server must be, and what it should be. */
export interface ServerReview {
  readonly version: string;
  /** Changes with every start of the server. */
  readonly runId: string;
  /** Reasons to refuse it, each a whole sentence. */
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

const VERSION_MIN: readonly [number, number] = [6, 2];

/** Reads what INFO says into what matters to us. Pure, so that every odd server can be a test. */
export function reviewServer(info: string): ServerReview {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\s*$`, 'm').exec(info)?.[1] ?? '';
  const version = field('redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const refusals: string[] = [];
  const warnings: string[] = [];
  if (major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])) {
    refusals.push(
      `Redis is ${version || 'of an unknown version'}, and Sluice needs ${VERSION_MIN.join('.')} or newer (or Valkey).`,
    );
  }
  const policy = field('maxmemory_policy');
  if (policy && policy !== 'noeviction') {
    refusals.push(
      `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), and would forget who has the mail: set it to noeviction.`,
    );
  }
  if (field('aof_enabled') === '0') {
    warnings.push(
      'Redis keeps no append-only file: what it acknowledged is gone when it restarts. Set appendonly yes.',
    );
  }
  if (field('role') === 'slave')
    refusals.push('REDIS_URL names a replica, which takes no writes: use the primary.');
  return { version, runId: field('run_id'), refusals, warnings };
}

/**
 * Asks the server what it is.
 * @throws Fault REDIS_UNFIT with every reason to refuse it
 */
export async function inspectServer(redis: Redis): Promise<ServerReview> {
  const review = reviewServer(await redis.info());
  if (review.refusals.length > 0) throw new Fault('REDIS_UNFIT', review.refusals.join(' '));
  return review;
}
