import { isAbsolute, relative } from 'node:path';
import { type Campaign, parseCampaign } from './campaign.ts';
import { prepareMailing } from './prepare.ts';

export type Submission =
  | { readonly kind: 'campaign'; readonly campaign: Campaign }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/**
 * Everything that can be known to be wrong with a campaign as it travels in a job, without reading its audience.
 * Whoever enqueues asks, and whoever receives asks again, since any BullMQ client can put anything into a queue.
 *
 * @param filesRoot folder that audience paths must lie under; null where there is no such rule
 */
export function reviewSubmission(input: unknown, filesRoot: string | null): Submission {
  const parsed = parseCampaign(input);
  if (parsed.kind === 'problems') return parsed;
  const { campaign } = parsed;
  const problems = travelProblems(campaign, filesRoot);
  const prepared = prepareMailing(campaign);
  if (prepared.kind === 'problems') problems.push(...prepared.problems);
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'campaign', campaign };
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
      problems.push('audience.path: must lie under the folder that SLUICE_FILES names');
    }
  }
  return problems;
}

function isOutside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '..' || way.startsWith('../') || way.startsWith('..\\') || isAbsolute(way);
}
