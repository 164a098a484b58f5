import type { OwnLink } from './own-link.ts';
import type { CompiledMail } from './template.ts';
import type { Tracking } from './transport.ts';

/** A campaign as the sender needs it. All but who the mail is from is compiled once per process, then used for every batch. */
export interface Mailing extends Sender {
  readonly campaign: string;
  readonly project: string;
  readonly mail: CompiledMail;
  readonly category: 'marketing' | 'transactional';
  /** True where the campaign is sent to unsubscribed people on purpose. */
  readonly override: boolean;
  /** The campaign's own limit in recipients a second; null where it has none. */
  readonly perSecond: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly tracking: Tracking;
}

/** Who mail is from, and how its readers unsubscribe. Where a profile says it, it may be another for the next batch. */
export interface Sender {
  /** From address in its normal form: whose unsubscribed list counts. */
  readonly sender: string;
  /** FromEmailAddress as SES takes it. */
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly unsubscribe: Unsubscribe;
  /** Columns that an own unsubscribe URL reads, or has read since the campaign began: planned for everybody, empty where a row has none. */
  readonly linkColumns: readonly string[];
}

/** Marketing mail carries an unsubscribe link and header; transactional mail has neither. */
export type Unsubscribe =
  | { readonly kind: 'none' }
  /** A sealed link to our own server, with one click. */
  | { readonly kind: 'sluice' }
  | {
      readonly kind: 'own';
      readonly link: OwnLink;
      /** Whether it takes the POST of RFC 8058. */
      readonly oneClick: boolean;
    };
