import { type FoundItem, finding } from '../finding.ts';
import { primaryDomain } from '../organisational-domain.ts';
import type { Resolver } from '../resolver.ts';
import { reportConsentAdvice } from './report-consent.ts';
import { firstDmarcRecord, nextDmarcStep, withReports } from './suggest.ts';
import { askDmarc, type DmarcStep, type PolicyPlace, placeOf, policyByWalk, walkDmarc } from './walk.ts';

export interface DmarcCheck {
  readonly item: FoundItem;
  /** The modes that alignment is judged by; relaxed where there is no record, and null where nobody could say. */
  readonly modes: { readonly adkim: 'r' | 's'; readonly aspf: 'r' | 's' } | null;
}

/** Which policy receivers find for a domain, by the tree walk of RFC 9989 and by the public suffixes of RFC 7489. */
export async function checkDmarc(domain: string, resolver: Resolver): Promise<DmarcCheck> {
  const steps = await walkDmarc(domain, resolver);
  const primary = primaryDomain(domain);
  const place = policyByWalk(domain, steps);
  const broken = steps.find(
    ({ name, found }) => found.kind === 'several' && (name === domain || name === primary),
  );
  const silent = steps.find(
    ({ name, found }) => found.kind === 'unasked' && (place === null || name === domain),
  );
  if (silent?.found.kind === 'unasked') return unasked(silent.name, silent.found.reason);
  if (broken?.found.kind === 'several' && place?.name !== domain)
    return { item: several(broken.name, broken.found.texts), modes: RELAXED };
  if (place === null) return { item: missing(domain, primary, steps), modes: RELAXED };

  const other = await byPublicSuffix(domain, primary, steps, resolver);
  const item = place.record.faults.length > 0 ? wrong(place) : await working(domain, place, other, resolver);
  return { item, modes: place.record };
}

const RELAXED = { adkim: 'r', aspf: 'r' } as const;

/** RFC 7489 6.6.3: the name itself, then its organisational domain, and nothing between. */
async function byPublicSuffix(
  domain: string,
  primary: string,
  steps: readonly DmarcStep[],
  resolver: Resolver,
): Promise<PolicyPlace | null> {
  const own = placeOf(steps.find(({ name }) => name === domain));
  if (own) return own;
  const found = steps.find(({ name }) => name === primary)?.found ?? (await askDmarc(primary, resolver));
  return placeOf({ name: primary, found });
}

function unasked(name: string, reason: string): DmarcCheck {
  const found = `_dmarc.${name} could not be asked for: ${reason}.`;
  return {
    item: {
      item: 'dmarc',
      status: 'unasked',
      found,
      expected: null,
      todo: [],
      findings: finding('DMARC_UNASKED', { domain: name }),
    },
    modes: null,
  };
}

function several(name: string, texts: readonly string[]): FoundItem {
  return {
    item: 'dmarc',
    status: 'wrong',
    found: `_dmarc.${name} has ${texts.length} DMARC records, which count as none: ${texts.join(' | ')}`,
    expected: texts[0] ?? null,
    todo: [`Keep one TXT record that begins with v=DMARC1 at _dmarc.${name}, and remove the others.`],
    findings: finding('DMARC_SEVERAL', { domain: name, count: texts.length }),
  };
}

function missing(domain: string, primary: string, steps: readonly DmarcStep[]): FoundItem {
  const like = steps.flatMap(({ name, found }) =>
    found.kind === 'none'
      ? found.like.map((text) => `_dmarc.${name} has "${text}", which does not begin with "v=DMARC1"`)
      : [],
  );
  const asked = domain === primary ? `_dmarc.${domain}` : `_dmarc.${domain} and the names above it`;
  const record = firstDmarcRecord(primary);
  return {
    item: 'dmarc',
    status: like.length > 0 ? 'wrong' : 'missing',
    found:
      like.length > 0
        ? `There is no DMARC record: ${like.join('; ')}.`
        : `There is no DMARC record at ${asked}.`,
    expected: record,
    todo: [
      `Set the TXT record at _dmarc.${primary} to: ${record}`,
      'Reports go to the address behind rua=: put in one that is read.',
    ],
    findings: finding('DMARC_MISSING', { domain: primary }),
  };
}

function wrong({ name, record }: PolicyPlace): FoundItem {
  return {
    item: 'dmarc',
    status: 'wrong',
    found: `_dmarc.${name} has "${record.text}": ${[...record.faults, ...record.slips].join('; ')}.`,
    expected: firstDmarcRecord(name),
    todo: [`Correct the TXT record at _dmarc.${name}; the one to begin with is: ${firstDmarcRecord(name)}`],
    findings: finding('DMARC_BROKEN', { domain: name }),
  };
}

async function working(
  domain: string,
  place: PolicyPlace,
  other: PolicyPlace | null,
  resolver: Resolver,
): Promise<FoundItem> {
  const { name, record } = place;
  const differs = name === other?.name ? [] : [difference(domain, place, other)];
  const better = [
    ...record.slips.map((slip) => `Correct the record at _dmarc.${name}: ${slip}.`),
    ...(record.rua.length > 0
      ? []
      : [`Ask for reports, so that it is seen who sends in your name: ${withReports(record, name)}`]),
    ...(await reportConsentAdvice(place, resolver)),
    ...differs,
  ];
  const next = record.rua.length > 0 ? nextDmarcStep(record) : null;
  return {
    item: 'dmarc',
    status: better.length > 0 ? 'advice' : 'ok',
    found: `${name === domain ? `_dmarc.${name} has "${record.text}"` : `${domain} inherits "${record.text}" of _dmarc.${name}`}: ${effect(domain, place)}.`,
    expected: null,
    todo: [
      ...better,
      ...(next === null
        ? []
        : [`Next, when the reports of some weeks show that your own mail passes: ${next}`]),
    ],
    findings: finding(better.length > 0 ? 'DMARC_ADVICE' : 'DMARC_OK', {
      domain: name,
      policy: policyOf(domain, place),
    }),
  };
}

/** What receivers are asked to do with mail of the domain that fails. */
function policyOf(domain: string, { name, record }: PolicyPlace): 'none' | 'quarantine' | 'reject' {
  return (name === domain ? record.policy : record.subdomainPolicy) ?? 'none';
}

function effect(domain: string, { name, record }: PolicyPlace): string {
  const policy = policyOf(domain, { name, record });
  const mail = { none: 'is delivered as ever', quarantine: 'goes to the spam folder', reject: 'is refused' }[
    policy
  ];
  const tag = name === domain || record.subdomainPolicy === record.policy ? 'p' : 'sp';
  const parts = [
    ...(record.pct < 100 ? [`for ${record.pct} % of it by RFC 7489`] : []),
    ...(record.testing ? ['tried out only by RFC 9989 (t=y)'] : []),
  ];
  return `${tag}=${policy}, mail that fails ${mail}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}

function difference(domain: string, { name }: PolicyPlace, other: PolicyPlace | null): string {
  const older = other === null ? 'find no record' : `find the one at _dmarc.${other.name}`;
  return `Set a record at _dmarc.${domain}: receivers by RFC 9989 find the one at _dmarc.${name}, those by RFC 7489 (public suffixes) ${older}.`;
}
