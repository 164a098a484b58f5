import type { Desk } from '../../desk/desk.ts';
import type { PrivateRoutes } from '../private-routes.ts';
import { AUDIENCE_TYPES, audienceRoutes } from './audiences.ts';
import { campaignEventRoutes } from './campaign-events.ts';
import { campaignLogRoutes } from './campaign-log.ts';
import { campaignSteeringRoutes } from './campaign-steering.ts';
import { campaignRoutes } from './campaigns.ts';
import { dmarcImportRoutes, REPORT_TYPES } from './dmarc-import.ts';
import { domainRoutes } from './domains.ts';
import type { Route } from './operation.ts';
import { operationRoutes } from './operations.ts';
import { senderRoutes } from './senders.ts';
import { suppressionRoutes } from './suppression.ts';
import { warmUpRoutes } from './warm-ups.ts';

/** `/v1/…`: what schedulers and scripts ask for. */
export function apiRoutes(desk: Desk): PrivateRoutes {
  return {
    name: 'api',
    register: async (app, tools) => {
      // Files come as streams, and whoever takes them says how much it takes.
      app.addContentTypeParser([...AUDIENCE_TYPES], (_request, payload, done) => done(null, payload));
      for (const route of all(desk)) route(app, tools);
      await app.register(async (inner) => {
        const types = REPORT_TYPES.filter((type) => !inner.hasContentTypeParser(type));
        inner.addContentTypeParser(types, (_request, payload, done) => done(null, payload));
        for (const route of dmarcImportRoutes(desk)) route(inner, tools);
      });
    },
  };
}

function all(desk: Desk): Route[] {
  return [
    ...campaignRoutes(desk),
    ...campaignSteeringRoutes(desk),
    ...campaignEventRoutes(desk),
    ...campaignLogRoutes(desk),
    ...audienceRoutes(desk),
    ...suppressionRoutes(desk),
    ...senderRoutes(desk),
    ...domainRoutes(desk),
    ...warmUpRoutes(desk),
    ...operationRoutes(desk),
  ];
}
