import type { FastifyContextConfig, FastifyInstance, FastifyReply } from 'fastify';
import type { Redis } from 'ioredis';
import { messageOf } from '../core/fault.ts';

export interface HealthParts {
  /** A connection that gives up soon. */
  readonly redis: Redis;
  /** True from the moment in which the server was told to stop. */
  readonly isStopping: () => boolean;
}

/** `/healthz`: the process runs. `/readyz`: it can do what it is asked for, so that requests may be sent here. */
export async function healthRoutes(
  app: FastifyInstance,
  parts: HealthParts,
  config: FastifyContextConfig,
): Promise<void> {
  app.get('/healthz', { config }, async (_request, reply) => say(reply, 200, { status: 'ok' }));
  app.get('/readyz', { config }, async (_request, reply) => {
    const obstacle = parts.isStopping() ? 'this process is stopping' : await redisObstacle(parts.redis);
    return obstacle === null
      ? say(reply, 200, { status: 'ready' })
      : say(reply, 503, { status: 'not ready', reason: obstacle });
  });
}

/** Null where it takes writes. What it says itself may name hosts, and is not for everybody. */
async function redisObstacle(redis: Redis): Promise<string | null> {
  try {
    const info = await redis.info('replication');
    return /^role:slave/m.test(info) ? 'Redis is a replica, and takes no writes' : null;
  } catch (thrown) {
    return /LOADING/.test(messageOf(thrown)) ? 'Redis is reading its file' : 'Redis does not answer';
  }
}

function say(reply: FastifyReply, status: number, value: object): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(value));
}
