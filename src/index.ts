/** What a scheduler uses: nothing of the worker is loaded with it. */
export { InputFault } from './core/fault.ts';
export {
  type Campaign,
  type CampaignInput,
  campaignJsonSchema,
  campaignSchema,
  parseCampaign,
} from './queue/campaign.ts';
export { type Enqueued, type EnqueueOptions, enqueueCampaign } from './queue/producer.ts';
