import { hasTooManyExchanges, type SpfNode, type SpfTermNode } from './tree.ts';

/** RFC 7208 4.6.4. */
export const SPF_LOOKUPS_MAX = 10;
export const SPF_VOIDS_MAX = 2;

/** What a tree costs and where it breaks. */
export interface SpfTally {
  /** Look-ups that a receiver needs at most. */
  readonly lookups: number;
  readonly voids: number;
  /** The tree was not walked to its end, so that `lookups` is at least that many. */
  readonly cut: boolean;
  /** Terms whose domain only a mail decides. */
  readonly macros: number;
  /** Whatever makes a receiver end in `permerror`; clauses in plain English. */
  readonly faults: readonly string[];
  /** What could not be asked. */
  readonly unasked: readonly string[];
}

export function tallyOf(root: SpfNode): SpfTally {
  const nodes = nodesOf(root);
  const terms = nodes.flatMap((node) => node.terms);
  const lookups = terms.reduce((sum, { cost }) => sum + cost, 0);
  const voids = terms.filter(({ isVoid }) => isVoid).length;
  const cut = nodes.some(({ found }) => found.kind === 'left');
  const loops = nodes.some(({ found }) => found.kind === 'loop');
  const faults = [
    ...nodes.flatMap((node) => faultsOf(node, node === root)),
    ...terms
      .filter(hasTooManyExchanges)
      .map(({ text, exchanges }) => `${text} has ${exchanges} mail exchangers, and at most 10 are allowed`),
  ];
  if (lookups > SPF_LOOKUPS_MAX && !loops)
    faults.push(
      `it needs ${cut ? 'more than ' : ''}${lookups} DNS look-ups, and at most ${SPF_LOOKUPS_MAX} are allowed`,
    );
  if (voids > SPF_VOIDS_MAX)
    faults.push(`${voids} look-ups find nothing (void), and at most ${SPF_VOIDS_MAX} may`);
  return {
    lookups,
    voids,
    cut,
    macros: terms.filter(({ mechanism }) => mechanism?.macro).length,
    faults: [...new Set(faults)],
    unasked: [...new Set([...nodes.flatMap(unaskedNode), ...terms.flatMap(unaskedTerm)])],
  };
}

/** The root, and all that it includes. */
export function nodesOf(root: SpfNode): readonly SpfNode[] {
  return [root, ...root.terms.flatMap(({ child }) => (child ? nodesOf(child) : []))];
}

function faultsOf({ domain, found }: SpfNode, isRoot: boolean): string[] {
  const of = isRoot ? '' : `the record of ${domain}, which it includes: `;
  switch (found.kind) {
    case 'record':
      return found.record.faults.map((fault) => of + fault);
    case 'several':
      return isRoot ? [] : [`${domain}, which it includes, has ${found.texts.length} SPF records`];
    case 'none':
      return isRoot ? [] : [`it includes ${domain}, which has no SPF record`];
    case 'loop':
      return [`it includes ${domain} in a loop`];
    case 'unasked':
    case 'left':
      return [];
  }
}

function unaskedNode({ domain, found }: SpfNode): string[] {
  return found.kind === 'unasked' ? [`${domain}: ${found.reason}`] : [];
}

function unaskedTerm({ text, unasked }: SpfTermNode): string[] {
  return unasked === null ? [] : [`${text}: ${unasked}`];
}

/**
 * Whether mail of an included domain passes: each include on the way has to say `+`. Those behind an `all` were not followed. Null where a part of
 * the tree that may hold it could not be asked for.
 */
export function passesThrough(root: SpfNode, target: string): boolean | null {
  if (root.domain === target) return true;
  let unknown = root.found.kind === 'unasked' || root.found.kind === 'left';
  for (const { mechanism, child } of root.terms) {
    if (!child || (mechanism && mechanism.qualifier !== '+')) continue;
    const passes = passesThrough(child, target);
    if (passes === true) return true;
    if (passes === null) unknown = true;
  }
  return unknown ? null : false;
}
