import type { Account } from './account.ts';
import type { Identities } from './identities.ts';
import type { Resources } from './resources.ts';
import type { MailStore } from './store.ts';
import type { SuppressionList } from './suppression-list.ts';
import type { TemplateCache } from './template.ts';

/** What both sending operations look at and change. */
export interface SesState {
  readonly account: Account;
  readonly resources: Resources;
  readonly templates: TemplateCache;
  readonly store: MailStore;
  readonly suppressed: SuppressionList;
  /** Who may send. */
  readonly identities: Identities;
  readonly region: string;
  readonly hadTransientFailure: Set<string>;
  readonly turnedAway: { throttled: number; overQuota: number };
  now(): number;
}
