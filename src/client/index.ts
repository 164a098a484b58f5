/** `sluice/client`: Sluice over HTTP. It loads nothing else. */
export type { CampaignInput } from '../queue/campaign.ts';
export type { CampaignState, Receipt } from '../queue/receipt.ts';
export type { CallOptions, ClientOptions } from './caller.ts';
export { SluiceClient } from './client.ts';
export { SluiceError, type SluiceErrorItem } from './error.ts';
