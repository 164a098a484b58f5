import { nodesOf, SPF_LOOKUPS_MAX, SPF_VOIDS_MAX, type SpfTally } from './tally.ts';
import type { SpfNode, SpfTermNode } from './tree.ts';

/** RFC 7208 3.4: all of an answer should fit into 512 bytes, and the name and header take some of it. */
const RECORD_BYTES_ADVISED = 450;
const STRING_BYTES_MAX = 255;

/** What could be better in a record that works, or is in the way in one that does not; a line each. */
export function spfAdvice(root: SpfNode, tally: SpfTally): readonly string[] {
  if (root.found.kind !== 'record') return [];
  const crowded = tally.lookups > SPF_LOOKUPS_MAX;
  return [
    ...unreachedAdvice(root),
    ...duplicateAdvice(root),
    ...voidAdvice(root, tally.voids > SPF_VOIDS_MAX),
    ...ptrAdvice(root),
    ...(crowded ? crowdAdvice(root) : []),
    ...endAdvice(root),
    ...sizeAdvice(root.found.record.text, root.found.strings),
  ];
}

function unreachedAdvice({ terms }: SpfNode): string[] {
  return terms
    .filter(({ unreached }) => unreached)
    .map(({ text, mechanism }) =>
      mechanism === null
        ? `Remove ${text}: a redirect is ignored where there is an all.`
        : `Move ${text} before all, or remove it: no receiver reads on behind all.`,
    );
}

/** Of the own record, and what it includes twice on different ways. */
function duplicateAdvice(root: SpfNode): string[] {
  const own = repeatedAmong(root.terms.map(({ text }) => text.toLowerCase().replace(/^\+/, '')));
  const included = repeatedAmong(nodesOf(root).map(({ domain }) => domain));
  return [
    ...own.map((text) => `Remove one ${text}: it is there twice.`),
    ...included
      .filter((domain) => !own.includes(`include:${domain}`))
      .map((domain) => `${domain} is included more than once, and each time costs a look-up: keep one.`),
  ];
}

function repeatedAmong(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
}

function voidAdvice(root: SpfNode, tooMany: boolean): string[] {
  const empty = root.terms.filter(({ isVoid }) => isVoid);
  const own = empty.map(({ text }) => `Remove ${text}: DNS has nothing for it.`);
  return tooMany && own.length === 0
    ? [
        'The look-ups that find nothing are in records that this one includes: tell their owner, or remove the include.',
      ]
    : own;
}

function ptrAdvice(root: SpfNode): string[] {
  return root.terms
    .filter(({ mechanism }) => mechanism?.name === 'ptr')
    .map(
      ({ text }) =>
        `Replace ${text} by ip4: and ip6: networks: ptr is slow, unreliable and should not be used (RFC 7208 5.5).`,
    );
}

function crowdAdvice(root: SpfNode): string[] {
  const first = root.terms.find(({ cost }) => cost > 0);
  const direct = root.terms.filter(
    ({ mechanism, cost }) => cost > 0 && (mechanism?.name === 'a' || mechanism?.name === 'mx'),
  );
  const dearest = root.terms
    .filter(({ child, mechanism }) => child && mechanism?.domain !== 'amazonses.com')
    .map((term) => ({ term, cost: costOf(term) }))
    .toSorted((one, other) => other.cost - one.cost)
    .slice(0, 3);
  return [
    ...direct.map(
      ({ text }) => `Replace ${text} by the ip4: and ip6: networks that it stands for: they cost no look-up.`,
    ),
    ...(dearest.length + direct.length > 0 && first?.mechanism?.domain !== 'amazonses.com'
      ? [
          'Put include:amazonses.com first: receivers stop there for mail from SES, before they come to what is too much.',
        ]
      : []),
    ...dearest.map(
      ({ term, cost }) =>
        `${term.text} costs ${cost} of the look-ups: remove it where that service sends no more, or let it send from a subdomain with an SPF record of its own.`,
    ),
    'Or set a custom MAIL FROM for SES ("sluice domain add … --mail-from SUB"): mail from here is then judged by the record of that subdomain, which costs one look-up.',
  ];
}

function costOf({ cost, child }: SpfTermNode): number {
  return cost + (child ? child.terms.reduce((sum, term) => sum + costOf(term), 0) : 0);
}

function endAdvice({ terms, found }: SpfNode): string[] {
  const all = terms.find(({ mechanism }) => mechanism?.name === 'all')?.mechanism;
  if (all?.qualifier === '+')
    return ['Replace +all by ~all: it lets everybody send in the name of this domain.'];
  if (all?.qualifier === '?') return ['Replace ?all by ~all: it says nothing of anybody else.'];
  const redirected = found.kind === 'record' && found.record.redirect !== null;
  return all || redirected
    ? []
    : ['Add ~all at the end: without it the record says nothing of anybody else.'];
}

function sizeAdvice(text: string, strings: readonly string[]): string[] {
  const bytes = Buffer.byteLength(text);
  const split =
    bytes > STRING_BYTES_MAX
      ? [
          `The record has ${bytes} bytes, in strings of ${strings.map((each) => Buffer.byteLength(each)).join(' + ')}: a zone has to split it at ${STRING_BYTES_MAX} bytes, and the strings are joined without a space.`,
        ]
      : [];
  return bytes > RECORD_BYTES_ADVISED
    ? [
        ...split,
        `Make it shorter than ${RECORD_BYTES_ADVISED} bytes: answers of more than 512 do not get through everywhere (RFC 7208 3.4).`,
      ]
    : split;
}
