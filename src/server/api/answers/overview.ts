import { z } from 'zod';
import type { Desk } from '../../../desk/desk.ts';
import { CAMPAIGN_STATES } from '../../../queue/receipt.ts';
import { answer, type Given } from './answer.ts';
import {
  about,
  count,
  countOrNull,
  instant,
  ms,
  share,
  text,
  textOrNull,
  time,
  timeOrNull,
} from './common.ts';
import { receipt } from './receipt.ts';
import { guardRow } from './senders.ts';

export const overview = answer<Given<Desk['overview']>>()(
  z.object({
    at: time,
    account: z
      .object({ perSecond: count, perDay: countOrNull, sentLast24Hours: count, at: instant })
      .nullable()
      .meta({ description: 'What the SES account allows; null where no worker has run for a day' }),
    rateShare: share,
    sent24Hours: count,
    perSecond: count,
    open: z.array(receipt),
    openCount: count,
    states: z.partialRecord(z.enum(CAMPAIGN_STATES), count),
    log: z.object({ entries: count, oldestMs: ms, dead: count, holdsAt: count }),
    feedbackLagMs: countOrNull,
    guard: z.array(guardRow),
    workers: z.array(
      z.object({
        name: text,
        roles: z.array(text),
        ses: z.enum(['aws', 'sandbox']),
        marketingObstacle: textOrNull,
      }),
    ),
    decisions: z.array(
      z.object({
        urgency: z.enum(['now', 'soon', 'note']),
        code: text,
        campaign: textOrNull,
        said: text,
        about,
        since: timeOrNull,
      }),
    ),
  }),
).meta({ id: 'Overview' });
