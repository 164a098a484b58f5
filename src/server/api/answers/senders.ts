import { z } from 'zod';
import type { SenderDesk } from '../../../desk/desk.ts';
import { DOMAIN_RULES } from '../../../identity/project.ts';
import { answer, type Given } from './answer.ts';
import { count, countOrNull, listOf, share, shareOrNull, text, textOrNull, time } from './common.ts';

export const profile = answer<Given<SenderDesk['setProfile']>>()(
  z.object({
    name: text,
    from: text,
    replyTo: z.array(text),
    unsubscribe: text.meta({ description: '`sluice`, `none`, or the template of a URL of your own' }),
    oneClick: z.boolean(),
  }),
).meta({ id: 'Profile' });

export const profiles = listOf(profile, 'Profiles');

export const project = answer<Given<SenderDesk['setProject']>>()(
  z.object({
    name: text,
    perSecond: countOrNull,
    perDay: countOrNull,
    perMonth: countOrNull,
    bounceRate: shareOrNull,
    complaintRate: shareOrNull,
    organisation: textOrNull,
    domainRules: z.enum(DOMAIN_RULES).nullable(),
    used: z
      .object({ day: count, month: count })
      .meta({ description: 'Recipients within 24 hours, and within 30 days' }),
  }),
).meta({ id: 'Project', description: 'Null is what is not set: then what the installation says counts' });

export const projects = listOf(project, 'Projects');

const rates = z
  .object({
    sends: count,
    bounces: count,
    complaints: count,
    bounceRate: shareOrNull,
    complaintRate: shareOrNull,
  })
  .meta({ id: 'GuardRates' });

export const guardRow = z
  .object({
    project: text,
    sender: text,
    hour: rates,
    week: rates,
    limits: z.object({ bounceRate: share, complaintRate: share }),
  })
  .meta({ id: 'GuardRow' });

export const guard = answer<Given<SenderDesk['guard']>>()(
  z.object({
    rates: z.array(guardRow),
    spam: z.array(
      z.object({
        domain: text,
        rate: shareOrNull,
        date: textOrNull,
        verdict: z.enum(['none', 'old', 'under', 'near', 'over']),
        limit: share,
        warnsAt: share,
        readAt: time,
        trouble: textOrNull,
      }),
    ),
    held: z.array(z.object({ campaign: text, project: text, reason: text })),
  }),
).meta({ id: 'Guard' });
