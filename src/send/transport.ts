/**
 * The door to SES: what the sender asks for and what it hears, without the SDK's types. Two implementations may
 * stand behind it (the SDK, a lean one of our own); both pass the same contract suite.
 */
export interface SesTransport {
  /** One SendBulkEmail call, never retried. Resolves whatever happens; what went wrong is in the answer. */
  sendBulk(call: BulkCall): Promise<BulkAnswer>;
  /** One SendEmail call, never retried. Resolves whatever happens; what went wrong is in the answer. */
  sendSingle(call: SingleCall): Promise<SingleAnswer>;
  /** GetAccount. Rejects when SES can't be asked. */
  account(): Promise<SesAccount>;
  /** Closes idle connections. Calls in flight end first. */
  close(): Promise<void>;
}

/** The limits and the state of the SES account in its region. */
export interface SesAccount {
  /** Recipients a second. */
  readonly perSecond: number;
  /** Recipients in 24 hours; null where the account has no such limit (SES says -1). */
  readonly perDay: number | null;
  readonly sentLast24Hours: number;
  readonly sendingEnabled: boolean;
  readonly productionAccess: boolean;
  readonly enforcement: string;
}

/** The mail with its numbered slots, as SES's inline template wants it (`{{s0}}`, `{{s1}}`). */
export interface InlineTemplate {
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
}

export interface BulkEntry {
  /** Destination as SES takes it: domain in punycode, local part quoted where it must be. */
  readonly to: string;
  /** What goes into the slots of the template, in their order: `{{s0}}`, `{{s1}}`, … */
  readonly slots: readonly string[];
  readonly headers: readonly MailHeader[];
  /** Tags of this recipient; SES adds the call's. */
  readonly tags: Readonly<Record<string, string>>;
}

/** SES's ReplacementTemplateData: a JSON object from slot to string. */
export function slotsJson(slots: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(slots.map((value, number) => [`s${number}`, value])));
}

export interface MailHeader {
  readonly name: string;
  readonly value: string;
}

/** What a call overrides of SES's own tracking of opens and clicks; null leaves it as it is set up. */
export interface Tracking {
  readonly opens: boolean | null;
  readonly clicks: boolean | null;
}

export interface BulkCall {
  /** FromEmailAddress: display name already RFC 2047 encoded. */
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly template: InlineTemplate;
  readonly tags: Readonly<Record<string, string>>;
  readonly entries: readonly BulkEntry[];
  readonly tracking: Tracking;
  /**
   * The instant (ms, this process's clock) that the request is dated with. It was taken before the claim was
   * issued, never at the moment of sending: SES refuses a request dated more than five minutes ago, and that is
   * the fence which keeps a worker that was stopped after its claim from sending when it wakes up.
   */
  readonly dated: number;
}

/** One mail to one recipient, rendered whole. */
export interface SingleCall {
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly to: string;
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly headers: readonly MailHeader[];
  readonly tags: Readonly<Record<string, string>>;
  readonly tracking: Tracking;
  /** As in BulkCall. */
  readonly dated: number;
}

export type SingleAnswer =
  | { readonly kind: 'accepted'; readonly messageId: string }
  | { readonly kind: 'failure'; readonly failure: CallFailure };

/** SES answered with a result for each entry, in order; or the call as a whole failed. */
export type BulkAnswer =
  | { readonly kind: 'results'; readonly results: readonly EntryResult[] }
  | { readonly kind: 'failure'; readonly failure: CallFailure };

export interface EntryResult {
  readonly status: string;
  readonly error: string | null;
  readonly messageId: string | null;
}

export interface CallFailure {
  /** SES's exception, or the system's error code (ECONNRESET), or TimeoutError. */
  readonly name: string;
  readonly message: string;
  /** Null where no HTTP answer came. */
  readonly httpStatus: number | null;
  /** Whether it can be proved that the request never reached SES (no connection was made). */
  readonly provablyUnsent: boolean;
}
