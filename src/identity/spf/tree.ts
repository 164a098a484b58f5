import type { DnsAnswer, Resolver } from '../resolver.ts';
import { isSpf, parseSpf, type SpfMechanism, type SpfRecord } from './record.ts';

/** What a domain has for SPF, with everything that it includes. */
export interface SpfNode {
  readonly domain: string;
  readonly found: SpfFound;
  /** Of the one record, in the order of its terms, with `redirect` last; none where there is no record. */
  readonly terms: readonly SpfTermNode[];
}

export type SpfFound =
  | { readonly kind: 'record'; readonly record: SpfRecord; readonly strings: readonly string[] }
  | { readonly kind: 'several'; readonly texts: readonly string[] }
  /** `like`: records that look like SPF and are none. */
  | { readonly kind: 'none'; readonly what: 'name' | 'record'; readonly like: readonly string[] }
  | { readonly kind: 'unasked'; readonly reason: string }
  /** An include of a record that it is itself included by. */
  | { readonly kind: 'loop' }
  /** The walk had gone far enough. */
  | { readonly kind: 'left' };

export interface SpfTermNode {
  readonly text: string;
  /** Null for `redirect`. */
  readonly mechanism: SpfMechanism | null;
  /** 1 where it costs one of the ten look-ups. */
  readonly cost: 0 | 1;
  /** Behind an `all`, or a redirect beside one: no receiver comes to it, and it costs nothing. */
  readonly unreached: boolean;
  /** DNS has nothing for it, so that it is a void look-up. */
  readonly isVoid: boolean;
  /** Names of an `mx`; null for others, and where they were not asked for. */
  readonly exchanges: number | null;
  readonly unasked: string | null;
  /** The included record, or the one that is redirected to. */
  readonly child: SpfNode | null;
}

/** What the walk may cost, whatever a zone says: ten look-ups are allowed, and people want to know by how much theirs are over. */
const QUERIES_MAX = 80;
const DEPTH_MAX = 10;
const TERMS_MAX = 2_000;
/** RFC 7208 4.6.4: more names of an `mx` than ten are a permerror. */
const EXCHANGES_MAX = 10;

/** A name server that does not answer costs the resolver's whole time-out each time, and nothing is known then anyway. */
const FAILURES_MAX = 4;

interface Budget {
  queries: number;
  failures: number;
  terms: number;
}

/** Reads the record of a domain and everything that it includes. Not more than some eighty look-ups, and ten levels deep. */
export function walkSpf(domain: string, resolver: Resolver): Promise<SpfNode> {
  return walk(domain, resolver, [], { queries: QUERIES_MAX, failures: FAILURES_MAX, terms: TERMS_MAX });
}

async function walk(
  domain: string,
  resolver: Resolver,
  path: readonly string[],
  budget: Budget,
): Promise<SpfNode> {
  if (path.includes(domain)) return { domain, found: { kind: 'loop' }, terms: [] };
  if (path.length > DEPTH_MAX || !spend(budget, 1)) return { domain, found: { kind: 'left' }, terms: [] };
  const found = spfAmong(heard(await resolver.txt(domain), budget));
  if (found.kind !== 'record') return { domain, found, terms: [] };

  const { mechanisms, redirect } = found.record;
  const end = mechanisms.findIndex(({ name }) => name === 'all');
  const terms: SpfTermNode[] = [];
  for (const [index, mechanism] of mechanisms.entries()) {
    if (budget.terms <= 0) {
      terms.push({
        ...NOTHING,
        text: '…',
        mechanism: null,
        child: { domain, found: { kind: 'left' }, terms: [] },
      });
      break;
    }
    budget.terms -= 1;
    const unreached = end >= 0 && index > end;
    terms.push(
      unreached ? plainTerm(mechanism, true) : await lookAt(mechanism, domain, resolver, path, budget),
    );
  }
  if (redirect) {
    const unreached = end >= 0;
    const child =
      unreached || redirect.macro ? null : await walk(redirect.domain, resolver, [...path, domain], budget);
    terms.push({
      ...NOTHING,
      text: redirect.text,
      mechanism: null,
      cost: unreached ? 0 : 1,
      unreached,
      child,
    });
  }
  return { domain, found, terms };
}

/** Of the TXT records of a name, the one that is for SPF (RFC 7208 4.5). Strings are joined without a space (3.3). */
function spfAmong(answer: DnsAnswer<readonly string[]>): SpfFound {
  if (answer.kind === 'unasked') return answer;
  if (answer.kind === 'none') return { ...answer, like: [] };
  const texts = answer.records.map((strings) => ({ strings, text: strings.join('') }));
  const [one, ...others] = texts.filter(({ text }) => isSpf(text));
  if (!one) {
    const like = texts.map(({ text }) => text).filter((text) => /v\s*=\s*spf|^\s*"?spf[12]/i.test(text));
    return { kind: 'none', what: 'record', like };
  }
  if (others.length > 0) return { kind: 'several', texts: [one, ...others].map(({ text }) => text) };
  return { kind: 'record', record: parseSpf(one.text), strings: one.strings };
}

const NOTHING = {
  cost: 0,
  unreached: false,
  isVoid: false,
  exchanges: null,
  unasked: null,
  child: null,
} as const;

function plainTerm(mechanism: SpfMechanism, unreached: boolean): SpfTermNode {
  return { ...NOTHING, text: mechanism.text, mechanism, unreached };
}

async function lookAt(
  mechanism: SpfMechanism,
  domain: string,
  resolver: Resolver,
  path: readonly string[],
  budget: Budget,
): Promise<SpfTermNode> {
  const plain = plainTerm(mechanism, false);
  const target = mechanism.domain ?? domain;
  switch (mechanism.name) {
    case 'all':
    case 'ip4':
    case 'ip6':
      return plain;
    case 'ptr':
      return { ...plain, cost: 1 };
    case 'include': {
      if (mechanism.macro) return { ...plain, cost: 1 };
      const child = await walk(target, resolver, [...path, domain], budget);
      return { ...plain, cost: 1, child, isVoid: child.found.kind === 'none' };
    }
    case 'a':
    case 'exists': {
      if (mechanism.macro || !spend(budget, 2)) return { ...plain, cost: 1 };
      return { ...plain, cost: 1, ...emptiness(heard(await resolver.addresses(target), budget)) };
    }
    case 'mx': {
      if (mechanism.macro || !spend(budget, 1)) return { ...plain, cost: 1 };
      const answer = heard(await resolver.mx(target), budget);
      const exchanges = answer.kind === 'found' ? answer.records.length : null;
      return { ...plain, cost: 1, exchanges, ...emptiness(answer) };
    }
  }
}

function emptiness(answer: DnsAnswer<unknown>): { isVoid: boolean; unasked: string | null } {
  return { isVoid: answer.kind === 'none', unasked: answer.kind === 'unasked' ? answer.reason : null };
}

/** Counts what failed. */
function heard<T>(answer: DnsAnswer<T>, budget: Budget): DnsAnswer<T> {
  if (answer.kind === 'unasked') budget.failures -= 1;
  return answer;
}

/** Whether there was enough left. */
function spend(budget: Budget, queries: number): boolean {
  budget.queries -= queries;
  return budget.queries >= 0 && budget.failures > 0;
}

/** Too many names of mail exchangers. */
export function hasTooManyExchanges({ exchanges }: SpfTermNode): boolean {
  return exchanges !== null && exchanges > EXCHANGES_MAX;
}
