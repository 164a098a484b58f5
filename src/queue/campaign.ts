import { createHash } from 'node:crypto';
import { z } from 'zod';
import { encodingOf, UNKNOWN_ENCODING } from '../audience/encoding.ts';

/** The id of a campaign: also part of job ids, Redis keys and SES tags, which sets its alphabet. */
const CAMPAIGN_ID = /^(?!\d+$)[A-Za-z0-9_-]{1,64}$/;

/** Whether a campaign can have this id: what can not is not looked for. */
export function isCampaignId(text: string): boolean {
  return CAMPAIGN_ID.test(text);
}

/** What BullMQ calls its own keys of a queue: a job of such an id would write over one. */
const QUEUE_KEYS: ReadonlySet<string> = new Set([
  'active',
  'completed',
  'de',
  'delayed',
  'events',
  'failed',
  'id',
  'limiter',
  'marker',
  'meta',
  'metrics',
  'paused',
  'pc',
  'prioritized',
  'repeat',
  'stalled',
  'stalled-check',
  'wait',
  'waiting-children',
]);
/** SES's own rule for the names and values of message tags. */
const TAG = /^[A-Za-z0-9_-]{1,256}$/;

/** A subject, html or text part larger than this is refused: SES takes 1 MB for all of them in one call. */
export const CONTENT_BYTES_MAX = 700 * 1024;
/** An inline audience travels in the job and is kept in Redis; a longer list belongs in a file. */
const INLINE_RECIPIENTS_MAX = 10_000;
/** SES takes 50 tags a message; we add three of our own. */
const TAGS_MAX = 40;

/**
 * People of a canary: as many as it takes to tell 0.1 % of complaints from half of it with 95 % confidence (guard/sequential.ts)
 * where one of them complains.
 */
export const CANARY_RECIPIENTS = 7_500;
/** Of fewer nothing can be told. */
const CANARY_RECIPIENTS_MIN = 100;
const CANARY_RECIPIENTS_MAX = 1_000_000;

/** What becomes of entries in doubt after SLUICE_DOUBT_MS. */
export const DOUBT_POLICIES = ['auto', 'hold', 'resend', 'drop'] as const;

const sentence = (max: number) => z.string().trim().min(1).max(max);
const rate = z.number().positive().max(1);

const sender = z
  .strictObject({
    profile: sentence(64)
      .optional()
      .meta({ description: 'Name of a sender profile (`sluice profile`), in place of the other fields' }),
    from: sentence(512)
      .optional()
      .meta({ description: 'From address, with or without a display name: Example News <news@example.com>' }),
    replyTo: z.array(sentence(320)).max(10).optional().meta({ description: 'Reply-To addresses' }),
  })
  .meta({ description: 'Who the mail is from' });

const content = z
  .strictObject({
    subject: sentence(998).meta({ description: 'Handlebars, one line' }),
    html: z.string().max(CONTENT_BYTES_MAX).optional().meta({ description: 'Handlebars' }),
    htmlFile: sentence(4096)
      .optional()
      .meta({ description: 'Read by `sluice send`, relative to the campaign file' }),
    text: z
      .string()
      .max(CONTENT_BYTES_MAX)
      .optional()
      .meta({ description: 'Handlebars. Made from the HTML where it is missing' }),
    textFile: sentence(4096)
      .optional()
      .meta({ description: 'Read by `sluice send`, relative to the campaign file' }),
  })
  .meta({ description: 'Handlebars templates. Text is made from the HTML where it is missing.' });

const inlineAudience = z.strictObject({
  kind: z.literal('inline'),
  recipients: z
    .array(
      z.strictObject({
        email: z.string().max(1000).meta({ description: 'Where the mail goes' }),
        data: z
          .record(z.string().max(256), z.json())
          .optional()
          .meta({ description: 'What templates read, by name' }),
      }),
    )
    .min(1)
    .max(INLINE_RECIPIENTS_MAX)
    .meta({ description: 'The list itself' }),
});

const emailColumn = sentence(256)
  .optional()
  .meta({ description: 'Found by its usual names where it is missing' });

