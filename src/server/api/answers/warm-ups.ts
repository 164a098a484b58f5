import { z } from 'zod';
import type { SenderDesk } from '../../../desk/desk.ts';
import { answer, type Given } from './answer.ts';
import { count, listOf, text, time } from './common.ts';

export const warmUp = answer<Given<SenderDesk['setWarmUp']>>()(
  z.object({
    domain: text,
    start: count.meta({ description: 'Recipients on the first day' }),
    factor: count.meta({ description: 'By how much each day is more than the one before' }),
    days: count,
    by: text,
    beganAt: time,
    endsAt: time,
    today: z
      .object({
        day: count.meta({ description: 'From 0' }),
        allowance: count,
        used: count,
        endsAt: time,
      })
      .nullable()
      .meta({ description: 'Null where the schedule is over' }),
  }),
).meta({ id: 'WarmUp', description: 'How a domain that nobody knows yet begins to send' });

export const warmUps = listOf(warmUp, 'WarmUps');

export const removedWarmUp = answer<Given<SenderDesk['removeWarmUp']>>()(z.object({ domain: text })).meta({
  id: 'RemovedWarmUp',
});
