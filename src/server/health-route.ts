import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { inTime } from '../core/in-time.ts';

export interface HealthParts {
  /** A connection that gives up soon. */
  readonly redis: Redis;
  /** True from the moment in which the server was told to stop. */
  readonly isStopping: () => boolean;
  /** What else keeps it from doing what it is asked for; null where nothing does. It names no host. */
  readonly obstacle?: (() => Promise<string | null>) | undefined;
  readonly clock: Clock;
  /** How long an answer counts: balancers may ask as often as they like. */
  readonly freshMs: number;
}

/** `/healthz`: the process runs. `/readyz`: it can do what it is asked for, so that requests may be sent here. */
export async function healthRoutes(app: FastifyInstance, parts: HealthParts): Promise<void> {
  const obstacleNow = remembered(parts);
  app.get('/healthz', async (_request, reply) => say(reply, 200, { status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const obstacle = parts.isStopping() ? 'this process is stopping' : await obstacleNow();
    return obstacle === null
      ? say(reply, 200, { status: 'ready' })
      : say(reply, 503, { status: 'not ready', reason: obstacle });
  });
}

/** Asks at most once within `freshMs`, and not again before that has been answered; who comes while it is asked waits for the same answer. */
function remembered({ redis, obstacle, clock, freshMs }: HealthParts): () => Promise<string | null> {
  let last: { readonly answer: Promise<string | null>; at: number } | null = null;
  return () => {
    if (last !== null && clock.now() - last.at < freshMs) return last.answer;
    const next = { answer: askAll(redis, obstacle ?? (async () => null)), at: Number.POSITIVE_INFINITY };
    last = next;
    return next.answer.finally(() => {
      next.at = clock.now();
    });
  };
}

/** Longer than any answer of Redis, and shorter than balancers wait. */
const ANSWER_MS_MAX = 3_000;

/** Both at once, so that it takes no longer than one. */
async function askAll(redis: Redis, obstacle: () => Promise<string | null>): Promise<string | null> {
  const [first, second] = await Promise.all([redisObstacle(redis), otherObstacle(obstacle)]);
  return first ?? second;
}

/** Null where it takes writes. What it says itself may name hosts, and is not for everybody. */
async function redisObstacle(redis: Redis): Promise<string | null> {
  // A connection that waits for its server keeps commands until it is there.
  if (redis.status === 'reconnecting' || redis.status === 'end') return 'Redis does not answer';
  try {
    const info = await inTime(redis.info('replication'), ANSWER_MS_MAX, late);
    return /^role:slave/m.test(info) ? 'Redis is a replica, and takes no writes' : null;
  } catch (thrown) {
    return /LOADING/.test(messageOf(thrown)) ? 'Redis is reading its file' : 'Redis does not answer';
  }
}

async function otherObstacle(ask: () => Promise<string | null>): Promise<string | null> {
  try {
    return await inTime(ask(), ANSWER_MS_MAX, late);
  } catch {
    return 'what it needs could not be asked';
  }
}

function late(): Fault {
  return new Fault('OBSTACLE_LATE', 'no answer in time');
}

function say(reply: FastifyReply, status: number, value: object): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(value));
}
