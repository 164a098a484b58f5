/**
 * What can happen to a recipient or a campaign, as the log names it (`interface.md`, "Log rows").
 *
 * Ours: `duplicate` and `invalid` (while planning), `skipped` (suppressed), `accepted` and `rejected` (what SES
 * answered), `cancelled`, `dropped`, `in_doubt`, `resolved`. From SES's events: `send` to `subscription`.
 * From readers: `unsubscribe`, `resubscribe`. The campaign's own changes: `campaign_*`. What an operator has set, with who
 * and why: `project_set`, `guard_set`, `profile_set`, `profile_removed`, `domain_added`, `domain_removed`, `domain_moved`; and that
 * they had somebody removed from this log: `person_forgotten`. `bulk_sender`: a domain became one to Gmail, which it stays.
 */
export type EventType =
  | 'duplicate'
  | 'invalid'
  | 'skipped'
  | 'accepted'
  | 'rejected'
  | 'cancelled'
  | 'dropped'
  | 'in_doubt'
  | 'resolved'
  | 'send'
  | 'delivery'
  | 'delivery_delay'
  | 'bounce'
  | 'complaint'
  | 'reject'
  | 'open'
  | 'click'
  | 'rendering_failure'
  | 'subscription'
  | 'unsubscribe'
  | 'resubscribe'
  | 'person_forgotten'
  | 'bulk_sender'
  | SettingChange
  | `campaign_${string}`;

export type SettingChange =
  | 'project_set'
  | 'guard_set'
  | 'profile_set'
  | 'profile_removed'
  | 'domain_added'
  | 'domain_removed'
  | 'domain_moved';

/**
 * One event as the code that saw it states it: no more than what it knows. `logRows` (row.ts) completes it.
 * In the outbox a block of events shares what they have in common.
 */
export interface LogEvent {
  readonly event_type: EventType;
  /** Milliseconds since 1970 (UTC). */
  readonly event_time: number;
  readonly project?: string;
  readonly campaign_id?: string;
  /** The address as it was mailed, or as the audience has it where it was not. */
  readonly recipient?: string;
  /** The From address (normal form). */
  readonly sender?: string;
  /** Position in the audience, from 1. */
  readonly seq?: number;
  readonly ses_message_id?: string;
  readonly reason?: string;
  readonly smtp_status?: string;
  readonly diagnostic?: string;
  readonly url?: string;
  readonly user_agent?: string;
  /** True where the campaign was sent to unsubscribed people on purpose. */
  readonly override?: boolean;
  readonly test?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly detail?: Readonly<Record<string, unknown>>;
  /**
   * What tells two events of one type, campaign and recipient apart (a claim's number, SES's feedback id). Part
   * of the event's id; not a column.
   */
  readonly mark?: string;
}

/**
 * Events that go into the outbox together. What is in `common` holds for every one of them, unless the event
 * itself says otherwise.
 */
export interface EventBlock {
  readonly common: Partial<LogEvent>;
  readonly events: readonly Partial<LogEvent>[];
}

/** One row of the table `events`, in the order and with the names of its columns. Absent values are null. */
export interface LogRow {
  /** Made from what the event says, so that the same event written twice has the same id. */
  readonly event_id: string;
  readonly event_type: EventType;
  /** ISO 8601 in UTC with milliseconds. */
  readonly event_time: string;
  readonly logged_at: string;
  readonly project: string | null;
  readonly campaign_id: string | null;
  readonly recipient: string | null;
  readonly recipient_domain: string | null;
  readonly sender: string | null;
  readonly seq: number | null;
  readonly ses_message_id: string | null;
  readonly reason: string | null;
  readonly smtp_status: string | null;
  readonly diagnostic: string | null;
  readonly url: string | null;
  readonly user_agent: string | null;
  readonly override: boolean;
  readonly test: boolean;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}
