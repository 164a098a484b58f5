import { Fault, InputFault, messageOf } from '../core/fault.ts';
import type { Campaign } from '../queue/campaign.ts';
import { prepareMailing } from '../queue/prepare.ts';
import { reviewSubmission } from '../queue/submit.ts';
import type { Mailing } from '../send/mailing.ts';

/**
 * A campaign that may be enqueued, with its mail compiled.
 *
 * @param name of the file, for messages
 * @param filesRoot folder that audience paths must lie under; null where there is no such rule
 * @throws InputFault with every problem
 */
export function reviewed(
  campaign: Campaign,
  name: string,
  filesRoot: string | null,
): { readonly campaign: Campaign; readonly mailing: Mailing } {
  const review = reviewSubmission(campaign, filesRoot);
  if (review.kind === 'problems') throw new InputFault(review.problems).of(name);
  const prepared = prepareMailing(review.campaign);
  if (prepared.kind === 'problems') throw new InputFault(prepared.problems).of(name);
  return { campaign: review.campaign, mailing: prepared.mailing };
}

/** What is wrong with a list is the user's to mend, and says its place; anything else is thrown as it was. */
export function rethrownAsInput(thrown: unknown): never {
  throw thrown instanceof Fault && thrown.code.startsWith('AUDIENCE_')
    ? new InputFault([messageOf(thrown)], { cause: thrown })
    : thrown;
}
