import { z } from 'zod';
import type { SuppressionDesk } from '../../../desk/desk.ts';
import { REASONS } from '../../../suppression/entry.ts';
import { answer, type Given } from './answer.ts';
import { count, listOf, pageOf, text, textOrNull, time, timeOrNull } from './common.ts';

export const suppressionRow = answer<Given<SuppressionDesk['list']>['items'][number]>()(
  z.object({
    email: text,
    reason: z.enum(REASONS),
    sender: textOrNull.meta({ description: 'Null where it counts for every sender' }),
    at: timeOrNull,
    source: text,
    detail: textOrNull,
  }),
).meta({ id: 'Suppression' });

export const suppressionPage = pageOf(suppressionRow, 'SuppressionPage');

export const suppressionCounts = answer<Given<SuppressionDesk['counts']>>()(
  z.object({ everywhere: count, unsubscribed: z.array(z.object({ sender: text, addresses: count })) }),
).meta({
  id: 'SuppressionCounts',
  description: 'Addresses; one that unsubscribed from two senders is in both',
});

const standing = answer<Given<SuppressionDesk['check']>[number]>()(
  z.object({ address: text, suppressed: z.array(suppressionRow) }),
).meta({ id: 'AddressStanding', description: 'An address gets mail where nothing suppresses it' });

export const standings = listOf(standing, 'AddressStandings');

export const added = answer<Given<SuppressionDesk['add']>>()(z.object({ added: count, already: count })).meta(
  { id: 'Added' },
);

export const removed = answer<Given<SuppressionDesk['remove']>>()(
  z.object({ removed: count, absent: count }),
).meta({
  id: 'Removed',
});

/** As `describeProblem` of core/address.ts has them. */
export const ADDRESS_PROBLEMS = [
  'empty',
  'no_at',
  'many_ats',
  'display_name',
  'local_empty',
  'local_long',
  'local_not_ascii',
  'local_characters',
  'local_dots',
  'domain_empty',
  'domain_long',
  'domain_characters',
  'domain_one_label',
  'label_empty',
  'label_long',
  'label_hyphen',
  'top_level',
] as const;

export const imported = answer<Given<SuppressionDesk['import']>>()(
  z.object({
    read: count,
    added: count,
    already: count,
    invalid: count,
    examples: z.array(z.object({ row: count, email: text, reason: z.enum(ADDRESS_PROBLEMS) })),
  }),
).meta({
  id: 'Imported',
  description: 'Rows: read = added + already + invalid. `examples` are the first that are no addresses',
});

export const syncRun = answer<Given<SuppressionDesk['sync']>>()(
  z.object({
    id: text,
    by: text,
    reason: textOrNull,
    dryRun: z.boolean(),
    beganAt: time,
    heardAt: time.meta({ description: 'When its process was heard of last' }),
    state: z.enum(['running', 'done', 'stopped', 'failed', 'lost']).meta({
      description:
        '`stopped`: by somebody, or with its server; `lost`: its process is gone. What it had done stays',
    }),
    why: textOrNull.meta({ description: 'Of one that failed' }),
    fromSes: z
      .object({ read: count, added: count, already: count, simulator: count, invalid: count })
      .nullable()
      .meta({ description: 'So far; null for a direction that was not asked for' }),
    toSes: z
      .object({ read: count, added: count, already: count, simulator: count, refused: count })
      .nullable()
      .meta({ description: 'So far; null for a direction that was not asked for' }),
  }),
).meta({ id: 'SyncRun', description: 'A sync with SES’s own suppression list' });
