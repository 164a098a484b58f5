import type { BigQueryEstimate } from '../audience/bigquery-estimate.ts';
import type { GuardFigures } from '../guard/guard.ts';
import type { Project } from '../identity/project.ts';
import type { ReceiverCounts } from '../identity/receiver-report.ts';
import type { Campaign } from '../queue/campaign.ts';
import type { MailFacts } from '../queue/mail-facts.ts';
import type { Preflight, PreflightCounts } from '../queue/preflight.ts';
import type { Standing } from '../queue/standing.ts';
import type { VariableUse } from '../queue/variable-tally.ts';
import type { AccountNotice } from '../send/account-board.ts';
import type { Mailing } from '../send/mailing.ts';
import type { QuotaFacts } from './check-quota.ts';
import type { SenderFacts } from './check-sender.ts';

/** Whether the workers can make unsubscribe links. */
export type MarketingFacts =
  | { readonly kind: 'able' }
  | { readonly kind: 'unable'; readonly workers: number; readonly of: number }
  /** No worker runs, and the settings here lack something: those of the workers may have it. */
  | { readonly kind: 'unknown' };

/** Everything that was found out. */
export interface CheckFindings
  extends SenderFacts,
    Pick<QuotaFacts, 'perDayMax' | 'perMonthMax' | 'sent' | 'warmUp'> {
  readonly campaign: Campaign;
  readonly mailing: Mailing;
  readonly preflight: CheckedList;
  readonly estimate?: BigQueryEstimate;
  readonly standing: Standing;
  readonly mail: MailFacts;
  readonly account: AccountNotice | null;
  /** SLUICE_MAX_PER_SECOND; null where it is not set. */
  readonly perSecondMax: number | null;
  /** Those that were set up. */
  readonly projects: readonly Project[];
  /** By the campaign's project. */
  readonly sentOfProject: QuotaFacts['sent'];
  /** Of its project and sender; null where nothing was counted for eight days. */
  readonly guard: Pick<GuardFigures, 'hour' | 'week'> | null;
  readonly marketing: MarketingFacts;
}

/** How many rows lack a variable is null where they were not looked at. */
export interface CheckVariable extends Omit<VariableUse, 'missing' | 'empty'> {
  readonly missing: number | null;
  readonly empty: number | null;
}

/** What was found of the list. Its counts are null where it is in BigQuery: then its query was not run. */
export interface CheckedList extends Omit<Preflight, 'counts' | 'variables' | 'receivers'> {
  readonly counts: PreflightCounts | null;
  readonly receivers: ReceiverCounts | null;
  readonly variables: readonly CheckVariable[];
}
