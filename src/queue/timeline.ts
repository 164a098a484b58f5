/** A change of a campaign as a whole, as the log has it. */
export interface CampaignChange {
  readonly at: string;
  /** `campaign_accepted`, `campaign_paused`, … */
  readonly type: string;
  /** Null where no person did it. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}
