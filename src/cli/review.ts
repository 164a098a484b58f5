import { Fault, InputFault, messageOf } from '../core/fault.ts';
import type { Campaign } from '../queue/campaign.ts';
import { type ReviewParts, reviewSubmission, type Submission } from '../queue/submit.ts';

/**
 * A campaign that may be enqueued, with its mail compiled.
 *
 * @param name of the file, for messages
 * @throws InputFault with every problem
 */
export async function reviewed(
  campaign: Campaign,
  name: string,
  parts: ReviewParts,
): Promise<Extract<Submission, { kind: 'campaign' }>> {
  const review = await reviewSubmission(campaign, parts);
  if (review.kind === 'problems') throw new InputFault(review.problems).of(name);
  return review;
}

/** What is wrong with a list is the user's to mend, and says its place; anything else is thrown as it was. */
export function rethrownAsInput(thrown: unknown): never {
  throw thrown instanceof Fault && thrown.code.startsWith('AUDIENCE_')
    ? new InputFault([messageOf(thrown)], { cause: thrown })
    : thrown;
}
