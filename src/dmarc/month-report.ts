import { InputFault } from '../core/fault.ts';
import type { Resolver } from '../identity/resolver.ts';
import type { FailureKind, Origin } from './judge-record.ts';
import type { AggregateReport, PublishedPolicy, ReportRecord } from './report.ts';
import type { ReportStore } from './report-store.ts';
import { isServiceHost, isSesHost, organisationOf, type SourceName, sourceNames } from './source-name.ts';
import { type SourceTally, Tally, type TallyFigures } from './tally.ts';
import { type Judged, type Verdict, verdictOn } from './verdict.ts';

/** What `dmarc report --json` prints for each domain and month. */
export interface MonthReport {
  readonly domain: string;
  /** `YYYY-MM`, in UTC. */
  readonly month: string;
  readonly reports: number;
  /** Who reports, most messages first. */
  readonly reporters: readonly { readonly organisation: string; readonly messages: number }[];
  readonly begin: string;
  readonly end: string;
  /** Days of which there are reports. */
  readonly days: number;
  /** All of them, and those that pass: DMARC, DKIM and SPF of any domain, and of the domain itself (aligned). */
  readonly figures: TallyFigures;
  readonly disposition: Readonly<Record<ReportRecord['disposition'], number>>;
  readonly failing: Readonly<Record<FailureKind, number>>;
  /** Messages by the reason for which a receiver did not do what the policy says. */
  readonly overrides: Readonly<Record<string, number>>;
  /** As the latest report saw it. */
  readonly policy: PublishedPolicy;
  /** Those with most failures, then those with most messages. */
  readonly sources: readonly Source[];
  readonly otherSources: { readonly sources: number; readonly messages: number };
  /** Of this month and the one before. */
  readonly verdict: Verdict & { readonly months: readonly string[] };
}

export interface Source {
  readonly ip: string;
  readonly origin: Origin;
  readonly name: SourceName;
  readonly organisation: string | null;
  readonly organisationFrom: 'table' | 'name' | null;
  readonly messages: number;
  readonly pass: number;
  readonly dkimAligned: number;
  readonly spfAligned: number;
  readonly failing: Readonly<Record<FailureKind, number>>;
  /** A domain that its failing messages prove; null where they prove none. */
  readonly proved: string | null;
}

export interface MonthReportParts {
  readonly store: Pick<ReportStore, 'months' | 'reports'>;
  readonly resolver: Pick<Resolver, 'names' | 'addresses'>;
  /** The newest of which there are reports where it is missing. */
  readonly month?: string | undefined;
  readonly domain?: string | undefined;
}

/** Sources that are shown, and whose names are asked; half of the places are for those that fail. */
const SOURCES_SHOWN = 20;
const FAILING_SHOWN = 10;

/**
 * Figures of each domain in a month, by name.
 * @throws InputFault where there are no reports of that month or domain
 */
export async function monthReports(parts: MonthReportParts): Promise<MonthReport[]> {
  const { store, resolver, domain } = parts;
  const known = await store.months();
  const month = parts.month ?? known.at(-1);
  if (month === undefined)
    throw new InputFault(['there are no DMARC reports yet'], {
      hint: ': `sluice dmarc import` takes them',
      kind: 'missing',
    });
  const before = monthBefore(month);
  const tallies = new Tallies();
  for await (const report of store.reports({ months: [before, month], domain })) {
    tallies.add(report, report.month === month ? 'shown' : 'before');
  }
  const found = tallies.shown();
  if (found.length === 0) throw nothing(month, domain, known);
  const chosenIps = found.map(({ shown }) => chosen(shown));
  // The machines of one sender send for many domains.
  const names = await sourceNames([...new Set(chosenIps.flat())], resolver);
  return found.map((pair, index) =>
    reportOf({ months: { shown: month, before }, ...pair, ips: chosenIps[index] ?? [], names }),
  );
}

function nothing(month: string, domain: string | undefined, known: readonly string[]): InputFault {
  const of = domain === undefined ? '' : ` on ${domain}`;
  const others = known.length === 0 ? '' : `; there are some of ${known.slice(-12).join(', ')}`;
  return new InputFault([`there are no DMARC reports${of} of ${month}${others}`], { kind: 'missing' });
}

interface TallyPair {
  readonly shown: Tally;
  /** Of the month before. */
  readonly before: Tally;
}

class Tallies {
  readonly #byDomain = new Map<string, TallyPair>();

  add(report: AggregateReport, month: keyof TallyPair): void {
    const { domain } = report;
    const pair = this.#byDomain.get(domain) ?? { shown: new Tally(domain), before: new Tally(domain) };
    this.#byDomain.set(domain, pair);
    pair[month].add(report);
  }

