/**
 * An event of SES's about one of our mails, read and checked ("Contents of event data that Amazon SES publishes to Amazon
 * SNS"). Every one of them proves that SES accepted the call for the mail, whatever became of it afterwards.
 */
export interface FeedbackEvent {
  readonly mail: FeedbackMail;
  /** When it happened, on SES's clock; milliseconds since 1970. */
  readonly atMs: number;
  readonly happened: Happening;
}

/** The mail that an event is about. We send one mail to one recipient. */
export interface FeedbackMail {
  readonly messageId: string;
  readonly campaign: string;
  /** Null where it was a test send, which is in no batch. */
  readonly entry: EntryTag | null;
  /** As it was mailed. */
  readonly recipient: string;
  /** The From address in its normal form; null where it is not to be read. */
  readonly sender: string | null;
  /** The campaign's own tags, without ours and SES's. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Which entry of which batch a mail was for, and under which claim it was sent. */
export interface EntryTag {
  readonly claim: string;
  readonly batch: number;
  /** From 0. */
  readonly position: number;
  /** Position in the audience, from 1. */
  readonly seq: number;
}

/** Texts that SES does not always give are null where they are missing. */
export type Happening =
  /** SES has the mail and is going to deliver it. */
  | { readonly type: 'send' }
  | {
      readonly type: 'delivery';
      readonly smtpResponse: string | null;
      readonly processingMs: number | null;
    }
  | {
      readonly type: 'delivery_delay';
      readonly delayType: string | null;
      readonly status: string | null;
      readonly diagnostic: string | null;
      readonly expiresAt: string | null;
    }
  | {
      readonly type: 'bounce';
      /** Permanent: the address will never take mail. All others are soft. */
      readonly isHard: boolean;
      readonly bounceType: string;
      readonly bounceSubType: string;
      readonly feedbackId: string;
      readonly status: string | null;
      readonly diagnostic: string | null;
    }
  | {
      readonly type: 'complaint';
      readonly feedbackId: string;
      /** Such as `abuse`; for a mail that SES held back, its reason (`OnAccountSuppressionList`). */
      readonly complaintType: string | null;
      readonly userAgent: string | null;
    }
  /** SES accepted the mail, and did not send it because of what is in it. */
  | { readonly type: 'reject'; readonly reason: string | null }
  /** SES accepted the call, and could not make a mail of the template and the data. */
  | { readonly type: 'rendering_failure'; readonly error: string | null; readonly template: string | null }
  | { readonly type: 'open'; readonly userAgent: string | null }
  | { readonly type: 'click'; readonly link: string; readonly userAgent: string | null }
  | { readonly type: 'subscription'; readonly source: string | null; readonly contactList: string | null };