const fileFields = {
  path: z
    .union([sentence(4096), z.array(sentence(4096)).min(1).max(1000)])
    .meta({ description: 'A file, or several that make one list. Each may be packed with gzip.' }),
  encoding: sentence(40)
    .refine((name) => encodingOf(name) !== null, UNKNOWN_ENCODING)
    .optional()
    .meta({
      description: 'Such as utf-8, shift_jis or windows-1252. Found where it is missing, if it is plain.',
    }),
  emailColumn,
};

const csvAudience = z.strictObject({ kind: z.literal('csv'), ...fileFields });

const ndjsonAudience = z.strictObject({ kind: z.literal('ndjson'), ...fileFields });

const bigqueryAudience = z.strictObject({
  kind: z.literal('bigquery'),
  query: sentence(100_000)
    .optional()
    .meta({ description: 'GoogleSQL, one SELECT. It runs once, into a table of its own.' }),
  table: sentence(1024)
    .optional()
    .meta({ description: 'dataset.table or project.dataset.table, in place of a query' }),
  emailColumn,
});

/**
 * A campaign, as `interface.md` describes it. What is not here is a mistake, and is refused by name.
 * Ids are unique for ever.
 */
export const campaignSchema = z
  .strictObject({
    id: z
      .string()
      .regex(CAMPAIGN_ID, 'must be 1 to 64 letters, digits, "_" or "-", and not digits only')
      .refine((id) => !QUEUE_KEYS.has(id), 'is a name that the queue uses itself; take another one')
      .meta({ description: 'Unique for ever. The same id with the same content again does nothing.' }),
    project: z
      .string()
      .regex(CAMPAIGN_ID, 'must be 1 to 64 letters, digits, "_" or "-", and not digits only')
      .default('default')
      .meta({ description: 'Whose limits and guard apply' }),
    name: sentence(200).optional().meta({ description: 'What people call it' }),
    category: z.enum(['marketing', 'transactional']).default('marketing').meta({
      description:
        'Marketing mail carries one-click unsubscribe, and a link in each part. Transactional mail carries none, and goes ahead',
    }),
    sender,
    content,
    audience: z
      .discriminatedUnion('kind', [inlineAudience, csvAudience, ndjsonAudience, bigqueryAudience])
      .meta({ description: 'Who gets it' }),
    sendToUnsubscribed: z.boolean().default(false).meta({
      description:
        'To people who unsubscribed from the sender too, on purpose. It never lifts a bounce, a complaint or a block',
    }),
    override: z
      .strictObject({
        by: sentence(200).meta({ description: 'Who decided it' }),
        reason: sentence(1000).meta({ description: 'Why' }),
      })
      .optional()
      .meta({ description: 'Who sends to unsubscribed people on purpose, and why. Both are logged.' }),
    sendAt: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'Not before this time. A time that is past means at once' }),
    limits: z
      .strictObject({
        perSecond: z
          .number()
          .positive()
          .max(100_000)
          .optional()
          .meta({ description: 'Recipients a second of this campaign' }),
        bounceRate: rate.optional().meta({ description: 'Share of hard bounces beyond which it is held' }),
        complaintRate: rate.optional().meta({ description: 'Share of complaints beyond which it is held' }),
      })
      .optional()
      .meta({ description: "The campaign's own limits, which go before those of its project" }),
    canary: z
      .union([
        z.literal(true),
        z.strictObject({
          recipients: z
            .int()
            .min(CANARY_RECIPIENTS_MIN)
            .max(CANARY_RECIPIENTS_MAX)
            .optional()
            .meta({ description: `People of the first stage: ${CANARY_RECIPIENTS} where nobody says` }),
          share: z.number().positive().max(0.5).optional().meta({
            description: 'Share of the list in place of a number, such as 0.01; the list is read once more',
          }),
          waitSeconds: z
            .int()
            .min(1)
            .max(86_400)
            .default(900)
            .meta({ description: 'How long events are waited for after the last mail of a stage' }),
          confidence: z.number().min(0.5).max(0.9999).default(0.95).meta({
            description:
              'How sure the test is: a list at the limit is let go with a chance of the rest at most',
          }),
        }),
      ])
      .optional()
      .meta({
        description:
          'Sends to a few first, and goes on only where a sequential test says that bounces and complaints are under their limits',
      }),
    doubt: z
      .enum(DOUBT_POLICIES)
      .default('auto')
      .meta({ description: 'What becomes of a mail that SES may or may not have taken' }),
    tracking: z
      .strictObject({
        opens: z.boolean().optional().meta({ description: 'Of opens, by a pixel' }),
        clicks: z.boolean().optional().meta({ description: 'Of clicks, by links through SES' }),
      })
      .optional()
      .meta({ description: "SES's own tracking. Unset: as the configuration set has it" }),
    tags: z
      .record(
        z.string().regex(TAG, 'must be 1 to 256 letters, digits, "_" or "-"'),
        z.string().regex(TAG, 'must be 1 to 256 letters, digits, "_" or "-"'),
      )
      .refine((tags) => Object.keys(tags).length <= TAGS_MAX, `at most ${TAGS_MAX} tags`)
      .optional()
      .meta({
        description: `Up to ${TAGS_MAX} names and values that go to SES and into the log. No addresses`,
      }),
  })
  .meta({ id: 'campaign', title: 'Sluice campaign' });

