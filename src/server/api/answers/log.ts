import { z } from 'zod';
import type { CampaignDesk } from '../../../desk/desk.ts';
import { answer, type Given } from './answer.ts';
import { count, countOrNull, shareOrNull, text, textOrNull } from './common.ts';
import { counts, state } from './receipt.ts';
import { suppressionRow } from './suppression.ts';

const mailedRates = {
  delivered: shareOrNull,
  bounced: z.object({ hard: shareOrNull, soft: shareOrNull }),
  complained: shareOrNull,
};
const mailed = {
  accepted: count,
  delivered: count,
  bounced: z.object({ hard: count, soft: count }),
  complained: count,
};
const funnel = z.object({
  ...mailed,
  opened: count,
  clicked: count,
  unsubscribed: count,
  rates: z.object({
    ...mailedRates,
    opened: shareOrNull,
    clicked: shareOrNull,
    unsubscribed: shareOrNull,
  }),
});
const ways = z.array(z.object({ way: textOrNull, people: count }));

/** What `report --json` prints. */
export const report = answer<Given<CampaignDesk['report']>>()(
  z.object({
    campaign: text,
    name: textOrNull,
    state: state.nullable(),
    funnel,
    domains: z.array(z.object({ domain: textOrNull, ...mailed, rates: z.object(mailedRates) })),
    otherDomains: z.object({ domains: count, ...mailed, rates: z.object(mailedRates) }).nullable(),
    bounces: z.array(
      z.object({ reason: textOrNull, smtpStatus: textOrNull, people: count, sample: textOrNull }),
    ),
    otherBounces: z.object({ reasons: count, people: count }).nullable(),
    hours: z.array(
      z.object({
        hour: text,
        accepted: count,
        delivered: count,
        opened: count,
        clicked: count,
        bounced: count,
        unsubscribed: count,
      }),
    ),
    unsubscribes: ways,
    resubscribes: ways,
    unsent: z.array(
      z.object({
        became: z.enum(['rejected', 'skipped', 'cancelled', 'dropped', 'duplicate', 'invalid']),
        reason: textOrNull,
        people: count,
      }),
    ),
  }),
).meta({ id: 'Report', description: 'What became of a campaign, as its log tells it. People, each once' });

/** What `audit --json` prints. */
export const audit = answer<Given<CampaignDesk['audit']>>()(
  z.object({
    campaign: text,
    agrees: z.boolean(),
    moving: z.boolean().meta({ description: 'It went on meanwhile, so that not everything was compared' }),
    differences: z.array(
      z.object({
        kind: z.enum([
          'figure',
          'unknown',
          'equation',
          'sent_twice',
          'same_person',
          'two_ends',
          'no_end',
          'nowhere',
          'open_twice',
          'open_and_ended',
          'doubt_untold',
          'mail_untold',
          'nameless',
          'unplaced',
          'stray',
          'out_of_range',
          'receipt',
        ]),
        text,
        seqs: z.array(count),
      }),
    ),
    notes: z.array(text),
    counters: counts,
    rows: counts,
  }),
).meta({ id: 'Audit', description: 'The counters held against the log' });

/** What `why --json` prints. */
export const story = answer<Given<CampaignDesk['why']>>()(
  z.object({
    campaign: text,
    recipient: text,
    rows: z.array(count),
    events: z.array(
      z.object({
        event_type: text,
        event_time: text,
        recipient: textOrNull,
        sender: textOrNull,
        seq: countOrNull,
        ses_message_id: textOrNull,
        reason: textOrNull,
        smtp_status: textOrNull,
        diagnostic: textOrNull,
        url: textOrNull,
        user_agent: textOrNull,
        test: z.boolean(),
        detail: z.unknown(),
        mark: textOrNull,
        text,
      }),
    ),
    open: z.enum(['unclaimed', 'claimed', 'in doubt']).nullable(),
    suppressed: z.array(suppressionRow),
    now: z.array(text),
  }),
).meta({ id: 'Story', description: 'Everything that is known of one recipient of a campaign, oldest first' });
