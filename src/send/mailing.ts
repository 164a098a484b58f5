import type { CompiledMail } from './template.ts';
import type { Tracking } from './transport.ts';

/** A campaign as the sender needs it: compiled once per process, then used for every batch. */
export interface Mailing {
  readonly campaign: string;
  readonly project: string;
  /** From address in its normal form: whose unsubscribed list counts. */
  readonly sender: string;
  /** FromEmailAddress as SES takes it. */
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly mail: CompiledMail;
  /** Marketing mail carries an unsubscribe link and header; transactional mail has neither. */
  readonly category: 'marketing' | 'transactional';
  /** True where the campaign is sent to unsubscribed people on purpose. */
  readonly override: boolean;
  /** The campaign's own limit in recipients a second; null where it has none. */
  readonly perSecond: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly tracking: Tracking;
}
