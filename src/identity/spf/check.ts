import { type FoundItem, finding } from '../finding.ts';
import type { Resolver } from '../resolver.ts';
import { spfAdvice } from './advice.ts';
import { parseSpf } from './record.ts';
import { FIRST_SPF_RECORD, merged, withSes } from './suggest.ts';
import { passesThrough, SPF_LOOKUPS_MAX, type SpfTally, tallyOf } from './tally.ts';
import { type SpfFound, type SpfNode, walkSpf } from './tree.ts';
import { spfTreeLines } from './tree-text.ts';

/** What was found out about the SPF record of one domain. */
export interface SpfCheck {
  readonly domain: string;
  readonly judgement: SpfJudgement;
  /** What makes receivers take the record for none (permerror), whoever sends; clauses in plain English. */
  readonly broken: readonly string[];
  /** As in DomainCheck. */
  readonly tree: readonly string[];
  readonly lookups: number | null;
}

export type SpfJudgement = Omit<FoundItem, 'item'>;

/** What mail by way of SES must be allowed by. */
export const SES_SPF_DOMAIN = 'amazonses.com';

/** Whether receivers accept mail from SES under this envelope domain, by RFC 7208. */
export async function checkSpf(domain: string, resolver: Resolver): Promise<SpfCheck> {
  const root = await walkSpf(domain, resolver);
  const tally = tallyOf(root);
  return {
    domain,
    judgement: judge(root, tally),
    broken: root.found.kind === 'several' ? [`it has ${root.found.texts.length} SPF records`] : tally.faults,
    tree: spfTreeLines(root),
    lookups: root.found.kind === 'record' ? tally.lookups : null,
  };
}

function judge(root: SpfNode, tally: SpfTally): SpfJudgement {
  const { domain, found } = root;
  switch (found.kind) {
    case 'unasked':
      return unasked(domain, `The SPF record of ${domain} could not be asked for: ${found.reason}.`);
    case 'none':
      return missing(domain, found);
    case 'several':
      return {
        status: 'wrong',
        found: `${domain} has ${found.texts.length} SPF records, which counts as none (permerror): ${found.texts.join(' | ')}`,
        expected: merged(found.texts),
        todo: [
          `Keep one TXT record that begins with v=spf1 at ${domain}, with everything that is needed in it, and remove the others.`,
        ],
        findings: finding('SPF_SEVERAL', { domain, count: found.texts.length }),
      };
    case 'record':
      return judgeRecord(root, found.record.text, tally);
    case 'loop':
    case 'left':
      return unasked(domain, `The SPF record of ${domain} was not read.`);
  }
}

function missing(domain: string, { what, like }: Extract<SpfFound, { kind: 'none' }>): SpfJudgement {
  const near =
    like.length > 0 ? ` What looks like one does not begin with "v=spf1 ": ${like.join(' | ')}` : '';
  return {
    status: 'missing',
    found: `${what === 'name' ? `There is no name ${domain} in DNS` : `${domain} has no SPF record`}.${near}`,
    expected: FIRST_SPF_RECORD,
    todo: [`Add a TXT record at ${domain}: ${FIRST_SPF_RECORD}`],
    findings: finding('SPF_MISSING', { domain }),
  };
}

function judgeRecord(root: SpfNode, text: string, tally: SpfTally): SpfJudgement {
  const advice = spfAdvice(root, tally);
  const passes = passesThrough(root, SES_SPF_DOMAIN);
  if (tally.faults.length > 0 || passes === false) return wrong(root, text, tally, passes === false);
  if (passes === null || tally.unasked.length > 0) {
    const why = tally.unasked.length > 0 ? tally.unasked.join('; ') : 'it has more terms than were followed';
    return unasked(root.domain, `${root.domain} has "${text}"; not all of it could be asked for: ${why}.`);
  }
  return {
    status: advice.length > 0 ? 'advice' : 'ok',
    found: `${root.domain} has "${text}": ${costText(tally)}.`,
    expected: null,
    todo: advice,
    findings: finding(advice.length > 0 ? 'SPF_ADVICE' : 'SPF_OK', {
      domain: root.domain,
      count: tally.lookups,
      limit: SPF_LOOKUPS_MAX,
    }),
  };
}

/** Strings of a record are joined without a space (RFC 7208 3.3), and two terms become one where it was meant to be between them. */
function jointTodo({ found }: SpfNode, faults: readonly string[]): string[] {
  if (found.kind !== 'record') return [];
  let end = 0;
  return found.strings.slice(0, -1).flatMap((string) => {
    end += string.length;
    const { text } = found.record;
    const before = text.slice(text.lastIndexOf(' ', end - 1) + 1, end);
    const after = text.slice(end).split(' ', 1)[0] ?? '';
    const term = before + after;
    const domain = term.slice(term.indexOf(':') + 1);
    return before !== '' && after !== '' && faults.some((fault) => fault.includes(domain))
      ? [
          `Put a space between "${before}" and "${after}" if they are two terms: the strings of the record are joined without one.`,
        ]
      : [];
  });
}

/** A record whose grammar is wrong is no base for one to paste. */
function wrong(root: SpfNode, text: string, tally: SpfTally, lacksSes: boolean): SpfJudgement {
  const repaired = lacksSes && parseSpf(text).faults.length === 0 ? withSes(text) : null;
  const lacking = lacksSes ? [`it does not allow SES (include:${SES_SPF_DOMAIN})`] : [];
  const toSes =
    repaired === null
      ? `Put include:${SES_SPF_DOMAIN} before the all of the TXT record at ${root.domain}.`
      : `Set the TXT record at ${root.domain} to: ${repaired}`;
  return {
    status: 'wrong',
    found: `${root.domain} has "${text}": ${[...lacking, ...tally.faults].join('; ')}.`,
    expected: repaired,
    todo: [
      ...(lacksSes ? [toSes] : []),
      ...(tally.faults.length > 0
        ? ['Correct what is named above: receivers take a record with such a fault for none (permerror).']
        : []),
      ...jointTodo(root, tally.faults),
      ...spfAdvice(root, tally),
    ],
    findings: [
      ...(lacksSes ? finding('SPF_NO_SES', { domain: root.domain }) : []),
      ...(tally.faults.length > 0 ? finding('SPF_BROKEN', { domain: root.domain }) : []),
    ],
  };
}

function costText({ lookups, voids, macros }: SpfTally): string {
  return [
    `${lookups} of ${SPF_LOOKUPS_MAX} DNS look-ups`,
    ...(voids > 0 ? [`${voids} of them ${voids === 1 ? 'finds' : 'find'} nothing`] : []),
    ...(macros > 0
      ? [
          `${macros} ${macros === 1 ? 'term has a macro' : 'terms have macros'} that only a mail decides, and could not be followed`,
        ]
      : []),
  ].join(', ');
}

function unasked(domain: string, found: string): SpfJudgement {
  return { status: 'unasked', found, expected: null, todo: [], findings: finding('SPF_UNASKED', { domain }) };
}
