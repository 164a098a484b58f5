import type { DomainRules } from '../identity/project.ts';
import type { CampaignState } from '../queue/receipt.ts';
import type { GlobalReason } from '../suppression/entry.ts';

/** Who does it, and why, for the log. `by` is `api` where it is missing. */
export interface Signature {
  readonly by?: string;
  readonly reason?: string;
}

export interface SignatureWithReason {
  readonly by?: string;
  readonly reason: string;
}

export interface CampaignFilter {
  /** `open`: all that have not ended. */
  readonly state?: CampaignState | 'open';
}

export interface PageQuery {
  /** Items of a page; 50 where it is missing, 500 at most. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** Shares from 0 to 1; null takes a limit away, what is missing stays. */
export interface LimitsChange extends SignatureWithReason {
  readonly bounceRate?: number | null;
  readonly complaintRate?: number | null;
}

/** Whom a suppression is about: everybody's mail for a reason, or the mail of one sender address (unsubscribed). */
export type SuppressionTarget =
  | { readonly reason: GlobalReason; readonly sender?: never }
  | { readonly reason?: 'unsubscribed'; readonly sender: string };

export interface SuppressionQuery {
  readonly reason?: GlobalReason | 'unsubscribed';
  readonly sender?: string;
}

export interface SuppressionNote {
  readonly by?: string;
  /** Kept with the entry. */
  readonly note?: string;
}

/** Without a target each row says why, as in an export. */
export type ImportOptions = SuppressionQuery & {
  readonly by?: string;
  /** The column with the addresses, where its name does not tell. */
  readonly column?: string;
};

export interface ProfileForm extends Signature {
  /** With or without a display name. */
  readonly from: string;
  readonly replyTo?: readonly string[];
  /** `sluice` (where it is missing), `none`, or the template of a URL of your own. */
  readonly unsubscribe?: string;
  /** Whether a URL of your own takes the POST of one click (RFC 8058). */
  readonly oneClick?: boolean;
}

/** What is missing stays; null takes a setting away. */
export interface ProjectForm extends Signature {
  readonly perSecond?: number | null;
  readonly perDay?: number | null;
  readonly perMonth?: number | null;
  readonly bounceRate?: number | null;
  readonly complaintRate?: number | null;
  readonly organisation?: string | null;
  readonly domainRules?: DomainRules | null;
}

export interface DomainForm extends Signature {
  readonly name: string;
  /** `default` where it is missing. */
  readonly organisation?: string;
  /** A subdomain of it for the envelope, such as `bounce`. */
  readonly mailFrom?: string;
  readonly dkimLength?: 1024 | 2048;
}

/** How a new domain begins to send. */
export interface WarmUpForm {
  /** Recipients on the first day. */
  readonly start: number;
  /** By how much each day is more than the one before; 2 where it is missing. */
  readonly factor?: number;
  /** 14 where it is missing; afterwards there is no limit. */
  readonly days?: number;
  /** Begin anew where the domain has just this schedule already. */
  readonly again?: boolean;
  readonly by?: string;
}