/** What a scheduler writes: fields with a default may be missing. */
export type CampaignInput = z.input<typeof campaignSchema>;
export type Campaign = z.output<typeof campaignSchema>;

export type ParsedCampaign =
  | { readonly kind: 'campaign'; readonly campaign: Campaign }
  /** One line a problem, each with the path in the file. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** Checks the form of a campaign. */
export function parseCampaign(input: unknown): ParsedCampaign {
  const parsed = campaignSchema.safeParse(input);
  if (!parsed.success)
    return { kind: 'problems', problems: parsed.error.issues.flatMap((issue) => describeIssue(issue)) };
  const problems = contradictions(parsed.data);
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'campaign', campaign: parsed.data };
}

/** Changes with anything that the campaign says, and with nothing else. */
export function campaignDigest(campaign: Campaign): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(campaign)))
    .digest('hex');
}

/** The JSON Schema that is published with the package. */
export function campaignJsonSchema(): object {
  return z.toJSONSchema(campaignSchema, { io: 'input' });
}

/** Fields that people look for, and the reason why they are not there. */
const WHY_NOT: ReadonlyMap<string, string> = new Map([
  [
    'attachments',
    'are not supported: SES takes none in a bulk call; put a link to the file into the mail instead',
  ],
  ['cc', 'is not supported: a copy would show one recipient to another'],
  ['bcc', 'is not supported: everybody in the audience gets a mail of their own'],
]);

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const path = pathOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${pathOf([...issue.path, key])}: ${WHY_NOT.get(key) ?? 'is not a field of a campaign'}`,
    );
  }
  if (issue.code === 'invalid_key') return [`${path}: ${issue.issues[0]?.message ?? issue.message}`];
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return [`${path}: is missing`];
  return [`${path}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`];
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'the campaign';
}

/** Fields that are right one by one, and wrong together. */
function contradictions(campaign: Campaign): string[] {
  const { sender: from, content: mail, audience } = campaign;
  const problems: string[] = [];
  if (!from.profile && !from.from) problems.push('sender.from: is missing');
  if (from.profile && (from.from || from.replyTo))
    problems.push('sender: has a profile, so it takes no other field');
  if (mail.html !== undefined && mail.htmlFile)
    problems.push('content: has html and htmlFile; give one of them');
  if (mail.text !== undefined && mail.textFile)
    problems.push('content: has text and textFile; give one of them');
  if (campaign.sendToUnsubscribed && !campaign.override) {
    problems.push(
      'override: is missing; sendToUnsubscribed needs {"by": …, "reason": …}, and both are logged',
    );
  }
  if (!campaign.sendToUnsubscribed && campaign.override) {
    problems.push('override: only goes with "sendToUnsubscribed": true');
  }
  if (typeof campaign.canary === 'object' && campaign.canary.recipients && campaign.canary.share)
    problems.push('canary: has recipients and share; give one of them');
  if (audience.kind === 'bigquery' && (audience.query === undefined) === (audience.table === undefined)) {
    problems.push('audience: needs a query or a table, and not both');
  }
  return problems;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
