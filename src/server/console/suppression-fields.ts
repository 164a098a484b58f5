import { InputFault } from '../../core/fault.ts';
import { parseTarget, type Target } from '../../suppression/target.ts';

/** @throws InputFault where the two say nothing together. A sender that stands beside another reason is not meant. */
export function targetOf(reason: string, sender: string): Target {
  const parsed = parseTarget(reason, reason === 'unsubscribed' ? sender : '');
  if (parsed.kind === 'target') return parsed.target;
  throw new InputFault([parsed.problem]);
}

/** One a line, or with commas or semicolons between. */
export function addressesOf(text: string): string[] {
  return text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
