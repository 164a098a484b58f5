import { z } from 'zod';
import type { CampaignDesk } from '../../../desk/desk.ts';
import { CAMPAIGN_STATES } from '../../../queue/receipt.ts';
import { answer, type Given } from './answer.ts';
import { about, count, countOrNull, pageOf, text, textOrNull, time, timeOrNull } from './common.ts';

export const state = z.enum(CAMPAIGN_STATES);

export const counts = z
  .object({
    read: count,
    duplicate: count,
    invalid: count,
    planned: count,
    pending: count,
    skipped: z.object({ unsubscribed: count, bounced: count, complained: count, blocked: count }),
    accepted: count,
    rejected: count,
    cancelled: count,
    dropped: count,
    inDoubt: count,
    resent: count,
    delivered: count,
    bounced: z.object({ hard: count, soft: count }),
    complained: count,
    opened: count,
    clicked: count,
    unsubscribed: count,
  })
  .meta({
    id: 'Counts',
    description:
      'People, not events. read = duplicate + invalid + planned, and planned = skipped + accepted + rejected + cancelled + dropped + inDoubt + pending',
  });

/** What `status --json` prints. */
export const receipt = answer<Given<CampaignDesk['receipt']>>()(
  z.object({
    id: text,
    name: text,
    project: text,
    state,
    reason: textOrNull.meta({ description: 'Why it is held, paused, cancelled or failed' }),
    hold: z
      .object({
        code: text,
        until: countOrNull.meta({
          description:
            'Milliseconds since 1970 when it lifts by itself; null where an operator has to decide',
        }),
        about,
      })
      .nullable()
      .meta({ description: 'What `reason` says of one that is held, as data; null in every other state' }),
    canary: z
      .object({ state: z.enum(['open', 'passed']), recipients: countOrNull })
      .nullable()
      .meta({ description: 'Of a campaign that sends to a few first' }),
    counts,
    expected: countOrNull.meta({
      description: 'While the audience is being read: how many people will be planned, by reckoning',
    }),
    perSecond: count.meta({ description: 'Recipients that SES accepts in a second, at present' }),
    etaMs: countOrNull.meta({
      description:
        'By reckoning while the audience is being read; null where its length is not known, or nothing moves',
    }),
    createdAt: time,
    startedAt: timeOrNull,
    finishedAt: timeOrNull,
  }),
).meta({ id: 'Receipt', description: 'How a campaign stands' });

export const receiptPage = pageOf(receipt, 'ReceiptPage');
