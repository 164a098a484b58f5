import type { Readable, Writable } from 'node:stream';
import type { About } from '../core/hold-code.ts';
import type { ImportSum } from '../dmarc/import.ts';
import type { MonthReport } from '../dmarc/month-report.ts';
import type { DomainCheck, DomainItem } from '../identity/domain-check.ts';
import type { Profile } from '../identity/profile.ts';
import type { Project } from '../identity/project.ts';
import type { DnsRecord } from '../identity/records.ts';
import type { Backlog } from '../log/outbox.ts';
import type { Author } from '../queue/author.ts';
import type { Campaign } from '../queue/campaign.ts';
import type { Course } from '../queue/course.ts';
import type { CampaignLimits } from '../queue/guard-book.ts';
import type { Hold } from '../queue/hold.ts';
import type { CampaignState, Receipt } from '../queue/receipt.ts';
import type { WorkerCard } from '../queue/roster.ts';
import type { Sample } from '../queue/sample.ts';
import type { TestOutcome } from '../queue/test-outcome.ts';
import type { CampaignChange } from '../queue/timeline.ts';
import type { AccountNotice } from '../send/account-board.ts';
import type { Resolution } from '../send/doubt.ts';
import type { Sent } from '../send/sent-book.ts';
import type { SuppressionRow } from '../suppression/export.ts';
import type { ImportCount } from '../suppression/import.ts';
import type { AddCount, RemoveCount, SuppressionCount, SuppressionFilter } from '../suppression/store.ts';
import type { SeenRun } from '../suppression/sync-book.ts';
import type { Target } from '../suppression/target.ts';
import type { Audit } from './campaign-audit.ts';
import type { CampaignReport } from './campaign-report.ts';
import type { Submitted } from './campaign-submit.ts';
import type { CheckRates } from './check-guard.ts';
import type { CheckReport } from './check-report.ts';
import type { Spam } from './guard-spam.ts';
import type { Story } from './recipient-story.ts';

/**
 * What schedulers and operators ask for, whoever carries it: the HTTP API and the console. All times are ISO 8601 in UTC, but where a type says
 * milliseconds.
 *
 * Every method throws InputFault for what its caller has done wrong (`kind`: `wrong`, `missing` or `conflict`), and nothing was done then.
 */
export interface Desk {
  readonly campaigns: CampaignDesk;
  readonly suppression: SuppressionDesk;
  readonly senders: SenderDesk;
  readonly lists: ListDesk;
  overview(): Promise<Overview>;
  /** Null where this process can do what it is asked for; else one sentence: Redis, SES, or the log. It names no host. */
  obstacle(): Promise<string | null>;
}

