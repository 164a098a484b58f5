import { addressOf, domainOf } from './address.ts';

/*
 * Addresses that play a part. Everything after a plus is a label, so that there can be as many as a test needs.
 *
 * Amazon's mailbox simulator, at simulator.amazonses.com: always accepted; the name says what happens to the mail.
 *
 *   success            delivered
 *   bounce             hard bounce
 *   complaint          delivered, then marked as spam
 *   ooto               delivered, answered by an automatic reply
 *   suppressionlist    bounces because it is on the account's suppression list
 *
 * The sandbox's own, at sandbox.sluice.example: the name says what SES answers, which the simulator cannot do.
 *
 *   rejected           MESSAGE_REJECTED
 *   invalid            INVALID_PARAMETER
 *   failed             FAILED
 *   throttled          ACCOUNT_THROTTLED, always
 *   transient          TRANSIENT_FAILURE at the first attempt, then accepted
 *   badrequest         the whole call is a BadRequestException that names no entry
 *
 * or what happens to the mail where the simulator has no name for it:
 *
 *   hardbounce         hard bounce, after which the address is on the account's suppression list
 *   complains          delivered, then marked as spam, after which it is there as well
 *   softbounce         bounces because the mailbox is full
 *   delayed            delivered after a delay
 *   virus              accepted, and not delivered because of what is in it (SES's Reject event)
 *
 * With a label `opens` or `clicks` the reader of a delivered mail does so: success+clicks+17@simulator.amazonses.com.
 *
 * All other addresses are delivered, unless they are on the account's suppression list.
 */

/** What the mail leads to once SES has accepted it. */
export type MailOutcome =
  | 'delivery'
  | 'bounce'
  | 'soft bounce'
  | 'complaint'
  | 'automatic reply'
  | 'suppressed'
  | 'delay'
  | 'virus';

export type Part =
  | { readonly kind: 'accepted'; readonly outcome: MailOutcome }
  | { readonly kind: 'refused'; readonly status: string; readonly error: string }
  | { readonly kind: 'transient' }
  | { readonly kind: 'bad request' };

const SIMULATOR = 'simulator.amazonses.com';
const SANDBOX = 'sandbox.sluice.example';

const DELIVERED: Part = { kind: 'accepted', outcome: 'delivery' };

const SIMULATOR_PARTS: Readonly<Record<string, Part>> = {
  bounce: { kind: 'accepted', outcome: 'bounce' },
  complaint: { kind: 'accepted', outcome: 'complaint' },
  ooto: { kind: 'accepted', outcome: 'automatic reply' },
  suppressionlist: { kind: 'accepted', outcome: 'suppressed' },
};

const SANDBOX_PARTS: Readonly<Record<string, Part>> = {
  rejected: { kind: 'refused', status: 'MESSAGE_REJECTED', error: 'Message contains a virus.' },
  invalid: { kind: 'refused', status: 'INVALID_PARAMETER', error: 'Invalid email address.' },
  failed: { kind: 'refused', status: 'FAILED', error: 'Amazon SES was not able to process the request.' },
  throttled: { kind: 'refused', status: 'ACCOUNT_THROTTLED', error: 'Maximum sending rate exceeded.' },
  transient: { kind: 'transient' },
  badrequest: { kind: 'bad request' },
  hardbounce: { kind: 'accepted', outcome: 'bounce' },
  complains: { kind: 'accepted', outcome: 'complaint' },
  softbounce: { kind: 'accepted', outcome: 'soft bounce' },
  delayed: { kind: 'accepted', outcome: 'delay' },
  virus: { kind: 'accepted', outcome: 'virus' },
};

/** The part that an address plays. */
export function partOf(mailbox: string): Part {
  const address = addressOf(mailbox);
  const domain = domainOf(address);
  if (!isStage(domain)) return DELIVERED;
  const name = /^[^+@]*/.exec(address)?.[0].toLowerCase() ?? '';
  const parts = domain === SIMULATOR ? SIMULATOR_PARTS : SANDBOX_PARTS;
  return (Object.hasOwn(parts, name) ? parts[name] : undefined) ?? DELIVERED;
}

/** What the reader of a delivered mail does; null where the address plays no part, so that nobody has said. */
export function readerOf(mailbox: string): { readonly opens: boolean; readonly clicks: boolean } | null {
  const address = addressOf(mailbox);
  if (!isStage(domainOf(address))) return null;
  const labels = address.slice(0, address.lastIndexOf('@')).toLowerCase().split('+').slice(1);
  const clicks = labels.includes('clicks');
  // Nobody follows a link in a mail that is closed.
  return { opens: clicks || labels.includes('opens'), clicks };
}

/** Amazon's simulator: what happens there puts nobody on the account's suppression list. */
export function isSimulator(mailbox: string): boolean {
  return domainOf(addressOf(mailbox)) === SIMULATOR;
}

function isStage(domain: string): boolean {
  return domain === SIMULATOR || domain === SANDBOX;
}
