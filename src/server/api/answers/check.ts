import { z } from 'zod';
import type { CampaignDesk } from '../../../desk/desk.ts';
import { REASONS } from '../../../suppression/entry.ts';
import { answer, type Given } from './answer.ts';
import { sample } from './campaign.ts';
import { count, countOrNull, ms, share, shareOrNull, text, textOrNull, time } from './common.ts';
import { domainItem } from './domains.ts';
import { ADDRESS_PROBLEMS } from './suppression.ts';

const receiverId = z.enum(['gmail', 'yahoo', 'yahoo-japan', 'outlook', 'docomo', 'au', 'softbank']);

const receiver = z.object({
  receiver: receiverId,
  name: text,
  recipients: countOrNull,
  rules: z.array(
    z.object({
      id: text,
      receiver: receiverId,
      requirement: text,
      of: z.object({ senders: z.enum(['all', 'bulk']), mail: z.enum(['all', 'marketing']) }),
      source: z.object({ title: text, url: textOrNull, date: textOrNull }),
      status: z.enum(['met', 'unmet', 'unknown']),
      isUnknowable: z.literal(true).exactOptional(),
      why: text,
      applies: z.boolean().nullable(),
    }),
  ),
});

const guardCounts = { sends: count, bounces: count, complaints: count };
const guardRates = z.object({ ...guardCounts, bounceRate: shareOrNull, complaintRate: shareOrNull });
const guardVerdict = z.object({
  rule: z.enum(['hour', 'week']),
  measure: z.enum(['bounces', 'complaints']),
  count,
  sends: count,
  rate: share,
  limit: share,
});

const contentFinding = z.object({
  code: z.enum([
    'UNSUBSCRIBE_MISSING',
    'UNSUBSCRIBE_HIDDEN',
    'TEMPLATE_LEFT',
    'BROKEN_CHARACTER',
    'SUBJECT_EMPTY',
    'SUBJECT_BLANK',
    'SUBJECT_LONG',
    'SUBJECT_CAPITALS',
    'SUBJECT_CONTROL',
    'SUBJECT_CARRIER',
    'LINK_NOWHERE',
    'LINK_RELATIVE',
    'LINK_BROKEN',
    'LINK_SCRIPT',
    'LINK_IP',
    'LINK_SHORTENER',
    'LINK_OTHER_DOMAIN',
    'LINK_PLAIN_HTTP',
    'IMAGE_ALT',
    'IMAGE_SOURCE',
    'IMAGES_ONLY',
    'ELEMENT_REMOVED',
    'CHARSET',
    'PREHEADER_MISSING',
  ]),
  level: z.enum(['warning', 'advice']),
  part: z.enum(['subject', 'html', 'text']),
  rows: z.array(count),
  count,
  where: z.array(z.object({ what: text, line: countOrNull })),
  message: text,
});

/** What `check --json` prints. */
export const checkReport = answer<Given<CampaignDesk['check']>>()(
  z.object({
    id: text,
    name: text,
    category: z.enum(['marketing', 'transactional']),
    sender: text,
    standing: z.enum(['new', 'known', 'different']),
    sendAt: textOrNull,
    canary: z.object({ recipients: count, waitMs: ms }).nullable(),
    bigquery: z
      .object({
        bytes: count,
        bytesMax: count,
        listPriceUsd: count,
        rows: countOrNull,
        columns: z.array(text),
        emailColumn: text,
      })
      .exactOptional(),
    counts: z
      .object({
        read: count,
        duplicate: count,
        invalid: count,
        skipped: z.record(z.enum(REASONS), count),
        sendable: count,
      })
      .nullable(),
    invalid: z.array(
      z.object({
        reason: z.enum(ADDRESS_PROBLEMS),
        meaning: text,
        rows: count,
        examples: z.array(z.object({ seq: count, value: text })),
      }),
    ),
    variables: z.array(
      z.object({
        name: text,
        inList: z.boolean(),
        missing: countOrNull,
        empty: countOrNull,
        suggestion: textOrNull,
      }),
    ),
    samples: z.array(sample),
    rate: z.object({
      perSecond: countOrNull,
      limitedBy: z.enum(['account', 'setting', 'project', 'campaign']).nullable(),
      account: z
        .object({ perSecond: count, perDay: countOrNull, sentLast24Hours: count, at: time })
        .nullable(),
    }),
    durationMs: countOrNull,
    quota: z.array(
      z.object({
        whose: z.enum(['account', 'setting', 'project', 'warm-up']),
        period: z.enum(['day', 'month']),
        limit: count,
        used: count,
        takes: countOrNull,
        share: shareOrNull,
        fits: z.boolean().nullable(),
      }),
    ),
    guard: z.object({
      project: text,
      sender: text,
      limits: z.object({ bounceRate: share, complaintRate: share }),
      hour: guardRates,
      week: guardRates,
      broken: z.array(guardVerdict),
      near: z.array(guardVerdict),
    }),
    domain: z.object({
      name: text,
      check: z
        .object({
          domain: text,
          at: time,
          items: z.array(domainItem),
          spfTree: z.array(text),
          spfLookups: countOrNull,
          onlyFor: text.optional(),
        })
        .nullable(),
      isBulkSender: z.boolean().nullable(),
      spamRate: z.object({ domain: text, rate: share, at: time }).nullable(),
    }),
    receivers: z.array(receiver),
    content: z.array(contentFinding),
    blockers: z.array(
      z.object({ code: z.enum(['ID_USED', 'CONFIGURATION', 'GUARD', 'DOMAIN']), message: text }),
    ),
    warnings: z.array(
      z.object({
        code: z.enum([
          'ID_USED',
          'PROJECT_UNKNOWN',
          'NOBODY',
          'LIST_CHANGED',
          'VARIABLE_UNKNOWN',
          'HTML_CLIPPED',
          'TEXT_MADE',
          'TEXT_MISSING',
          'LINK_EMPTY',
          'NO_ONE_CLICK',
          'UNSUBSCRIBED_INCLUDED',
          'QUOTA',
          'GUARD_NEAR',
          'CONFIGURATION',
        ]),
        message: text,
      }),
    ),
    problems: z.tuple([]),
  }),
).meta({ id: 'CheckReport', description: 'What would happen. It can be sent where there is no blocker' });
