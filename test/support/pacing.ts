import type { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import type { Keys } from '../../src/core/keys.ts';
import { ProjectBook } from '../../src/identity/project.ts';
import type { DelivererParts } from '../../src/send/deliver.ts';
import { Pace } from '../../src/send/pace.ts';
import { SendingLimits, type SendingLimitsParts } from '../../src/send/sending-limits.ts';
import { Turnstile } from '../../src/send/turnstile.ts';
import { WarmUpBook } from '../../src/send/warm-up.ts';
import { silentLogger } from './logger.ts';

/** What decides when a deliverer may send, with nothing that limits it but the account's rate. */
export function pacing(
  redis: Redis,
  keys: Keys,
  perSecond: () => number,
  change: Partial<SendingLimitsParts> = {},
): Pick<DelivererParts, 'pace' | 'turnstile' | 'limits' | 'accountPerSecond'> {
  const pace = new Pace(redis, keys);
  const limits = new SendingLimits({
    warmUps: new WarmUpBook(redis, keys),
    projects: new ProjectBook(redis, keys),
    feedbackLagMs: async () => null,
    doubtMs: 900_000,
    clock: systemClock,
    logger: silentLogger,
    perDayMax: null,
    perMonthMax: null,
    accountPerDay: () => null,
    ...change,
  });
  const turnstile = new Turnstile({
    pace,
    clock: systemClock,
    accountPerSecond: perSecond,
    limitsOf: (mailing) => limits.of(mailing),
  });
  return { pace, turnstile, limits, accountPerSecond: perSecond };
}
