import { isAbsolute } from 'node:path';
import { isOutside } from '../audience/within.ts';
import type { ProfileBook } from '../identity/profile.ts';
import type { Mailing } from '../send/mailing.ts';
import { type Campaign, parseCampaign } from './campaign.ts';
import { partsWithoutLink } from './mail-facts.ts';
import { prepareMailing } from './prepare.ts';

export type Submission =
  | { readonly kind: 'campaign'; readonly campaign: Campaign; readonly mailing: Mailing }
  /** `campaign` is null where it has not even the form of one. */
  | { readonly kind: 'problems'; readonly problems: readonly string[]; readonly campaign: Campaign | null };

/** What a campaign is held against besides itself. */
export interface ReviewParts {
  /** Folder that audience paths must lie under; null where there is no such rule. */
  readonly filesRoot: string | null;
  readonly profiles: Pick<ProfileBook, 'get'>;
  /** Whether audiences in BigQuery can be read; undefined where nobody knows, as in a scheduler's process. */
  readonly hasBigQuery?: boolean;
}

/**
 * Everything that can be known to be wrong with a campaign as it travels in a job, without reading its audience.
 * Whoever enqueues asks, and whoever receives asks again, since any BullMQ client can put anything into a queue. Nothing is asked of
 * Redis but the profile that the campaign names, if it names one.
 */
export async function reviewSubmission(
  input: unknown,
  { filesRoot, profiles, hasBigQuery }: ReviewParts,
): Promise<Submission> {
  const parsed = parseCampaign(input);
  if (parsed.kind === 'problems') return { ...parsed, campaign: null };
  const { campaign } = parsed;
  const { profile } = campaign.sender;
  const prepared = prepareMailing(campaign, profile === undefined ? null : await profiles.get(profile));
  const problems = [
    ...travelProblems(campaign, filesRoot),
    ...(hasBigQuery === false ? datasetProblems(campaign) : []),
    ...(prepared.kind === 'problems' ? prepared.problems : []),
    ...linkProblems(campaign),
  ];
  return prepared.kind === 'problems' || problems.length > 0
    ? { kind: 'problems', problems, campaign }
    : { kind: 'campaign', campaign, mailing: prepared.mailing };
}

/** Of a campaign that is to be sent where no dataset of BigQuery is named. */
function datasetProblems({ audience }: Campaign): string[] {
  return audience.kind === 'bigquery'
    ? [
        'audience: is in BigQuery, and SLUICE_BIGQUERY_DATASET is not set: it names the dataset that its rows are put into first, such as sluice',
      ]
    : [];
}

/** How to write the link, by part. */
const LINKS = {
  html: '<a href="{{unsubscribeUrl}}">Unsubscribe</a>',
  text: 'Unsubscribe: {{unsubscribeUrl}}',
};

/** Readers look for it in the mail, not only in the header; the text part that is made from the html has the html's. */
function linkProblems(campaign: Campaign): string[] {
  if (campaign.category === 'transactional') return [];
  return partsWithoutLink(campaign).map(
    (part) =>
      `content.${part}: has no {{unsubscribeUrl}}, and marketing mail needs a link to unsubscribe in each part; write for instance ${LINKS[part]}`,
  );
}

/** A job carries its mail and names its audience: a worker knows nothing of the folder it was written in. */
function travelProblems(campaign: Campaign, filesRoot: string | null): string[] {
  const { content, audience } = campaign;
  const problems: string[] = [];
  for (const field of ['htmlFile', 'textFile'] as const) {
    if (content[field])
      problems.push(`content.${field}: only \`sluice send\` reads files; a job carries the mail itself`);
  }
  if (audience.kind !== 'csv' && audience.kind !== 'ndjson') return problems;
  for (const path of [audience.path].flat()) {
    if (!isAbsolute(path)) {
      problems.push('audience.path: must be absolute in a job, since the worker reads it');
    } else if (filesRoot !== null && isOutside(path, filesRoot)) {
      problems.push(
        'audience.path: must lie under the folder that SLUICE_FILES names; where it is unset, `sluice up` takes .sluice/files',
      );
    }
  }
  return problems;
}
