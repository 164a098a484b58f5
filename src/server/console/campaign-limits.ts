import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { CampaignLimits } from '../../queue/guard-book.ts';

const text = z.string().trim().catch('');

/** The limits of a campaign as a form has them: in percent, and empty where that of its project counts. */
export const LimitFields = z.object({ bounceRate: text, complaintRate: text });
export type LimitForm = z.output<typeof LimitFields>;

/** @throws InputFault with a line for each that is no number */
export function limitsChange(fields: LimitForm): CampaignLimits {
  const problems: string[] = [];
  const share = (name: keyof LimitForm) => {
    const written = fields[name];
    if (written === '') return null;
    const percent = Number(written);
    if (!Number.isFinite(percent)) problems.push(`${name}: must be a number, and is "${written}"`);
    // A hundredth of 0.1 would be 0.001 and a bit.
    return Number((percent / 100).toPrecision(12));
  };
  const change = { bounceRate: share('bounceRate'), complaintRate: share('complaintRate') };
  if (problems.length > 0) throw new InputFault(problems);
  return change;
}

/** A share (0 to 1) as the form has it. */
export function inPercent(share: number | null | undefined): string {
  return share === null || share === undefined ? '' : String(Number((share * 100).toPrecision(12)));
}
