import { auditCampaign } from './campaign-audit.ts';
import { checkCampaign } from './campaign-check.ts';
import { campaignDetails } from './campaign-details.ts';
import { campaignLogParts } from './campaign-log.ts';
import { previewCampaign } from './campaign-preview.ts';
import { reportCampaign } from './campaign-report.ts';
import { CampaignSteering } from './campaign-steering.ts';
import { submitCampaign } from './campaign-submit.ts';
import { testCampaign, testStoredCampaign } from './campaign-test.ts';
import type { Client } from './client.ts';
import type { CampaignDesk } from './desk.ts';
import { campaignId, missingCampaign } from './missing.ts';
import type { DeskParts } from './parts.ts';
import { tellStory } from './recipient-story.ts';
import { Turns } from './turns.ts';

/** DuckDB takes some hundred megabytes for a large campaign. */
const LOG_READERS_MAX = 2;
const LOG_WAITING_MAX = 20;

/** Lists that are read as a whole: each takes a core, and the memory of a duplicate filter. */
const CHECKS_MAX = 2;
const CHECKS_WAITING_MAX = 20;

/** Each reads a list up to a row; a test then waits for a worker, which costs nothing here. */
const PREVIEWS_MAX = 4;
const TESTS_MAX = 20;
const READERS_WAITING_MAX = 50;

export function campaignDesk(parts: DeskParts): CampaignDesk {
  const { client } = parts;
  const { index, suppression } = client;
  const steering = new CampaignSteering(parts);
  const logTurns = new Turns(LOG_READERS_MAX, LOG_WAITING_MAX);
  const listTurns = new Turns(CHECKS_MAX, CHECKS_WAITING_MAX);
  const previewTurns = new Turns(PREVIEWS_MAX, READERS_WAITING_MAX);
  const testTurns = new Turns(TESTS_MAX, READERS_WAITING_MAX);
  return {
    submit: (input) => submitCampaign(parts, input),
    check: (input) => listTurns.take(() => checkCampaign(parts, input)),
    test: (input, order) => testTurns.take(() => testCampaign(parts, input, order)),
    testStored: (id, order) => testTurns.take(() => testStoredCampaign(parts, campaignId(id), order)),
    list: (order) => index.page(order),
    count: () => index.count(),
    receipt: (id) => receiptOf(client, id),
    receipts: (ids) => index.receipts(ids),
    details: (id) => campaignDetails(parts, id),
    preview: (id, row) => previewTurns.take(() => previewCampaign(parts, id, row)),
    pause: async (id, author) => (await steering.pause(id, author)).receipt,
    resume: async (id, author, override) => (await steering.resume(id, author, override)).receipt,
    cancel: async (id, author) => (await steering.cancel(id, author)).receipt,
    resolve: (id, resolution, author) => steering.resolve(id, resolution, author),
    setLimits: (id, change, author) => steering.setLimits(id, change, author),
    timeline: async (id) => client.timeline.list((await receiptOf(client, id)).id),
    course: async (id) => client.courses.read((await receiptOf(client, id)).id),
    report: (id) =>
      logTurns.take(async () => {
        const report = await reportCampaign(await campaignLogParts(parts), campaignId(id));
        return (report ?? missing(id)).campaign;
      }),
    audit: (id) =>
      logTurns.take(
        async () => (await auditCampaign(await campaignLogParts(parts), campaignId(id))) ?? missing(id),
      ),
    why: (id, whom) =>
      logTurns.take(async () => {
        const story = await tellStory(
          { ...(await campaignLogParts(parts)), suppression },
          campaignId(id),
          whom,
        );
        return story ?? missing(id);
      }),
  };
}

async function receiptOf({ campaigns }: Client, id: string) {
  return (await campaigns.receipt(campaignId(id))) ?? missing(id);
}

function missing(id: string): never {
  throw missingCampaign(id);
}
