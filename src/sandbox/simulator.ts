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
 * All other addresses are delivered.
 */

/** What the mail leads to once SES has accepted it. */
export type MailOutcome = 'delivery' | 'bounce' | 'complaint' | 'automatic reply' | 'suppressed';

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
};

/** The part that an address plays. */
export function partOf(mailbox: string): Part {
  const address = addressOf(mailbox);
  const domain = domainOf(address);
  if (domain !== SIMULATOR && domain !== SANDBOX) return DELIVERED;
  const name = /^[^+@]*/.exec(address)?.[0].toLowerCase() ?? '';
  const parts = domain === SIMULATOR ? SIMULATOR_PARTS : SANDBOX_PARTS;
  return (Object.hasOwn(parts, name) ? parts[name] : undefined) ?? DELIVERED;
}