  shown(): TallyPair[] {
    const found = [...this.#byDomain.values()].filter(({ shown }) => shown.reports > 0);
    return found.toSorted((a, b) => (a.shown.domain < b.shown.domain ? -1 : 1));
  }
}

function chosen({ sources }: Tally): string[] {
  const all = [...sources.entries()];
  const failed = all
    .filter(([, source]) => source.messages > source.pass)
    .toSorted(([, a], [, b]) => b.messages - b.pass - (a.messages - a.pass))
    .slice(0, FAILING_SHOWN);
  const most = all.toSorted(([, a], [, b]) => b.messages - a.messages);
  const picked = new Map([...failed, ...most].slice(0, SOURCES_SHOWN + failed.length));
  return [...picked.keys()]
    .slice(0, SOURCES_SHOWN)
    .toSorted((a, b) => (sources.get(b)?.messages ?? 0) - (sources.get(a)?.messages ?? 0));
}

interface ReportParts extends TallyPair {
  /** `YYYY-MM` of each. */
  readonly months: Readonly<Record<keyof TallyPair, string>>;
  readonly ips: readonly string[];
  readonly names: ReadonlyMap<string, SourceName>;
}

function reportOf({ months, shown, before, ips, names }: ReportParts): MonthReport {
  const sources = ips.flatMap((ip) => {
    const tally = shown.sources.get(ip);
    return tally ? [sourceOf(ip, tally, names.get(ip) ?? { kind: 'none' })] : [];
  });
  const services = ips.filter((ip) => isServiceHost(names.get(ip) ?? { kind: 'none' }));
  const listed = sources.reduce((sum, { messages }) => sum + messages, 0);
  return {
    domain: shown.domain,
    month: months.shown,
    reports: shown.reports,
    reporters: [...shown.reporters]
      .map(([organisation, messages]) => ({ organisation, messages }))
      .toSorted((a, b) => b.messages - a.messages),
    begin: shown.begin ?? '',
    end: shown.end ?? '',
    days: shown.days.size,
    figures: shown.figures,
    disposition: shown.disposition,
    failing: withNames(shown, services),
    overrides: Object.fromEntries(shown.overrides),
    policy: shown.policy ?? NO_POLICY,
    sources,
    otherSources: {
      sources: shown.sources.size - sources.length,
      messages: shown.figures.messages - listed,
    },
    verdict: {
      months: before.reports > 0 ? [months.before, months.shown] : [months.shown],
      ...verdictOn(judgedOf(shown, before, services)),
    },
  };
}

/** Both months as one. */
function judgedOf(shown: Tally, before: Tally, services: readonly string[]): Judged {
  const [now, then] = [withNames(shown, services), withNames(before, services)];
  const proved = new Map(shown.proved);
  for (const [domain, messages] of before.proved) proved.set(domain, (proved.get(domain) ?? 0) + messages);
  return {
    domain: shown.domain,
    messages: shown.figures.messages + before.figures.messages,
    days: new Set([...shown.days, ...before.days]).size,
    failing: {
      known: now.known + then.known,
      authenticated: now.authenticated + then.authenticated,
      forwarded: now.forwarded + then.forwarded,
      unknown: now.unknown + then.unknown,
    },
    proved: [...proved],
    hurt: shown.hurt + before.hurt,
    policy: shown.policy,
  };
}

const NO_POLICY: PublishedPolicy = {
  p: null,
  sp: null,
  np: null,
  pct: null,
  testing: null,
  adkim: null,
  aspf: null,
};

function sourceOf(ip: string, tally: SourceTally, name: SourceName): Source {
  const { origins, messages, pass, dkimAligned, spfAligned, failing, proved } = tally;
  const owner = organisationOf(name);
  return {
    ip,
    origin: isSesHost(name) ? 'sluice' : mostly(origins),
    name,
    organisation: owner?.organisation ?? null,
    organisationFrom: owner?.from ?? null,
    messages,
    pass,
    dkimAligned,
    spfAligned,
    failing: isServiceHost(name) ? asKnown(failing) : failing,
    proved,
  };
}

function mostly(origins: Readonly<Record<Origin, number>>): Origin {
  if (origins.sluice >= origins.forwarded && origins.sluice >= origins.other && origins.sluice > 0)
    return 'sluice';
  return origins.forwarded > origins.other ? 'forwarded' : 'other';
}

/** What the machines of a service send for companies looks legitimate, whatever it proves. */
function asKnown(failing: Readonly<Record<FailureKind, number>>): Record<FailureKind, number> {
  const { known, authenticated, forwarded, unknown } = failing;
  return { known: known + authenticated + unknown, authenticated: 0, forwarded, unknown: 0 };
}

/** Failures with what the names of the listed sources tell. @param services addresses of machines that send for companies */
function withNames(tally: Tally, services: readonly string[]): Record<FailureKind, number> {
  const sum = { ...tally.failing };
  for (const ip of services) {
    const failing = tally.sources.get(ip)?.failing;
    if (!failing) continue;
    sum.known += failing.authenticated + failing.unknown;
    sum.authenticated -= failing.authenticated;
    sum.unknown -= failing.unknown;
  }
  return sum;
}

/** `2026-01` has `2025-12` before it. */
function monthBefore(month: string): string {
  const first = new Date(`${month}-01T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() - 1);
  return first.toISOString().slice(0, 7);
}
