import type { Clock } from '../core/clock.ts';
import type { Meter } from '../core/meter.ts';
import type { Turnstile } from './turnstile.ts';

type Turns = Pick<Turnstile, 'take' | 'giveBack'>;

/** A turnstile of which the waits are measured of those whose turn came. */
export function meteredTurnstile(turnstile: Turns, meter: Meter, clock: Clock): Turns {
  return {
    take: async (asking) => {
      const since = clock.now();
      const admission = await turnstile.take(asking);
      if (admission.taken) meter.observe('sluice_token_wait_seconds', {}, (clock.now() - since) / 1000);
      return admission;
    },
    giveBack: (claim, recipients, source) => turnstile.giveBack(claim, recipients, source),
  };
}
