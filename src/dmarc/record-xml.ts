import { isIP } from 'node:net';
import { AUTH_RESULTS_MAX, COUNT_MAX, NAME_MAX } from './bounds.ts';
import { Refusal } from './refusal.ts';
import type { ReportRecord } from './report.ts';
import { child, children, textOf, type XmlElement } from './xml-tree.ts';

/** `headerFrom`: null where it does not say; then it is the policy's. */
export type ReadRecord = Omit<ReportRecord, 'headerFrom'> & { readonly headerFrom: string | null };

/**
 * One `<record>`. What real reporters leave out (envelopes, selectors, whole results) may be missing; what is counted may not.
 * @throws Refusal
 */
export function readRecord(record: XmlElement): ReadRecord {
  const row = child(record, 'row');
  const evaluated = child(row, 'policy_evaluated');
  // A few reporters write `identities`, as drafts did.
  const identifiers = child(record, 'identifiers') ?? child(record, 'identities');
  const results = child(record, 'auth_results');
  return {
    ip: ipOf(textOf(row, 'source_ip')),
    count: countOf(textOf(row, 'count')),
    disposition: dispositionOf(textOf(evaluated, 'disposition')),
    dkimAligned: isPass(textOf(evaluated, 'dkim')),
    spfAligned: isPass(textOf(evaluated, 'spf')),
    overrides: bounded(children(evaluated, 'reason')).flatMap(
      (reason) => wordOf(textOf(reason, 'type')) ?? [],
    ),
    headerFrom: nameOf(textOf(identifiers, 'header_from')),
    envelopeFrom: domainOnly(textOf(identifiers, 'envelope_from')),
    dkim: bounded(children(results, 'dkim')).map((result) => ({
      ...authResult(result),
      selector: nameOf(textOf(result, 'selector')),
    })),
    spf: bounded(children(results, 'spf')).map(authResult),
  };
}

/** A name as it is kept: lower case, without a dot at its end. Nothing is looked up or opened by it. */
export function nameOf(text: string | null): string | null {
  return text?.slice(0, NAME_MAX).toLowerCase().replace(/\.$/, '') || null;
}

function ipOf(text: string | null): string {
  if (text === null) throw new Refusal('a record has no <source_ip>');
  const version = text.includes('%') ? 0 : isIP(text);
  if (version === 0) throw new Refusal(`a record's <source_ip> is no IP address: “${text.slice(0, 60)}”`);
  return version === 4 ? text : shortIpv6(text);
}

/** The URL standard writes IPv6 as RFC 5952 wants it, but for mapped IPv4, whose dots are wanted. */
function shortIpv6(text: string): string {
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!mapped) return short;
  const bytes = [mapped[1], mapped[2]].flatMap((part) => {
    const value = Number.parseInt(part ?? '', 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join('.');
}

function countOf(text: string | null): number {
  if (text === null || !/^\d{1,15}$/.test(text) || Number(text) > COUNT_MAX)
    throw new Refusal(`a record's <count> is no number of messages: “${(text ?? '').slice(0, 60)}”`);
  return Number(text);
}

function dispositionOf(text: string | null): ReportRecord['disposition'] {
  const word = text?.toLowerCase() ?? 'none';
  if (word === 'none' || word === 'quarantine' || word === 'reject' || word === 'pass') return word;
  throw new Refusal(`a record's <disposition> is none that DMARC has: “${word.slice(0, 60)}”`);
}

function isPass(text: string | null): boolean {
  return text?.toLowerCase() === 'pass';
}

function authResult(result: XmlElement) {
  return {
    domain: nameOf(textOf(result, 'domain')) ?? '',
    result: wordOf(textOf(result, 'result')) ?? 'unknown',
  };
}

function wordOf(text: string | null): string | null {
  const word = text?.toLowerCase() ?? '';
  return /^[a-z][a-z_-]{0,39}$/.test(word) ? word : null;
}

/** Some reporters put the whole address there; whose mail it was is nobody's business. */
function domainOnly(text: string | null): string | null {
  return nameOf(text?.slice(text.lastIndexOf('@') + 1) ?? null);
}

function bounded(elements: readonly XmlElement[]): readonly XmlElement[] {
  if (elements.length > AUTH_RESULTS_MAX)
    throw new Refusal(`a record has more than ${AUTH_RESULTS_MAX} results of one kind`);
  return elements;
}
