import { parseWireAddress } from '../core/address.ts';
import { isSimulator } from '../core/simulator.ts';
import type { GlobalReason, SuppressionEntry } from '../suppression/entry.ts';
import type { FeedbackEvent, Happening } from './event.ts';
import { isNoSpam } from './traits.ts';

/** What an event says of its address, beyond this one mail. */
export interface Consequence {
  /** The address in its normal form; null where it can't be read, and then nothing follows. */
  readonly address: string | null;
  /** Its entry on the list that counts everywhere; null where it stays off the list. */
  readonly entry: (SuppressionEntry & { readonly reason: GlobalReason }) | null;
  /** It may be full or away for good: so many of these suppress as well, where the settings say so. */
  readonly isSoft: boolean;
  /** What the guard counts it as: a hard bounce or a complaint. */
  readonly guard: 'b' | 'c' | null;
  /** The address plays a part in SES's simulator: it is on no list and in no rate. */
  readonly isSimulated: boolean;
}

/** Nothing follows from it. */
const NONE = { entry: null, isSoft: false, guard: null } as const;

export function consequenceOf({ mail, atMs, happened }: FeedbackEvent): Consequence {
  const isSimulated = isSimulator(mail.recipient);
  const address = isSimulated ? null : normalOf(mail.recipient);
  if (address === null) return { ...NONE, address, isSimulated };
  const { reason, source, guard, isSoft } = judged(happened);
  const entry = reason && { reason, at: atMs, source, detail: mail.campaign };
  return { address, isSimulated, isSoft, guard, entry };
}

interface Judgement {
  readonly reason: GlobalReason | null;
  /** Which evidence it is: `event`, the receiver's; `ses-list`, that of SES's own list. */
  readonly source: 'event' | 'ses-list';
  readonly guard: Consequence['guard'];
  readonly isSoft: boolean;
}

const HARMLESS: Judgement = { reason: null, source: 'event', guard: null, isSoft: false };

/**
 * SES did not send the mail at all: the address is on the account's own list. SES counts that for no rate, and neither does
 * the guard: it says nothing new of the list that is being sent to.
 */
const ON_LIST = 'OnAccountSuppressionList';

/** Soft bounces that are about the mail, and say nothing of the address. */
const ABOUT_THE_MAIL: ReadonlySet<string> = new Set([
  'MessageTooLarge',
  'ContentRejected',
  'AttachmentRejected',
]);

function judged(happened: Happening): Judgement {
  switch (happened.type) {
    case 'bounce':
      if (!happened.isHard) return { ...HARMLESS, isSoft: !ABOUT_THE_MAIL.has(happened.bounceSubType) };
      return happened.bounceSubType === ON_LIST
        ? { ...HARMLESS, reason: 'bounced', source: 'ses-list' }
        : { ...HARMLESS, reason: 'bounced', guard: 'b' };
    case 'complaint':
      if (isNoSpam(happened)) return HARMLESS;
      return happened.complaintType === ON_LIST
        ? { ...HARMLESS, reason: 'complained', source: 'ses-list' }
        : { ...HARMLESS, reason: 'complained', guard: 'c' };
    default:
      return HARMLESS;
  }
}

/** SES names the address as it was mailed. */
function normalOf(recipient: string): string | null {
  const parsed = parseWireAddress(recipient);
  return parsed.kind === 'address' ? parsed.address.normal : null;
}
