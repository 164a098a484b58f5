import { organisationalDomain } from '../identity/organisational-domain.ts';
import {
  type FailureKind,
  failureKind,
  type Origin,
  originOf,
  passes,
  provedDomains,
} from './judge-record.ts';
import type { AggregateReport, PublishedPolicy, ReportRecord } from './report.ts';

/** Messages of one IP address. */
export interface SourceTally {
  messages: number;
  pass: number;
  dkimAligned: number;
  spfAligned: number;
  readonly origins: Record<Origin, number>;
  readonly failing: Record<FailureKind, number>;
  /** One of the domains that its failing messages prove. */
  proved: string | null;
}

export interface TallyFigures {
  messages: number;
  pass: number;
  dkimPass: number;
  dkimAligned: number;
  spfPass: number;
  spfAligned: number;
}

/** Sums of the reports on one domain; what it holds grows with days and IP addresses, not with reports. */
export class Tally {
  readonly domain: string;
  readonly figures: TallyFigures = {
    messages: 0,
    pass: 0,
    dkimPass: 0,
    dkimAligned: 0,
    spfPass: 0,
    spfAligned: 0,
  };
  readonly disposition: Record<ReportRecord['disposition'], number> = {
    none: 0,
    quarantine: 0,
    reject: 0,
    pass: 0,
  };
  readonly failing: Record<FailureKind, number> = noFailures();
  /** Messages that failed DMARC, were quarantined or rejected, and look legitimate. */
  hurt = 0;
  readonly overrides = new Map<string, number>();
  /** Failing messages by the other domain that they prove. */
  readonly proved = new Map<string, number>();
  readonly sources = new Map<string, SourceTally>();
  /** Messages by reporter. */
  readonly reporters = new Map<string, number>();
  /** Days (UTC) that reports touch, as days since 1970. */
  readonly days = new Set<number>();
  reports = 0;
  begin: string | null = null;
  end: string | null = null;
  /** As the report that ends last saw it. */
  policy: PublishedPolicy | null = null;

  constructor(domain: string) {
    this.domain = domain;
  }

  add(report: AggregateReport): void {
    this.reports += 1;
    if (this.begin === null || report.begin < this.begin) this.begin = report.begin;
    if (this.end === null || report.end >= this.end) {
      this.end = report.end;
      this.policy = report.policy;
    }
    this.#addDays(report);
    const before = this.figures.messages;
    for (const record of report.records) this.#addRecord(record);
    add(this.reporters, report.organisation, this.figures.messages - before);
  }

  #addDays({ begin, end }: AggregateReport): void {
    const first = Math.floor(Date.parse(begin) / DAY_MS);
    // Midnight ends a day, and begins none. Some reporters end a second before it.
    const last = Math.max(first, Math.ceil(Date.parse(end) / DAY_MS) - 1);
    for (let day = first; day <= last; day += 1) this.days.add(day);
  }

  #addRecord(record: ReportRecord): void {
    const { count, disposition } = record;
    const isPass = passes(record);
    const { figures } = this;
    figures.messages += count;
    if (isPass) figures.pass += count;
    if (record.dkimAligned) figures.dkimAligned += count;
    if (record.spfAligned) figures.spfAligned += count;
    if (record.dkimAligned || anyPass(record.dkim)) figures.dkimPass += count;
    if (record.spfAligned || anyPass(record.spf)) figures.spfPass += count;
    this.disposition[disposition] += count;
    for (const reason of new Set(record.overrides)) add(this.overrides, reason, count);
    const source = this.#source(record.ip);
    addToSource(source, record, this.domain);
    if (isPass) return;
    const kind = failureKind(record, this.domain);
    this.failing[kind] += count;
    source.failing[kind] += count;
    source.proved ??= provedDomains(record)[0] ?? null;
    if (kind === 'authenticated') this.#addProved(record);
    const isLegitimate = kind === 'known' || kind === 'forwarded';
    if (isLegitimate && (disposition === 'quarantine' || disposition === 'reject')) this.hurt += count;
  }

  #addProved(record: ReportRecord): void {
    // What stands in a report need be no domain at all.
    const domain = provedDomains(record).find((proved) => organisationalDomain(proved) !== null);
    if (domain === undefined) return;
    if (this.proved.size < PROVED_MAX || this.proved.has(domain)) add(this.proved, domain, record.count);
  }

  #source(ip: string): SourceTally {
    const found = this.sources.get(ip);
    if (found) return found;
    const made: SourceTally = {
      messages: 0,
      pass: 0,
      dkimAligned: 0,
      spfAligned: 0,
      origins: { sluice: 0, forwarded: 0, other: 0 },
      failing: noFailures(),
      proved: null,
    };
    this.sources.set(ip, made);
    return made;
  }
}

const DAY_MS = 86_400_000;
/** Whoever sends spam may prove ever new ones; the first of them will do. */
const PROVED_MAX = 10_000;

function addToSource(source: SourceTally, record: ReportRecord, domain: string): void {
  const { count } = record;
  source.messages += count;
  if (passes(record)) source.pass += count;
  if (record.dkimAligned) source.dkimAligned += count;
  if (record.spfAligned) source.spfAligned += count;
  source.origins[originOf(record, domain)] += count;
}

function anyPass(results: readonly { readonly result: string }[]): boolean {
  return results.some(({ result }) => result === 'pass');
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function noFailures(): Record<FailureKind, number> {
  return { known: 0, authenticated: 0, forwarded: 0, unknown: 0 };
}
