import type { Resolver } from '../resolver.ts';
import { type DmarcRecord, isDmarc, parseDmarc, resemblesDmarc } from './record.ts';

/** What `_dmarc.<name>` has. */
export interface DmarcStep {
  readonly name: string;
  readonly found: DmarcFound;
}

export type DmarcFound =
  | { readonly kind: 'record'; readonly record: DmarcRecord }
  /** All of them count as none. */
  | { readonly kind: 'several'; readonly texts: readonly string[] }
  | { readonly kind: 'none'; readonly like: readonly string[] }
  | { readonly kind: 'unasked'; readonly reason: string };

/** RFC 9989 4.10: a walk asks for eight names at most, whatever the domain's length. */
const QUERIES_MAX = 8;

/**
 * The DNS tree walk of RFC 9989 4.10: from the name upwards to its top-level domain, until a record says by `psd` where the
 * organisation ends. Of names with eight labels or more, those between the name and its last seven labels are left out.
 */
export async function walkDmarc(name: string, resolver: Resolver): Promise<readonly DmarcStep[]> {
  const steps: DmarcStep[] = [];
  for (const target of namesToAsk(name)) {
    const found = await askDmarc(target, resolver);
    steps.push({ name: target, found });
    // Behind a name that nobody could say anything of, nothing would be known of the whole.
    if (found.kind === 'unasked' || (found.kind === 'record' && found.record.psd !== 'u')) break;
  }
  return steps;
}

export async function askDmarc(name: string, resolver: Resolver): Promise<DmarcFound> {
  const answer = await resolver.txt(`_dmarc.${name}`);
  if (answer.kind === 'unasked') return answer;
  if (answer.kind === 'none') return { kind: 'none', like: [] };
  const texts = answer.records.map((strings) => strings.join(''));
  const [one, ...others] = texts.filter(isDmarc);
  if (one === undefined) return { kind: 'none', like: texts.filter(resemblesDmarc) };
  return others.length > 0
    ? { kind: 'several', texts: [one, ...others] }
    : { kind: 'record', record: parseDmarc(one) };
}

function namesToAsk(name: string): string[] {
  const labels = name.split('.');
  const above = Math.min(labels.length - 1, QUERIES_MAX - 1);
  return [
    name,
    ...Array.from({ length: above }, (_, index) => labels.slice(labels.length - above + index).join('.')),
  ];
}

/** The organisational domain by RFC 9989 4.10.2. Null where a name on the way could not be asked, so that nobody knows. */
export function organisationByWalk(name: string, steps: readonly DmarcStep[]): string | null {
  if (steps.some(({ found }) => found.kind === 'unasked')) return null;
  let highest = name;
  for (const { name: at, found } of steps) {
    if (found.kind !== 'record') continue;
    if (found.record.psd === 'n') return at;
    if (found.record.psd === 'y' && at !== name) return oneBelow(name, at);
    highest = at;
  }
  return highest;
}

function oneBelow(name: string, parent: string): string {
  return name
    .split('.')
    .slice(-(parent.split('.').length + 1))
    .join('.');
}

/** The record that holds for the name by RFC 9989 4.10.1: its own, its organisation's, or that of the public suffix above. */
export function policyByWalk(name: string, steps: readonly DmarcStep[]): PolicyPlace | null {
  const at = (place: string) => placeOf(steps.find((step) => step.name === place));
  const organisation = organisationByWalk(name, steps) ?? name;
  const suffix = steps.find(({ found }) => found.kind === 'record' && found.record.psd === 'y');
  return at(name) ?? at(organisation) ?? placeOf(suffix);
}

export interface PolicyPlace {
  readonly name: string;
  readonly record: DmarcRecord;
}

export function placeOf(step: DmarcStep | undefined): PolicyPlace | null {
  return step?.found.kind === 'record' ? { name: step.name, record: step.found.record } : null;
}
