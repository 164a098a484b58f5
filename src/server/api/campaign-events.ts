import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import { isOver, type Receipt } from '../../queue/receipt.ts';
import type { EventReader, EventSource } from '../event-stream.ts';
import { campaignParams } from './input.ts';
import { operation, type Route } from './operation.ts';

/** How often a campaign that somebody follows is looked at, however many follow it. */
const LOOK_MS = 500;

export function campaignEventRoutes({ campaigns }: Desk): Route[] {
  return [
    operation({
      id: 'followCampaign',
      method: 'GET',
      url: '/v1/campaigns/:id/events',
      tag: 'campaigns',
      summary: 'Its progress, as it happens',
      description:
        'A stream of `text/event-stream`: an event `receipt` with the receipt, at once and whenever it changes; `end` when it is over, after which the stream closes. `trouble` has a problem where it can’t be looked at for a while; the stream goes on.',
      params: campaignParams,
      answers: { 200: z.string() },
      stream: 'text/event-stream',
      errors: [404],
      handle: async ({ params: { id }, request, reply, tools }) => {
        await campaigns.receipt(id);
        const changes = tools.hub.watch(`receipt:${id}`, () => campaigns.receipt(id), {
          event: 'receipt',
          intervalMs: LOOK_MS,
          isLast: (receipt: Receipt) => isOver(receipt.state),
        });
        return tools.events(request, reply, withEnd(changes));
      },
    }),
  ];
}

/** Says that nothing more comes, for readers who would come again. */
function withEnd(source: EventSource): EventSource {
  return (reader) => {
    const told: EventReader = {
      lastId: reader.lastId,
      send: (message) => reader.send(message),
      end: () => {
        reader.send({ event: 'end', data: {} });
        reader.end();
      },
    };
    return source(told);
  };
}
