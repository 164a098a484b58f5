import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { Desk } from '../../desk/desk.ts';
import { campaignSchema } from '../../queue/campaign.ts';
import { CAMPAIGN_STATES } from '../../queue/receipt.ts';
import { TEST_ADDRESSES_MAX } from '../../queue/test-sender.ts';
import { details, enqueued, limits, sample, testReport } from './answers/campaign.ts';
import { checkReport } from './answers/check.ts';
import { receipt, receiptPage } from './answers/receipt.ts';
import { authorOf, campaignParams, pageQuery, row, signatureWithReason } from './input.ts';
import { operation, type Route } from './operation.ts';
import { linked } from './page.ts';
import { receiptCsv } from './receipt-csv.ts';

/** Three parts of 700 KiB, and 10,000 recipients with some data each. */
const CAMPAIGN_BYTES_MAX = 32 * 1024 * 1024;

const rate = z.number().positive().max(1).nullable().exactOptional();
const tag = 'campaigns';

export function campaignRoutes({ campaigns }: Desk): Route[] {
  return [
    operation({
      id: 'sendCampaign',
      method: 'POST',
      url: '/v1/campaigns',
      tag,
      summary: 'Send a campaign',
      description:
        'Idempotent by its id: the same campaign again does nothing and answers 200. An id that was used for other content is a conflict. Once it is answered, the campaign is on record and will be delivered.',
      documentedBody: campaignSchema,
      bodyLimit: CAMPAIGN_BYTES_MAX,
      answers: { 200: enqueued, 201: enqueued },
      errors: [409],
      handle: async ({ body, reply }) => {
        const done = await campaigns.submit(body);
        void reply.header('location', `/v1/campaigns/${done.id}`);
        void reply.code(done.kind === 'accepted' ? 201 : 200);
        return done;
      },
    }),
    operation({
      id: 'checkCampaign',
      method: 'POST',
      url: '/v1/campaigns/check',
      tag,
      summary: 'Say what would happen',
      description:
        'Reads the whole audience and sends nothing. The answer is 200 also where there are blockers: look at `blockers`. It may take as long as reading the audience does.',
      documentedBody: campaignSchema,
      bodyLimit: CAMPAIGN_BYTES_MAX,
      answers: { 200: checkReport },
      handle: ({ body }) => campaigns.check(body),
    }),
    operation({
      id: 'testCampaign',
      method: 'POST',
      url: '/v1/campaigns/test',
      tag,
      summary: 'Send a test',
      description:
        'Sends the mail of one row of the audience to addresses of your own. It counts in no report.',
      body: z.strictObject({
        campaign: z.unknown(),
        addresses: z.array(z.string().max(1_000)).min(1).max(TEST_ADDRESSES_MAX),
        row: z.int().min(1).exactOptional(),
      }),
      documentedBody: z.object({
        campaign: campaignSchema,
        addresses: z.array(z.string()).min(1).max(TEST_ADDRESSES_MAX),
        row: z
          .int()
          .min(1)
          .optional()
          .meta({ description: 'Whose data is used: a row of the audience, from 1' }),
      }),
      bodyLimit: CAMPAIGN_BYTES_MAX,
      answers: { 200: testReport },
      handle: ({ body: { campaign, ...order } }) => campaigns.test(campaign, order).catch(inCampaign),
    }),
    operation({
      id: 'listCampaigns',
      method: 'GET',
      url: '/v1/campaigns',
      tag,
      summary: 'List campaigns, newest first',
      query: z.strictObject({
        state: z
          .enum([...CAMPAIGN_STATES, 'open'])
          .exactOptional()
          .meta({ description: '`open`: all that have not ended' }),
        ...pageQuery,
      }),
      answers: { 200: receiptPage },
      handle: async ({ query, reply }) => linked(await campaigns.list(query), reply),
    }),
    operation({
      id: 'getCampaign',
      method: 'GET',
      url: '/v1/campaigns/:id',
      tag,
      summary: 'Its receipt',
      params: campaignParams,
      answers: { 200: receipt },
      errors: [404],
      handle: ({ params }) => campaigns.receipt(params.id),
    }),
    operation({
      id: 'getCampaignCsv',
      method: 'GET',
      url: '/v1/campaigns/:id/receipt.csv',
      tag,
      summary: 'Its receipt as CSV',
      params: campaignParams,
      answers: { 200: z.string() },
      stream: 'text/csv',
      errors: [404],
      handle: async ({ params: { id }, reply }) => {
        const csv = receiptCsv(await campaigns.receipt(id));
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="${id}.csv"`)
          .send(csv);
      },
    }),
    operation({
      id: 'getCampaignDetails',
      method: 'GET',
      url: '/v1/campaigns/:id/details',
      tag,
      summary: 'What it was accepted as',
      params: campaignParams,
      answers: { 200: details },
      errors: [404],
      handle: ({ params }) => campaigns.details(params.id),
    }),
    operation({
      id: 'previewCampaign',
      method: 'GET',
      url: '/v1/campaigns/:id/preview',
      tag,
      summary: 'The mail as one reader gets it',
      description: 'The link to unsubscribe leads nowhere in it.',
      params: campaignParams,
      query: z.strictObject({ row: row.exactOptional() }),
      answers: { 200: sample },
      errors: [404],
      handle: ({ params, query }) => campaigns.preview(params.id, query.row),
    }),
    operation({
      id: 'testStoredCampaign',
      method: 'POST',
      url: '/v1/campaigns/:id/test',
      tag,
      summary: 'Send a test of a campaign that was sent',
      description:
        'Sends the mail of one row of its audience to addresses of your own, as `POST /v1/campaigns/test` does of one that was not sent yet. It counts in no report. A campaign whose recipients came with it and went with its end is a conflict.',
      params: campaignParams,
      body: z.strictObject({
        addresses: z.array(z.string().max(1_000)).min(1).max(TEST_ADDRESSES_MAX),
        row: z
          .int()
          .min(1)
          .exactOptional()
          .meta({ description: 'Whose data is used: a row of the audience, from 1' }),
      }),
      answers: { 200: testReport },
      errors: [404, 409],
      handle: ({ params, body }) => campaigns.testStored(params.id, body),
    }),
    operation({
      id: 'setCampaignLimits',
      method: 'PATCH',
      url: '/v1/campaigns/:id/limits',
      tag,
      summary: 'Change the limits at which the guard holds it',
      description: 'What is not named stays; null takes a limit away, and then that of its project counts.',
      params: campaignParams,
      body: z
        .strictObject({ bounceRate: rate, complaintRate: rate, ...signatureWithReason })
        .refine(
          ({ bounceRate, complaintRate }) => bounceRate !== undefined || complaintRate !== undefined,
          'names no limit: bounceRate or complaintRate',
        ),
      answers: { 200: limits },
      errors: [404, 409],
      handle: ({ params, body: { by, reason, ...change }, ...call }) =>
        campaigns.setLimits(params.id, change, authorOf(call, { by, reason })),
    }),
  ];
}

const FIELDS: readonly string[] = Object.keys(campaignSchema.shape);

/** What is wrong with a campaign that stands in a field, by its place in the whole. */
function inCampaign(thrown: unknown): never {
  if (!(thrown instanceof InputFault)) throw thrown;
  const isOfCampaign = (problem: string) => FIELDS.includes(/^\w+(?=[:.,[])/.exec(problem)?.[0] ?? '');
  const place = thrown.place === null ? null : `campaign.${thrown.place}`;
  throw thrown.said((problem) => (isOfCampaign(problem) ? `campaign.${problem}` : problem), place);
}
