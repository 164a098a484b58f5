import { z } from 'zod';
import type { CampaignDesk } from '../../../desk/desk.ts';
import { DOUBT_POLICIES } from '../../../queue/campaign.ts';
import { REASONS } from '../../../suppression/entry.ts';
import { answer, type Given } from './answer.ts';
import {
  about,
  count,
  countOrNull,
  instant,
  listOf,
  ms,
  shareOrNull,
  text,
  textOrNull,
  time,
} from './common.ts';

export const enqueued = answer<Given<CampaignDesk['submit']>>()(
  z.object({
    id: text,
    kind: z.enum(['accepted', 'known']).meta({ description: '`known`: it had been sent before' }),
    notes: z.array(text).meta({ description: 'What is to be known of it, though it was taken' }),
  }),
).meta({ id: 'Enqueued' });

export const details = answer<Given<CampaignDesk['details']>>()(
  z.object({
    id: text,
    category: z.enum(['marketing', 'transactional']),
    sender: text.meta({ description: 'The From address in its normal form' }),
    profile: textOrNull,
    subject: text,
    audience: z.object({ kind: z.enum(['inline', 'csv', 'ndjson', 'bigquery']), from: textOrNull }),
    sendAt: textOrNull,
    doubt: z.enum(DOUBT_POLICIES),
    sendToUnsubscribed: z.boolean(),
    limits: z
      .object({
        perSecond: z.number().optional(),
        bounceRate: z.number().optional(),
        complaintRate: z.number().optional(),
      })
      .nullable(),
    tags: z.record(z.string(), z.string()),
    held: z
      .object({
        code: text,
        reason: text,
        until: countOrNull.meta({
          description:
            'Milliseconds since 1970 when it lifts by itself; null where an operator has to decide',
        }),
        about,
      })
      .nullable(),
    hasText: z.boolean(),
    hasHtml: z.boolean(),
  }),
).meta({
  id: 'CampaignDetails',
  description: 'A campaign as it was accepted, without its recipients and its mail',
});

export const limits = answer<Given<CampaignDesk['setLimits']>>()(
  z.object({ bounceRate: shareOrNull, complaintRate: shareOrNull }),
).meta({
  id: 'CampaignLimits',
  description: "The campaign's own limits; null where those of its project hold",
});

export const resolved = answer<Given<CampaignDesk['resolve']>>()(
  z.object({
    resolved: count,
    tooYoung: count.meta({ description: 'In doubt for so short a time that nobody may decide yet' }),
  }),
).meta({ id: 'Resolved', description: 'Recipients' });

export const sample = answer<Given<CampaignDesk['preview']>>()(
  z.object({
    seq: count.meta({ description: 'The row, from 1' }),
    recipient: text,
    subject: text,
    html: textOrNull,
    text: textOrNull,
    htmlBytes: countOrNull,
  }),
).meta({
  id: 'Preview',
  description: 'The mail as one reader would get it, but for the link to unsubscribe',
});

const change = answer<Given<CampaignDesk['timeline']>[number]>()(
  z.object({
    at: time,
    type: text,
    by: textOrNull,
    reason: textOrNull,
    detail: z.record(z.string(), z.unknown()),
  }),
).meta({ id: 'CampaignChange' });

export const timeline = listOf(change, 'Timeline');

export const course = answer<Given<CampaignDesk['course']>>()(
  z.object({
    stepMs: ms,
    samples: z.array(
      z.object({
        at: instant,
        accepted: count,
        skipped: count,
        rejected: count,
        inDoubt: count,
        delivered: count,
        bouncedHard: count,
        bouncedSoft: count,
        complained: count,
        opened: count,
        clicked: count,
        unsubscribed: count,
      }),
    ),
  }),
).meta({ id: 'Course', description: 'How the counts grew: samples since the beginning, oldest first' });

const outcomes = [
  { kind: z.literal('accepted'), messageId: text },
  { kind: z.literal('skipped'), rule: z.enum(REASONS) },
  { kind: z.literal('rejected'), code: text, reason: text },
  { kind: z.literal('in_doubt'), reason: text },
  { kind: z.literal('not_sent'), reason: text },
] as const;
const [accepted, skipped, rejected, inDoubt, notSent] = outcomes;

export const testReport = answer<Given<CampaignDesk['test']>>()(
  z.object({
    id: text,
    row: count.meta({ description: 'Of the audience, whose data was used' }),
    results: z.array(
      z.discriminatedUnion('kind', [
        z.object({ address: text, ...accepted }),
        z.object({ address: text, ...skipped }),
        z.object({ address: text, ...rejected }),
        z.object({ address: text, ...inDoubt }),
        z.object({ address: text, ...notSent }),
      ]),
    ),
  }),
).meta({ id: 'TestReport' });
