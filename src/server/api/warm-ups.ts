import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import { warmUpForm } from '../../desk/warm-up-desk.ts';
import { removedWarmUp, warmUp, warmUps } from './answers/warm-ups.ts';
import { authorOf, nameParams, signature } from './input.ts';
import { operation, type Route } from './operation.ts';

const tag = 'domains';

export function warmUpRoutes({ senders }: Desk): Route[] {
  return [
    operation({
      id: 'listWarmUps',
      method: 'GET',
      url: '/v1/warm-ups',
      tag,
      summary: 'List the schedules by which new domains begin to send',
      description: 'With what they allow today, and what is used of it.',
      answers: { 200: warmUps },
      handle: async () => ({ items: [...(await senders.warmUps())] }),
    }),
    operation({
      id: 'setWarmUp',
      method: 'PUT',
      url: '/v1/warm-ups/:name',
      tag,
      summary: 'Begin to warm a domain up',
      description:
        'From now on, in place of the schedule that the domain had: so many recipients on the first day, by a factor more on each that follows. What is beyond a day is held until the next, transactional mail as well. The same schedule again goes on as it is, unless `again` is true; one that is over begins anew. The domain of the From address need not be registered.',
      params: nameParams,
      body: warmUpForm.extend({ by: signature.by }),
      answers: { 200: warmUp },
      handle: ({ params, body: { by, ...form }, ...call }) =>
        senders.setWarmUp(params.name, form, authorOf(call, { by })),
    }),
    operation({
      id: 'removeWarmUp',
      method: 'DELETE',
      url: '/v1/warm-ups/:name',
      tag,
      summary: 'End a warm-up',
      description: 'The domain then sends as fast as the account allows.',
      params: nameParams,
      query: z.strictObject(signature),
      answers: { 200: removedWarmUp },
      errors: [404],
      handle: ({ params, query, ...call }) => senders.removeWarmUp(params.name, authorOf(call, query)),
    }),
  ];
}
