/** The queues. `campaigns` is public: any BullMQ client may add a job named `campaign` to it. */
export const CAMPAIGNS_QUEUE = 'campaigns';
export const BATCHES_QUEUE = 'batches';
export const NOTICES_QUEUE = 'notices';

/** A campaign handed in: its data is the campaign itself. */
export const CAMPAIGN_JOB = 'campaign';
/** Our own: go on planning a campaign that is known. Its data is `{ campaign }`. */
export const PLAN_JOB = 'plan';
/** Our own: the mail of a campaign for a few addresses, to look at. */
export const TEST_JOB = 'test';
/** One to ten batches of up to 50 recipients each. Its data is `{ campaign, batches }`: no address is in the queue. */
export const BATCH_JOB = 'batch';

/** What a webhook is told of a campaign. Its data is the message. */
export const NOTICE_JOB = 'notice';

/** By the first batch of the job: the same id while the job lives, so that adding it again does nothing. */
export function batchJobId(campaign: string, batch: number): string {
  return `${campaign}-${batch}`;
}

/**
 * Every planning after the first has an id of its own, by the planner's epoch: the job that handed the campaign in
 * may still exist. Campaign ids have no dot, so no two ids meet.
 */
export function planJobId(campaign: string, epoch: number): string {
  return `${campaign}.${epoch}`;
}

/** No campaign id has a dot, and no epoch is a UUID. */
export function testJobId(test: string): string {
  return `test.${test}`;
}
