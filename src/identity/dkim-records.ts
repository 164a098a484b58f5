import type { DomainItem } from './domain-check.ts';
import { type Finding, type FoundItem, finding } from './finding.ts';
import { primaryDomain } from './organisational-domain.ts';
import { dkimTarget } from './records.ts';
import type { Resolver } from './resolver.ts';
import type { SesIdentity } from './ses-identity.ts';
import { relativeName } from './zone-file.ts';

/** A label that nobody has: what answers for it answers for everything. */
const PROBE = 'sluice-looks-for-a-wildcard';

type Look = { readonly name: string; readonly target: string } & Found;

type Found =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' | 'missing'; readonly found: string; readonly hint: string | null }
  | { readonly kind: 'unasked'; readonly reason: string };

/** The CNAMEs of Easy DKIM in DNS: SES's name servers answer behind them with the keys, and change these by themselves. */
export async function checkDkimRecords(identity: SesIdentity, resolver: Resolver): Promise<FoundItem> {
  const { tokens, origin } = identity.dkim;
  if (origin === 'own')
    return item(
      'ok',
      'The keys are your own (BYODKIM), so that there are no CNAMEs of SES.',
      null,
      [],
      finding('CNAMES_OWN_KEYS'),
    );
  if (tokens.length === 0)
    return item(
      'unasked',
      `SES names no DKIM tokens for ${identity.name}.`,
      null,
      [],
      finding('CNAMES_NO_TOKENS', { identity: identity.name }),
    );
  const wildcard = await resolver.cname(`${PROBE}._domainkey.${identity.name}`);
  const everything = wildcard.kind === 'found' ? (wildcard.records[0] ?? null) : null;
  const looks = await Promise.all(tokens.map((token) => lookAt(token, identity, everything, resolver)));
  return judge(identity.name, looks, everything);
}

async function lookAt(
  token: string,
  identity: SesIdentity,
  everything: string | null,
  resolver: Resolver,
): Promise<Look> {
  const name = `${token}._domainkey.${identity.name}`;
  const target = dkimTarget(token, identity.dkim);
  const answer = await resolver.cname(name);
  if (answer.kind === 'unasked') return { name, target, ...answer };
  if (answer.kind === 'none')
    return { name, target, ...(await lookBeside(name, identity.name, target, resolver)) };
  const [pointsTo = '', ...others] = answer.records;
  if (pointsTo === target && others.length === 0) return { name, target, kind: 'right' };
  const isWildcard = pointsTo === everything;
  return {
    name,
    target,
    kind: isWildcard ? 'missing' : 'wrong',
    found: isWildcard
      ? `${name} is not there; a wildcard answers in its place and points to ${pointsTo}`
      : `${name} points to ${answer.records.join(', ')}`,
    hint: pointsTo.startsWith(`${target}.`)
      ? `The DNS panel has added ${pointsTo.slice(target.length + 1)} to the target: write the target with a dot at its end.`
      : null,
  };
}

/** Where a CNAME is missing: the slips that DNS panels invite to. */
async function lookBeside(name: string, domain: string, target: string, resolver: Resolver): Promise<Found> {
  const zones = [...new Set([domain, primaryDomain(domain)])];
  for (const zone of zones) {
    const doubled = await resolver.cname(`${name}.${zone}`);
    if (doubled.kind === 'found' && doubled.records[0]?.startsWith(target) === true)
      return {
        kind: 'missing',
        found: `${name} is not there; ${name}.${zone} is`,
        hint: `The DNS panel has added ${zone} to the name, which had it already: enter ${relativeName(name, zone)} there ("sluice domain add … --relative" prints names so).`,
      };
  }
  const text = await resolver.txt(name);
  if (text.kind === 'unasked') return text;
  return text.kind === 'found'
    ? {
        kind: 'wrong',
        found: `${name} has a TXT record in place of a CNAME`,
        hint: 'Remove the TXT records there, and add CNAMEs: SES changes its keys behind them.',
      }
    : { kind: 'missing', found: `${name} is not there`, hint: null };
}

function judge(domain: string, looks: readonly Look[], everything: string | null): FoundItem {
  const bad = looks.flatMap((look) => (look.kind === 'wrong' || look.kind === 'missing' ? [look] : []));
  const silent = looks.flatMap((look) => (look.kind === 'unasked' ? [look] : []));
  if (bad.length > 0) {
    const hints = [...new Set(bad.flatMap(({ hint }) => (hint === null ? [] : [hint])))];
    return item(
      bad.some(({ kind }) => kind === 'wrong') ? 'wrong' : 'missing',
      `${looks.length - bad.length - silent.length} of ${looks.length} CNAMEs are right: ${bad.map(({ found }) => found).join('; ')}.`,
      bad.map(({ name, target }) => `${name} CNAME ${target}`).join('\n'),
      [...hints, ...bad.map(({ name, target }) => `Set the CNAME ${name} to ${target}`)],
      finding('CNAMES_LACKING', {
        identity: domain,
        right: looks.length - bad.length - silent.length,
        count: looks.length,
      }),
    );
  }
  if (silent.length > 0)
    return item(
      'unasked',
      `Not asked: ${silent.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}.`,
      null,
      [],
      finding('CNAMES_UNASKED', { identity: domain }),
    );
  const beside =
    everything === null
      ? ''
      : ` A wildcard CNAME under _domainkey.${domain} answers for all other names; these three do not need it.`;
  return item(
    'ok',
    `All ${looks.length} CNAMEs are right.${beside}`,
    null,
    [],
    finding('CNAMES_RIGHT', { count: looks.length }),
  );
}

function item(
  status: DomainItem['status'],
  found: string,
  expected: string | null,
  todo: readonly string[],
  findings: readonly Finding[],
): FoundItem {
  return { item: 'dkim_records', status, found, expected, todo, findings };
}
