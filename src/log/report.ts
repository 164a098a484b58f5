import { z } from 'zod';
import type { Dialect } from './dialect.ts';
import { nameless } from './nameless.ts';
import {
  bouncesSql,
  domainsSql,
  funnelSql,
  hoursSql,
  type Unsent,
  unsentSql,
  unsubscribesSql,
} from './report-sql.ts';
import type { QueryRow } from './session.ts';

/** Whoever answers statements over the view `deliveries`: a `LogSession`, or BigQuery. */
export interface LogAsker {
  readonly dialect: Dialect;
  ask(sql: string, values: Readonly<Record<string, string | number>>): Promise<QueryRow[]>;
}

/** People, each once. */
export interface Mailed {
  readonly accepted: number;
  readonly delivered: number;
  readonly bounced: { readonly hard: number; readonly soft: number };
  readonly complained: number;
  /** Shares of the accepted, from 0 to 1; null where nobody was. */
  readonly rates: {
    readonly delivered: number | null;
    readonly bounced: { readonly hard: number | null; readonly soft: number | null };
    readonly complained: number | null;
  };
}

export interface Funnel extends Mailed {
  readonly opened: number;
  readonly clicked: number;
  readonly unsubscribed: number;
  /** What readers do is a share of those who have the mail. */
  readonly rates: Mailed['rates'] & {
    readonly opened: number | null;
    readonly clicked: number | null;
    readonly unsubscribed: number | null;
  };
}

/** What became of a campaign, as its log tells it. */
export interface LogReport {
  readonly funnel: Funnel;
  readonly domains: readonly (Mailed & { readonly domain: string | null })[];
  /** All others together, and how many they are; null where all are named. */
  readonly otherDomains: (Mailed & { readonly domains: number }) | null;
  readonly bounces: readonly BounceReason[];
  readonly otherBounces: { readonly reasons: number; readonly people: number } | null;
  readonly hours: readonly z.infer<typeof HourRow>[];
  readonly unsubscribes: readonly Way[];
  readonly resubscribes: readonly Way[];
  readonly unsent: readonly {
    readonly became: Unsent;
    readonly reason: string | null;
    readonly people: number;
  }[];
}

export interface BounceReason {
  readonly reason: string | null;
  readonly smtpStatus: string | null;
  readonly people: number;
  /** One of the receivers' own words, without addresses. */
  readonly sample: string | null;
}

/** How readers unsubscribed: with one click of their mail program, or on the page. */
export interface Way {
  readonly way: string | null;
  readonly people: number;
}

/** So many domains have nearly all readers of a list, and fit a screen. */
export const DOMAINS_NAMED = 20;
/** SES has about ten reasons and receivers a few dozen statuses; beyond that they are single cases. */
const BOUNCES_NAMED = 50;

/**
 * Counts as the receipt does, so that the figures are those of `audit`: people by their place in the audience, no test
 * mail, and nobody as a complainer who said that it is no spam.
 */
export async function reportOn(log: LogAsker, campaign: string): Promise<LogReport> {
  const { dialect } = log;
  const [funnel] = FunnelRows.parse(await log.ask(funnelSql(dialect), { campaign }));
  const domains = DomainRows.parse(await log.ask(domainsSql(dialect), { campaign, top: DOMAINS_NAMED }));
  const bounces = BounceRows.parse(await log.ask(bouncesSql(dialect), { campaign, top: BOUNCES_NAMED }));
  const ways = WayRows.parse(await log.ask(unsubscribesSql(dialect), { campaign }));
  return {
    funnel: funnelOf(funnel),
    domains: domains.filter((row) => !row.is_rest).map((row) => ({ domain: row.name, ...mailedOf(row) })),
    otherDomains: otherDomainsOf(domains.find((row) => row.is_rest)),
    bounces: bounces.filter((row) => !row.is_rest).map(bounceOf),
    otherBounces: otherBouncesOf(bounces.find((row) => row.is_rest)),
    hours: z.array(HourRow).parse(await log.ask(hoursSql(dialect), { campaign })),
    unsubscribes: waysOf(ways, 'unsubscribe'),
    resubscribes: waysOf(ways, 'resubscribe'),
    unsent: UnsentRows.parse(await log.ask(unsentSql(dialect), { campaign })),
  };
}

const Count = z.int().nonnegative();
const MailedRow = z.object({
  accepted: Count,
  delivered: Count,
  hard: Count,
  soft: Count,
  complained: Count,
});
const FunnelRows = z.tuple([MailedRow.extend({ opened: Count, clicked: Count, unsubscribed: Count })]);
const DomainRows = z.array(
  MailedRow.extend({ name: z.string().nullable(), is_rest: z.boolean(), domains: Count }),
);
const BounceRows = z.array(
  z.object({
    name: z.string().nullable(),
    status: z.string().nullable(),
    is_rest: z.boolean(),
    reasons: Count,
    people: Count,
    sample: z.string().nullable(),
  }),
);
const HourRow = z
  .object({
    hour_utc: z.string(),
    accepted: Count,
    delivered: Count,
    opened: Count,
    clicked: Count,
    bounced: Count,
    unsubscribed: Count,
  })
  .transform(({ hour_utc, ...counts }) => ({ hour: hour_utc, ...counts }));
const WayRows = z.array(
  z.object({
    event_type: z.enum(['unsubscribe', 'resubscribe']),
    reason: z.string().nullable(),
    people: Count,
  }),
);
const UnsentRows = z.array(
  z.object({
    became: z.enum(['rejected', 'skipped', 'cancelled', 'dropped', 'duplicate', 'invalid']),
    reason: z.string().nullable(),
    people: Count,
  }),
);

function mailedOf({ accepted, delivered, hard, soft, complained }: z.infer<typeof MailedRow>): Mailed {
  return {
    accepted,
    delivered,
    bounced: { hard, soft },
    complained,
    rates: {
      delivered: share(delivered, accepted),
      bounced: { hard: share(hard, accepted), soft: share(soft, accepted) },
      complained: share(complained, accepted),
    },
  };
}

function funnelOf(row: z.infer<typeof FunnelRows>[0]): Funnel {
  const { opened, clicked, unsubscribed, delivered } = row;
  const mailed = mailedOf(row);
  const rates = {
    opened: share(opened, delivered),
    clicked: share(clicked, delivered),
    unsubscribed: share(unsubscribed, delivered),
  };
  return { ...mailed, opened, clicked, unsubscribed, rates: { ...mailed.rates, ...rates } };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function otherDomainsOf(row: z.infer<typeof DomainRows>[number] | undefined): LogReport['otherDomains'] {
  return row ? { domains: row.domains, ...mailedOf(row) } : null;
}

function bounceOf({ name, status, people, sample }: z.infer<typeof BounceRows>[number]): BounceReason {
  return { reason: name, smtpStatus: status, people, sample: sample === null ? null : nameless(sample) };
}

function otherBouncesOf(row: z.infer<typeof BounceRows>[number] | undefined): LogReport['otherBounces'] {
  return row ? { reasons: row.reasons, people: row.people } : null;
}

function waysOf(rows: z.infer<typeof WayRows>, type: 'unsubscribe' | 'resubscribe'): Way[] {
  return rows.filter((row) => row.event_type === type).map(({ reason, people }) => ({ way: reason, people }));
}