/** `next` is to be handed in as `after` for the page that follows; null where there is none. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface PageOrder {
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface CampaignDesk {
  /** As `sluice send`: the same campaign again does nothing and succeeds. `conflict`: the id was used for other content. */
  submit(input: unknown): Promise<Submitted>;
  /** As `sluice check`. */
  check(input: unknown): Promise<CheckReport>;
  /** As `sluice send --test`. */
  test(input: unknown, order: TestOrder): Promise<TestReport>;
  /** The same of a campaign that was sent. `conflict`: its recipients went with its end, so that there is no row to send. */
  testStored(id: string, order: TestOrder): Promise<TestReport>;
  /**
   * Newest first. `state: 'open'`: all that have not ended. A page of ended ones in one state may be short, or empty, though `next` says that others
   * follow: only so many campaigns are looked at.
   */
  list(order: PageOrder & { readonly state?: CampaignState | 'open' | undefined }): Promise<Page<Receipt>>;
  /** How many there are. */
  count(): Promise<number>;
  receipt(id: string): Promise<Receipt>;
  /** Several in one round trip, in order; null where there is none. As many as a page has. */
  receipts(ids: readonly string[]): Promise<readonly (Receipt | null)[]>;
  details(id: string): Promise<CampaignDetails>;
  /**
   * The mail as the reader of a row would get it. `row`: from 1; the first that has an address where it is missing. Where no row can be read here
   * (a list in BigQuery, a file on another machine, recipients that went with the campaign's end) `seq` is 0, and every column is empty.
   */
  preview(id: string, row?: number): Promise<Sample>;
  pause(id: string, author: Author): Promise<Receipt>;
  /** `conflict`: what holds it still stands, and `override` is not true. `override` needs a reason. */
  resume(id: string, author: Author, override: boolean): Promise<Receipt>;
  cancel(id: string, author: Author): Promise<Receipt>;
  /** As `sluice resolve`; needs a reason. */
  resolve(
    id: string,
    resolution: Resolution,
    author: Author,
  ): Promise<{ readonly resolved: number; readonly tooYoung: number }>;
  /** As `sluice guard set --campaign`. */
  setLimits(id: string, change: Partial<CampaignLimits>, author: Author): Promise<CampaignLimits>;
  /** Who did what, oldest first. Read from Redis, at once. */
  timeline(id: string): Promise<readonly CampaignChange[]>;
  /** How its counts grew. Read from Redis, at once. */
  course(id: string): Promise<Course>;
  /**
   * Reads the log, which may take seconds: as `sluice report`, `audit` and `why`. Two at a time: Fault DESK_BUSY (as of `check`, `test`, `preview`
   * and imports) where too many wait already, and then it is to be asked again in a moment.
   */
  report(id: string): Promise<CampaignReport>;
  audit(id: string): Promise<Audit>;
  why(id: string, whom: string): Promise<Story>;
}

export interface TestOrder {
  readonly addresses: readonly string[];
  readonly row?: number | undefined;
}

export interface TestReport {
  readonly id: string;
  readonly row: number;
  readonly results: readonly ({ readonly address: string } & TestOutcome)[];
}

/** A campaign as it was accepted, without its recipients and its mail. */
export interface CampaignDetails {
  readonly id: string;
  readonly category: Campaign['category'];
  /** The From address in its normal form. */
  readonly sender: string;
  readonly profile: string | null;
  readonly subject: string;
  readonly audience: { readonly kind: Campaign['audience']['kind']; readonly from: string | null };
  readonly sendAt: string | null;
  readonly doubt: Campaign['doubt'];
  readonly sendToUnsubscribed: boolean;
  readonly limits: NonNullable<Campaign['limits']> | null;
  readonly tags: Readonly<Record<string, string>>;
  /** What holds it; null where nothing does. */
  readonly held: Hold | null;
  readonly hasText: boolean;
  readonly hasHtml: boolean;
}

export interface Overview {
  readonly at: string;
  /** What the SES account allows, as a worker was told last; null where none has run for a day. `at` in milliseconds. */
  readonly account: AccountNotice | null;
  /** Share of the account's rate that is used while SES throttles, from 0 to 1; 1 where it does not. */
  readonly rateShare: number;
  /** Recipients of all workers within 24 hours, as far as it is counted. */
  readonly sent24Hours: number;
  /** Recipients a second, of all campaigns together. */
  readonly perSecond: number;
  /** What stands still first, then what moves, then what waits, each from the newest on; 100 at most. `openCount` says how many there are. */
  readonly open: readonly Receipt[];
  readonly openCount: number;
  /** Of those that are open. */
  readonly states: Readonly<Partial<Record<CampaignState, number>>>;
  readonly log: Backlog & { readonly holdsAt: number };
  /** How late SES's events are, in milliseconds; null where nobody knows. */
  readonly feedbackLagMs: number | null;
  /** As it was within the last ten seconds; `senders.guard` is of now. */
  readonly guard: readonly GuardRow[];
  readonly workers: readonly WorkerCard[];
  /** What wants a person, the most urgent first. */
  readonly decisions: readonly Decision[];
}

export interface Decision {
  readonly urgency: 'now' | 'soon' | 'note';
  /** Stable: a hold's code where its campaign is held, or one of ALERT_CODES. */
  readonly code: string;
  /** Null where it is about all of them. */
  readonly campaign: string | null;
  /** Plain English, one sentence with the figures. */
  readonly said: string;
  /** Its figures and names, for those who say it in other words. */
  readonly about: About;
  readonly since: string | null;
}

