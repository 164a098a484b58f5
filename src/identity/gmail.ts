/**
 * What Gmail calls a bulk sender: one whose domain sends close to 5,000 mails or more to personal Gmail accounts within 24 hours.
 * Mails from all subdomains of an organisational domain count together, and who was one once is one for ever ("Email sender
 * guidelines" and their FAQ, support.google.com/a/answer/81126 and 14229414).
 */
export const BULK_SENDER_MAILS = 5_000;

/**
 * What the count of 24 hours is kept in. A slot is over when its end is 24 hours ago, so that mails count for a quarter of an hour
 * longer at most: the count may be too high, and is never too low. gmail-count.lua has the same figures.
 */
export const GMAIL_SLOT_MS = 900_000;
export const GMAIL_SLOTS = 96;

/** How a domain stands with Gmail. */
export interface GmailFigures {
  /** Mails to personal Gmail addresses that SES took within the last 24 hours. */
  readonly last24Hours: number;
  /** When the domain became a bulk sender (ms since 1970), which it stays; null where it never has. */
  readonly bulkSince: number | null;
}

/** Whether an address, in its normal form, is one of Gmail's own. Addresses of Google Workspace are not personal ones. */
export function isPersonalGmail(normal: string): boolean {
  return normal.endsWith('@gmail.com') || normal.endsWith('@googlemail.com');
}

/** The same for people: a sentence without a full stop. */
export function bulkStanding({ last24Hours, bulkSince }: GmailFigures): {
  readonly isBulk: boolean;
  readonly said: string;
} {
  const sent = `${last24Hours.toLocaleString('en-US')} ${last24Hours === 1 ? 'mail' : 'mails'} to personal Gmail addresses in the last 24 hours`;
  if (bulkSince !== null) {
    const day = new Date(bulkSince).toISOString().slice(0, 10);
    return { isBulk: true, said: `a bulk sender to Gmail since ${day}, for good; ${sent}` };
  }
  const limit = BULK_SENDER_MAILS.toLocaleString('en-US');
  return { isBulk: false, said: `not a bulk sender to Gmail yet: ${sent}, and ${limit} make one for good` };
}
