import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import { resolved } from './answers/campaign.ts';
import { receipt } from './answers/receipt.ts';
import { authorOf, campaignParams, signature, signatureWithReason } from './input.ts';
import { operation, type Route } from './operation.ts';

const tag = 'campaigns';

/** Each may be asked again: what is so already stays so. */
export function campaignSteeringRoutes({ campaigns }: Desk): Route[] {
  return [
    operation({
      id: 'pauseCampaign',
      method: 'POST',
      url: '/v1/campaigns/:id/pause',
      tag,
      summary: 'Pause it',
      description:
        'Once it is answered, nobody is claimed any more; calls to SES that are on their way end. Idempotent.',
      params: campaignParams,
      body: z.strictObject(signature),
      answers: { 200: receipt },
      errors: [404, 409],
      handle: ({ params, body, ...call }) => campaigns.pause(params.id, authorOf(call, body)),
    }),
    operation({
      id: 'resumeCampaign',
      method: 'POST',
      url: '/v1/campaigns/:id/resume',
      tag,
      summary: 'Let it go on',
      description:
        'Lifts a pause and a hold. Where the cause of a hold still stands, it is a conflict: `override` goes on all the same, and needs a reason. Idempotent.',
      params: campaignParams,
      body: z
        .strictObject({ ...signature, override: z.boolean().default(false) })
        .refine(({ override, reason }) => !override || reason !== undefined, {
          message: 'is missing: an override needs one',
          path: ['reason'],
        }),
      answers: { 200: receipt },
      errors: [404, 409],
      handle: ({ params, body: { override, ...said }, ...call }) =>
        campaigns.resume(params.id, authorOf(call, said), override),
    }),
    operation({
      id: 'cancelCampaign',
      method: 'POST',
      url: '/v1/campaigns/:id/cancel',
      tag,
      summary: 'Cancel it, for ever',
      description: 'Who has the mail has it; nobody else gets it. Idempotent.',
      params: campaignParams,
      body: z.strictObject(signature),
      answers: { 200: receipt },
      errors: [404, 409],
      handle: ({ params, body, ...call }) => campaigns.cancel(params.id, authorOf(call, body)),
    }),
    operation({
      id: 'resolveCampaign',
      method: 'POST',
      url: '/v1/campaigns/:id/resolve',
      tag,
      summary: 'Settle the recipients in doubt by hand',
      description: '`resend` may send a mail a second time; `drop` may leave somebody without one.',
      params: campaignParams,
      body: z.strictObject({ resolution: z.enum(['resend', 'drop']), ...signatureWithReason }),
      answers: { 200: resolved },
      errors: [404, 409],
      handle: ({ params, body: { resolution, ...said }, ...call }) =>
        campaigns.resolve(params.id, resolution, authorOf(call, said)),
    }),
  ];
}