/** Bounces and complaints of a project's mail from one address, against their limits (shares, 0 to 1). */
export interface GuardRow {
  readonly project: string;
  readonly sender: string;
  readonly hour: CheckRates;
  readonly week: CheckRates;
  readonly limits: { readonly bounceRate: number; readonly complaintRate: number };
}

export interface GuardView {
  readonly rates: readonly GuardRow[];
  readonly spam: readonly Spam[];
  readonly held: readonly { readonly campaign: string; readonly project: string; readonly reason: string }[];
}

export interface SuppressionDesk {
  counts(): Promise<SuppressionCount>;
  /** What keeps each address from getting mail; of one sender where it is named. */
  check(
    addresses: readonly string[],
    sender?: string,
  ): Promise<readonly { readonly address: string; readonly suppressed: readonly SuppressionRow[] }[]>;
  add(target: Target, addresses: readonly string[], author: Author): Promise<AddCount>;
  remove(target: Target, addresses: readonly string[], author: Author): Promise<RemoveCount>;
  /** In no order. A page has `limit` or some more, and may be short, or empty, where a filter lets little through, though `next` says that others follow. */
  list(filter: SuppressionFilter, order: PageOrder): Promise<Page<SuppressionRow>>;
  /** @param target `columns`: each row says it. Nothing is written where the file can't be read. */
  readonly import: (file: Readable, order: ImportOrder, author: Author) => Promise<ImportCount>;
  /** As CSV; resolves when all of it is taken. */
  export(filter: SuppressionFilter, out: Writable): Promise<void>;
  /** Sender addresses that have a list. */
  senders(): Promise<readonly string[]>;
  /**
   * Begins what `sluice suppression sync` does, which goes on when this has resolved: SES takes about one address a second. One at a time: where the
   * same runs already it is told of that one, and another one is a `conflict`. It ends with its server; what it has done stays.
   */
  beginSync(order: SyncOrder, author: Author): Promise<SeenRun>;
  /** The sync that runs, or the last one that was begun so; `missing` where there was none within 30 days. */
  sync(): Promise<SeenRun>;
  stopSync(author: Author): Promise<SeenRun>;
}

/** Both directions, where none is named. */
export interface SyncOrder {
  readonly fromSes?: boolean | undefined;
  readonly toSes?: boolean | undefined;
  /** Counts what would be added, and adds nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface ImportOrder {
  readonly target: Target | 'columns';
  readonly column?: string | undefined;
}

export interface SenderDesk {
  profiles(): Promise<readonly Profile[]>;
  /** The form of `queue/profile-form.ts`. */
  setProfile(input: unknown, author: Author): Promise<Profile>;
  removeProfile(name: string, author: Author): Promise<Profile>;
  projects(): Promise<readonly (Project & { readonly used: Sent })[]>;
  /** Changes what is named, and nothing else; null takes a setting away. */
  setProject(name: string, change: unknown, author: Author): Promise<Project & { readonly used: Sent }>;
  guard(project?: string): Promise<GuardView>;
  domains(): Promise<readonly DomainRow[]>;
  domain(name: string): Promise<DomainView>;
  /** Registers it with SES, or shows what is registered. `conflict`: another organisation owns it. */
  addDomain(order: unknown, author: Author): Promise<DomainView>;
  /** Asks DNS and SES anew. */
  checkDomain(name: string): Promise<DomainCheckView>;
  moveDomain(
    name: string,
    organisation: string,
    author: Author,
  ): Promise<{ readonly organisation: string; readonly domains: readonly string[] }>;
  /** `conflict`: campaigns send from it. */
  removeDomain(name: string, keepIdentity: boolean, author: Author): Promise<{ readonly name: string }>;
  /** As `sluice warm-up list`: schedules of domains that are new, by domain. */
  warmUps(): Promise<readonly WarmUpView[]>;
  /** The form of `desk/warm-up-desk.ts`. The domain need not be registered. */
  setWarmUp(domain: string, form: unknown, author: Author): Promise<WarmUpView>;
  removeWarmUp(domain: string, author: Author): Promise<{ readonly domain: string }>;
  /** `missing` where there are no reports of that domain and month. */
  dmarc(order: {
    readonly domain?: string | undefined;
    readonly month?: string | undefined;
  }): Promise<readonly MonthReport[]>;
  /**
   * As `sluice dmarc import`, of files that come as streams. A file is kept whole or refused, and one that is refused keeps no other from being
   * taken. Five at a time: Fault DESK_BUSY where more are taken in already.
   */
  importDmarc(files: Iterable<DmarcFile> | AsyncIterable<DmarcFile>): Promise<DmarcImport>;
}

