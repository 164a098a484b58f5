import type { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import type { Keys } from '../../src/core/keys.ts';
import type { DelivererParts } from '../../src/send/deliver.ts';
import { Pace } from '../../src/send/pace.ts';
import { SendingLimits } from '../../src/send/sending-limits.ts';
import { Turnstile } from '../../src/send/turnstile.ts';
import { WarmUpBook } from '../../src/send/warm-up.ts';
import { silentLogger } from './logger.ts';

/** What decides when a deliverer may send, with nothing that limits it but the account's rate. */
export function pacing(
  redis: Redis,
  keys: Keys,
  perSecond: () => number,
): Pick<DelivererParts, 'pace' | 'turnstile' | 'limits' | 'accountPerSecond'> {
  const pace = new Pace(redis, keys);
  const limits = new SendingLimits({
    warmUps: new WarmUpBook(redis, keys),
    clock: systemClock,
    logger: silentLogger,
    perDayMax: null,
    perMonthMax: null,
    accountPerDay: () => null,
  });
  const turnstile = new Turnstile({
    pace,
    clock: systemClock,
    accountPerSecond: perSecond,
    limitsOf: (mailing) => limits.of(mailing),
  });
  return { pace, turnstile, limits, accountPerSecond: perSecond };
}
