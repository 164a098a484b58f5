import type { Happening } from './event.ts';

/** What follows from an event besides its row. */
export interface Traits {
  /** Name of the map that remembers to whom this has happened; null where nobody needs to know. */
  readonly seen: string | null;
  /** It happens once to a mail, so a second one is a copy, or tells of a second mail. */
  readonly isOnce: boolean;
  /** Counter of the campaign (`queue/receipt.ts`): of people, not of events. */
  readonly count: string | null;
  /** SES says it at once after it accepted the call, to every mail that it took. */
  readonly isPrompt: boolean;
}

/**
 * Somebody whose mail bounced softly and then hard is counted under both, and so is somebody whose mail was delivered
 * and came back later: each figure is of the people to whom that happened, whatever else did and in whatever order the
 * events come. So no figure ever goes down.
 */
export function traitsOf(happened: Happening): Traits {
  switch (happened.type) {
    case 'send':
      return { seen: 'send', isOnce: true, count: null, isPrompt: true };
    case 'reject':
    case 'rendering_failure':
      // SES says one of these instead of Send.
      return { seen: null, isOnce: false, count: null, isPrompt: true };
    case 'delivery':
      return { seen: 'delivery', isOnce: true, count: 'delivered', isPrompt: false };
    case 'bounce':
      return happened.isHard
        ? counted('bounce_hard', 'bounced:hard')
        : counted('bounce_soft', 'bounced:soft');
    case 'complaint':
      // A reader who says that it is no spam takes something back, and has not complained.
      return isNoSpam(happened)
        ? { seen: null, isOnce: false, count: null, isPrompt: false }
        : counted('complaint', 'complained');
    case 'open':
      return counted('open', 'opened');
    case 'click':
      return counted('click', 'clicked');
    case 'delivery_delay':
    case 'subscription':
      return { seen: null, isOnce: false, count: null, isPrompt: false };
  }
}

function counted(seen: string, count: string): Traits {
  return { seen, isOnce: false, count, isPrompt: false };
}

/** SES's type of such a report (RFC 5965, 3.1 names it in mail). */
export function isNoSpam({ complaintType }: Extract<Happening, { type: 'complaint' }>): boolean {
  return complaintType === 'not-spam';
}