export interface DmarcFile {
  /** What the answer calls it. */
  readonly name: string;
  readonly content: AsyncIterable<unknown>;
}

export interface DmarcImport extends ImportSum {
  /** Those that were kept, and those that were there already; in the order of the files. */
  readonly reports: readonly {
    readonly file: string;
    readonly organisation: string;
    /** Of the policy. */
    readonly domain: string;
    readonly reportId: string;
    /** `YYYY-MM`, in which it counts. */
    readonly month: string;
    readonly begin: string;
    readonly end: string;
    /** False where it was there already: it is counted once. */
    readonly isNew: boolean;
  }[];
}

/** How a domain that nobody knows yet begins to send. */
export interface WarmUpView {
  readonly domain: string;
  /** Recipients on the first day. */
  readonly start: number;
  /** By how much each day is more than the one before. */
  readonly factor: number;
  readonly days: number;
  readonly by: string;
  readonly beganAt: string;
  readonly endsAt: string;
  /** Null where the schedule is over. */
  readonly today: {
    /** From 0. */
    readonly day: number;
    readonly allowance: number;
    readonly used: number;
    /** When the next day begins. */
    readonly endsAt: string;
  } | null;
}

export interface DomainRow {
  readonly name: string;
  readonly organisation: string;
  readonly primary: string;
  readonly addedAt: string;
  readonly check: {
    readonly at: string;
    readonly ready: boolean;
    readonly blockers: readonly DomainItem['item'][];
  } | null;
  readonly gmail: { readonly last24Hours: number; readonly bulkSenderSince: string | null };
}

export interface DomainView extends DomainRow {
  readonly records: readonly (DnsRecord & { readonly relativeName: string })[];
  /** The records as a fragment of a zone file; empty where SES could not be asked. */
  readonly zone: string;
  /** Why SES could not be asked for the records; null where it was. */
  readonly trouble: string | null;
  readonly lastCheck: DomainCheckView | null;
}

export interface DomainCheckView {
  readonly domain: string;
  readonly checkedAt: string;
  readonly ready: boolean;
  readonly blockers: {
    readonly always: readonly DomainItem['item'][];
    readonly byDefault: readonly DomainItem['item'][];
  };
  readonly items: readonly DomainItem[];
  readonly spf: { readonly lookups: DomainCheck['spfLookups']; readonly tree: DomainCheck['spfTree'] };
}

/** Audiences that were uploaded, in the folder that SLUICE_FILES names. */
export interface ListDesk {
  /**
   * Takes a list in as it streams, whole or not at all. The same content under the same name again changes nothing; other content is a
   * `conflict`, since a campaign may be reading it.
   *
   * @param name such as `people.csv`: of `[A-Za-z0-9._-]`, ending in .csv, .ndjson, or either with .gz
   */
  put(name: string, content: Readable): Promise<StoredList>;
  list(): Promise<readonly StoredList[]>;
  remove(name: string): Promise<void>;
}

export interface StoredList {
  readonly name: string;
  /** Absolute, for a campaign's `audience.path`. */
  readonly path: string;
  readonly kind: 'csv' | 'ndjson';
  readonly bytes: number;
  readonly at: string;
  /** False where it was there already, byte for byte. */
  readonly isNew: boolean;
}
