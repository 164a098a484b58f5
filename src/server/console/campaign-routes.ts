import type { FastifyInstance } from 'fastify';
import { campaignActionRoutes } from './campaign-actions.ts';
import { campaignAuditRoutes } from './campaign-audit.ts';
import { campaignErrorRoutes } from './campaign-errors.ts';
import { campaignListRoutes } from './campaign-list.ts';
import { campaignPageRoutes } from './campaign-page.ts';
import { campaignPreviewRoutes } from './campaign-preview.ts';
import { campaignWhyRoutes } from './campaign-why.ts';
import { newCampaignRoutes } from './new-campaign-routes.ts';
import type { ConsoleTools } from './tools.ts';

/** `/campaigns` and below. */
export async function campaignRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  await campaignListRoutes(app, tools);
  await campaignPageRoutes(app, tools);
  await campaignActionRoutes(app, tools);
  await campaignErrorRoutes(app, tools);
  await campaignAuditRoutes(app, tools);
  await campaignPreviewRoutes(app, tools);
  await campaignWhyRoutes(app, tools);
  await newCampaignRoutes(app, tools);
}
