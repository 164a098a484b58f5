import { hash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import {
  BEGIN_SECONDS_MIN,
  FUTURE_SECONDS_MAX,
  NAME_MAX,
  RECORDS_MAX,
  SPAN_DAYS_MAX,
  STORED_BYTES_MAX,
} from './bounds.ts';
import { nameOf, type ReadRecord, readRecord } from './record-xml.ts';
import { Refusal } from './refusal.ts';
import type { AggregateReport, PublishedPolicy } from './report.ts';
import { child, readParts, textOf, type XmlElement } from './xml-tree.ts';

/**
 * Reads one aggregate report, in the form of RFC 7489 (Appendix C) or of RFC 9990; elements that neither has are passed over.
 * @param now milliseconds since 1970; a report of the future is none
 * @throws Refusal where anything that counts is missing or can't be true: then nothing of it is taken
 */
export function readReport(xml: Buffer, now: number): AggregateReport {
  const { metadata, published, records } = partsOf(xml);
  if (records.length === 0) throw new Refusal('the report has no record');
  const domain = domainOf(textOf(published, 'domain'));
  const about = { ...reporterOf(metadata), domain, ...rangeOf(child(metadata, 'date_range'), now) };
  const report = {
    key: keyOf(about),
    month: monthOf(about),
    ...about,
    policy: policyOf(published),
    records: records.map((record) => ({ ...record, headerFrom: record.headerFrom ?? domain })),
  };
  if (Buffer.byteLength(JSON.stringify(report)) > STORED_BYTES_MAX)
    throw new Refusal(`the report says more than ${STORED_BYTES_MAX.toLocaleString('en')} bytes`);
  return report;
}

/** Records are read as they come, and what they stood in is let go. Of other parts the first of a name counts. */
function partsOf(xml: Buffer) {
  const first = new Map<string, XmlElement>();
  const records: ReadRecord[] = [];
  readParts(xml, 'feedback', (part) => {
    if (part.name === 'record') {
      if (records.length === RECORDS_MAX)
        throw new Refusal(`the report has more than ${RECORDS_MAX.toLocaleString('en')} records`);
      records.push(readRecord(part));
    } else if (KEPT_PARTS.includes(part.name) && !first.has(part.name)) first.set(part.name, part);
  });
  return {
    metadata: first.get('report_metadata') ?? null,
    published: first.get('policy_published') ?? null,
    records,
  };
}

const KEPT_PARTS: readonly string[] = ['report_metadata', 'policy_published'];

type About = Pick<AggregateReport, 'organisation' | 'email' | 'reportId' | 'domain' | 'begin' | 'end'>;

function reporterOf(metadata: XmlElement | null): Pick<About, 'organisation' | 'email' | 'reportId'> {
  const email = textOf(metadata, 'email')?.slice(0, NAME_MAX).toLowerCase() ?? null;
  const organisation = textOf(metadata, 'org_name')?.replaceAll(/\s+/g, ' ').slice(0, NAME_MAX) ?? email;
  const reportId = textOf(metadata, 'report_id');
  if (organisation === null || reportId === null)
    throw new Refusal('the report does not say who reports, or has no id');
  return { organisation: organisation.toWellFormed(), email, reportId: reportId.slice(0, NAME_MAX) };
}

/** What makes a report this one. Organisations write their own name now so, now so. */
function keyOf({ organisation, email, reportId, domain, begin, end }: About): string {
  const parts = [organisation.toLowerCase(), email, reportId, domain, begin, end];
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
}

/** A day of a reporter in another time zone begins in the month before: so the middle counts. */
function monthOf({ begin, end }: About): string {
  return new Date((Date.parse(begin) + Date.parse(end)) / 2).toISOString().slice(0, 7);
}

function rangeOf(range: XmlElement | null, now: number): Pick<About, 'begin' | 'end'> {
  const begin = secondsOf(textOf(range, 'begin'));
  const end = secondsOf(textOf(range, 'end'));
  if (end < begin) throw new Refusal("the report's time ends before it begins");
  if (end - begin > SPAN_DAYS_MAX * 86_400)
    throw new Refusal(`the report's time is longer than ${SPAN_DAYS_MAX} days`);
  if (begin < BEGIN_SECONDS_MIN || end > now / 1000 + FUTURE_SECONDS_MAX)
    throw new Refusal("the report's time is before there was DMARC, or in the future");
  return { begin: new Date(begin * 1000).toISOString(), end: new Date(end * 1000).toISOString() };
}

/** RFC 7489, Appendix C: seconds since 1970. Some write them with a fraction. */
function secondsOf(text: string | null): number {
  const digits = /^(\d{1,11})(?:\.\d{1,9})?$/.exec(text ?? '')?.[1];
  if (digits === undefined)
    throw new Refusal(`the report's time is no number of seconds: “${(text ?? '').slice(0, 60)}”`);
  return Number(digits);
}

function domainOf(text: string | null): string {
  const domain = domainToASCII(nameOf(text) ?? '');
  if (!/^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/.test(domain))
    throw new Refusal(`the report's policy is of no domain: “${(text ?? '').slice(0, 60)}”`);
  return domain;
}

function policyOf(published: XmlElement | null): PublishedPolicy {
  const word = (name: string) => textOf(published, name)?.toLowerCase() ?? null;
  const pct = Number(word('pct') ?? Number.NaN);
  const testing = word('testing');
  return {
    p: policyWord(word('p')),
    sp: policyWord(word('sp')),
    np: policyWord(word('np')),
    pct: Number.isInteger(pct) && pct >= 0 && pct <= 100 ? pct : null,
    testing: testing === null ? null : testing.startsWith('y'),
    adkim: alignment(word('adkim')),
    aspf: alignment(word('aspf')),
  };
}

function policyWord(word: string | null): PublishedPolicy['p'] {
  if (word === null || word === 'none' || word === 'quarantine' || word === 'reject') return word;
  throw new Refusal(`the report's policy is none that DMARC has: “${word.slice(0, 60)}”`);
}

function alignment(word: string | null): 'r' | 's' | null {
  return word === 'r' || word === 's' ? word : null;
}
