import { InputFault } from '../core/fault.ts';
import type { Campaign } from '../queue/campaign.ts';
import { type Enqueued, enqueueReviewed } from '../queue/producer.ts';
import { standingOf } from '../queue/standing.ts';
import { reviewSubmission, type Submission } from '../queue/submit.ts';
import { refuseUnfit } from './domain-door.ts';
import type { DeskParts } from './parts.ts';

export interface Submitted extends Enqueued {
  /** What is to be known of a campaign that was taken all the same, a sentence each. */
  readonly notes: readonly string[];
}

type Reviewed = Extract<Submission, { kind: 'campaign' }>;

/**
 * Takes a campaign in. What is enqueued already goes on as it is, also where its domain or its profile has changed since.
 * @throws InputFault with every problem; nothing was enqueued then
 */
export async function submitCampaign(parts: DeskParts, input: unknown): Promise<Submitted> {
  const { client } = parts;
  const review = await reviewOf(parts, input);
  const { campaign } = review;
  const standing = campaign && (await standingOf(client.redis, client.keys, campaign));
  if (review.kind === 'problems') {
    // A second call succeeds as the first did.
    if (campaign?.sender.profile && standing === 'known')
      return { id: campaign.id, kind: 'known', notes: [] };
    throw new InputFault(review.problems);
  }
  const note = standing === 'new' ? await refuseUnfit(parts, review.campaign, review.mailing) : null;
  return { ...(await enqueueReviewed(review, client)), notes: note === null ? [] : [note] };
}

/**
 * A campaign that may be enqueued, with its mail compiled.
 * @param name of its file, for messages
 * @throws InputFault with every problem
 */
export async function reviewed(parts: DeskParts, input: unknown, name?: string): Promise<Reviewed> {
  const review = await reviewOf(parts, input);
  if (review.kind === 'campaign') return review;
  const fault = new InputFault(review.problems);
  throw name === undefined ? fault : fault.of(name);
}

async function reviewOf(parts: DeskParts, input: unknown): Promise<Submission> {
  const { bigquery } = parts.config;
  const { profiles } = parts.client;
  const review = await reviewSubmission(input, {
    filesRoot: rootOf(parts),
    profiles,
    hasBigQuery: bigquery !== null,
  });
  const problems = review.campaign === null ? [] : pathProblems(parts, review.campaign);
  if (problems.length === 0) return review;
  return review.kind === 'problems'
    ? { ...review, problems: [...review.problems, ...problems] }
    : { kind: 'problems', problems, campaign: review.campaign };
}

/** What binds whoever asks from elsewhere binds him at this machine only where SLUICE_FILES says so. */
function rootOf({ paths, config }: DeskParts): string | null {
  return paths === 'anywhere' ? config.filesRoot : (config.filesRoot ?? config.listsFolder);
}

/** Whoever asks from elsewhere could have any file of the workers' machines read. */
function pathProblems(parts: DeskParts, { audience }: Campaign): string[] {
  const isFile = audience.kind === 'csv' || audience.kind === 'ndjson';
  if (!isFile || parts.paths === 'anywhere' || rootOf(parts) !== null) return [];
  return [
    'audience.path: files are taken from SLUICE_FILES alone, and it is not set for this server: set it, here and for the workers, or send the recipients inline',
  ];
}
