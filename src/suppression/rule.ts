import { type Reason, reasonOfLetter } from './entry.ts';

/**
 * The rule that keeps an address from getting a mail, or null where none does. This is the rule of the claim's script,
 * stated once more for dry runs; the claim alone decides.
 *
 * Of several reasons the most severe is named, in the order of REASONS. The store keeps the lines of a value in that
 * order, so the first letter says it. A value that begins with no letter that we know (a newer version wrote it)
 * counts as blocked: an entry that can't be read is no permission to send. In the list of a sender, being there is all.
 *
 * @param everywhere value of the address in the hash that counts everywhere; null or empty where it is not there
 * @param unsubscribed value of the address in the list of the sender; null or empty where it is not there
 * @param override true where the campaign goes to unsubscribed people on purpose. It lifts nothing else.
 */
export function ruleFor(
  everywhere: string | null,
  unsubscribed: string | null,
  override: boolean,
): Reason | null {
  if (everywhere) return reasonOfLetter(everywhere.charAt(0)) ?? 'blocked';
  return unsubscribed && !override ? 'unsubscribed' : null;
}
