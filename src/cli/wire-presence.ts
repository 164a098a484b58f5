import type { Redis } from 'ioredis';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import { marketingObstacle } from '../desk/marketing-obstacle.ts';
import { Presence, Roster } from '../queue/roster.ts';
import { processName, type WorkerRole } from './worker-card.ts';

/** What tells others that there is a worker, and what it does. */
export function buildPresence(
  config: Config,
  redis: Redis,
  roles: readonly WorkerRole[],
  logger: Logger,
): Service {
  return new Presence(
    { roster: new Roster(redis, new Keys(config.redis.prefix)), clock: systemClock, logger },
    {
      name: processName(),
      roles: [...roles],
      ses: config.ses.kind,
      marketingObstacle: marketingObstacle(config),
    },
  );
}
