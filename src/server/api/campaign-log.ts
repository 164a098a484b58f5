import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import { reportCsv } from '../../desk/report-csv.ts';
import { course, timeline } from './answers/campaign.ts';
import { audit, report, story } from './answers/log.ts';
import { campaignParams } from './input.ts';
import { operation, type Route } from './operation.ts';

const tag = 'campaigns';
const FROM_LOG = 'It reads the log, which may take seconds.';
/** An address, or what stands in its place, percent-encoded. */
const WHOM_CHARS_MAX = 700;

export function campaignLogRoutes({ campaigns }: Desk): Route[] {
  return [
    operation({
      id: 'getCampaignTimeline',
      method: 'GET',
      url: '/v1/campaigns/:id/timeline',
      tag,
      summary: 'Who did what, oldest first',
      params: campaignParams,
      answers: { 200: timeline },
      errors: [404],
      handle: async ({ params }) => ({ items: [...(await campaigns.timeline(params.id))] }),
    }),
    operation({
      id: 'getCampaignCourse',
      method: 'GET',
      url: '/v1/campaigns/:id/course',
      tag,
      summary: 'How its counts grew',
      params: campaignParams,
      answers: { 200: course },
      errors: [404],
      handle: ({ params }) => campaigns.course(params.id),
    }),
    operation({
      id: 'getCampaignReport',
      method: 'GET',
      url: '/v1/campaigns/:id/report',
      tag,
      summary: 'Its funnel, domains, reasons and hours',
      description: FROM_LOG,
      params: campaignParams,
      answers: { 200: report },
      errors: [404],
      handle: ({ params }) => campaigns.report(params.id),
    }),
    operation({
      id: 'getCampaignReportCsv',
      method: 'GET',
      url: '/v1/campaigns/:id/report.csv',
      tag,
      summary: 'The same as CSV, one figure a line',
      description: `${FROM_LOG} As \`sluice report --csv\`.`,
      params: campaignParams,
      answers: { 200: z.string() },
      stream: 'text/csv',
      errors: [404],
      handle: async ({ params: { id }, reply }) => {
        const csv = reportCsv(await campaigns.report(id));
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="${id}-report.csv"`)
          .send(csv);
      },
    }),
    operation({
      id: 'auditCampaign',
      method: 'GET',
      url: '/v1/campaigns/:id/audit',
      tag,
      summary: 'Hold its counters against the log',
      description: `${FROM_LOG} The answer is 200 also where they differ: look at \`agrees\`.`,
      params: campaignParams,
      answers: { 200: audit },
      errors: [404],
      handle: ({ params }) => campaigns.audit(params.id),
    }),
    operation({
      id: 'explainRecipient',
      method: 'GET',
      url: '/v1/campaigns/:id/recipients/:address',
      tag,
      summary: 'Everything that happened to one recipient',
      description: `${FROM_LOG} The address is percent-encoded. It lands in the logs of proxies: where that must not be, ask by the number of its row.`,
      params: campaignParams.extend({
        address: z
          .string()
          .min(1)
          .max(WHOM_CHARS_MAX)
          .meta({ description: 'An address, or the number of a row of the audience, from 1' }),
      }),
      answers: { 200: story },
      errors: [404],
      handle: ({ params }) => campaigns.why(params.id, params.address),
    }),
  ];
}
