import { writeLetters } from '../send/calls.ts';
import type { Mailing } from '../send/mailing.ts';
import type { Recipient } from '../send/payload.ts';

/** A mail as one reader would get it, but for the link to unsubscribe. */
export interface Sample {
  /** The row, counted from 1. */
  readonly seq: number;
  readonly recipient: string;
  readonly subject: string;
  /** Null where the mail has no such part. */
  readonly html: string | null;
  readonly text: string | null;
  /** UTF-8; null where there is no html. */
  readonly htmlBytes: number | null;
}

/** Leads nowhere (RFC 2606): a working link in a preview would unsubscribe the reader of the row. */
export const SAMPLE_LINK = 'https://unsubscribe.invalid/u/the-readers-own-link';

/** Writes the mail for one row, by the same way as it is written when it is sent. */
export function writeSample(mailing: Mailing, recipient: Recipient): Sample {
  const urls = mailing.unsubscribe.kind === 'none' ? null : [SAMPLE_LINK];
  const [letter] = writeLetters(mailing, 0, [{ position: 0, recipient }], urls);
  const mail = mailing.mail.render(letter?.data ?? {});
  return {
    seq: recipient.seq,
    recipient: recipient.written,
    ...mail,
    htmlBytes: mail.html === null ? null : Buffer.byteLength(mail.html),
  };
}
