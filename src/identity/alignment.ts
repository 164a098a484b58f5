import { firstDmarcRecord } from './dmarc/suggest.ts';
import { organisationByWalk, walkDmarc } from './dmarc/walk.ts';
import { type FoundItem, finding } from './finding.ts';
import { primaryDomain, sameOrganisation } from './organisational-domain.ts';
import type { Resolver } from './resolver.ts';
import { SES_SPF_DOMAIN } from './spf/check.ts';

export interface AlignmentQuestion {
  /** Domain of From. */
  readonly from: string;
  /** Domain of DKIM's signature (d=): the identity's. */
  readonly signer: string;
  /** Domain of the envelope: the custom MAIL FROM domain; null: SES's own. */
  readonly envelope: string | null;
  /** Of the DMARC record; null where nobody could say. */
  readonly modes: { readonly adkim: 'r' | 's'; readonly aspf: 'r' | 's' } | null;
}

/** `split`: by the public suffixes of RFC 7489 they align, by the tree walk of RFC 9989 they do not. */
type Aligned = 'yes' | 'no' | 'split' | 'unknown';

/**
 * Whether From aligns with DKIM's domain and with the envelope's (RFC 9989 4.4): strict is the same name, relaxed the same organisational
 * domain. DMARC passes where one of the two aligns and passes.
 */
export async function checkAlignment(
  { from, signer, envelope, modes }: AlignmentQuestion,
  resolver: Resolver,
): Promise<FoundItem> {
  const sender = envelope ?? SES_SPF_DOMAIN;
  const dkim = await aligned(from, signer, modes?.adkim ?? null, resolver);
  const spf = await aligned(from, sender, modes?.aspf ?? null, resolver);
  const found = `From ${from} and DKIM's ${signer} ${words(dkim, modes?.adkim)}; From and the envelope's ${sender} ${words(spf, modes?.aspf)}.`;
  const item = 'alignment';
  if (dkim === 'yes')
    return {
      item,
      status: 'ok',
      found: `${found} ${spf === 'yes' ? BOTH : DKIM_ONLY}`,
      expected: null,
      todo: [],
      findings: finding(spf === 'yes' ? 'ALIGNED_BOTH' : 'ALIGNED_DKIM'),
    };
  if (dkim === 'split' || (dkim === 'no' && spf === 'split')) return splitItem(from, found);
  if (dkim === 'unknown' && spf !== 'yes')
    return {
      item,
      status: 'unasked',
      found: `${found} The DMARC record that decides could not be asked for.`,
      expected: null,
      todo: [],
      findings: finding('ALIGNMENT_UNASKED'),
    };
  const todo = [
    modes?.adkim === 's' && signer !== from
      ? `Run "sluice domain add ${from}", so that mail is signed as ${from} itself, or set adkim=r in the DMARC record.`
      : `Send under an identity of ${from} itself: "sluice domain add ${from}".`,
  ];
  return spf === 'yes'
    ? {
        item,
        status: 'advice',
        found: `${found} ${SPF_ONLY}`,
        expected: `DKIM signed as ${from}`,
        todo,
        findings: finding('ALIGNED_SPF', { domain: from }),
      }
    : {
        item,
        status: 'wrong',
        found: `${found} DMARC fails for all mail.`,
        expected: `DKIM signed as ${from}`,
        todo,
        findings: finding('ALIGNED_NONE', { domain: from }),
      };
}

/** The walk takes the highest name with a record for the organisation: one that is above both names joins them. */
function splitItem(from: string, found: string): FoundItem {
  const primary = primaryDomain(from);
  return {
    item: 'alignment',
    status: 'advice',
    found: `${found} ${RECEIVERS_DIFFER}`,
    expected: `_dmarc.${primary} TXT ${firstDmarcRecord(primary)}`,
    todo: [
      `Add a DMARC record at _dmarc.${primary}, or take psd= away from the one at _dmarc.${from}: then both names belong to one organisation for all receivers.`,
    ],
    findings: finding('ALIGNED_SPLIT', { domain: primary }),
  };
}

/** The end of what is found where one receiver sees alignment and another does not. */
export const RECEIVERS_DIFFER = 'Receivers differ.';

const BOTH = 'DMARC passes by either, also at receivers that want both.';
const DKIM_ONLY =
  'DMARC passes by DKIM, which is enough for Gmail and Yahoo; Outlook.com wants SPF and DKIM to pass (550 5.7.515), and only a custom MAIL FROM domain makes SPF align as well.';
const SPF_ONLY =
  'DMARC passes by SPF alone: forwarded mail fails, since the forwarder is not in the SPF record.';

function words(state: Aligned, mode: 'r' | 's' | undefined): string {
  const how = mode === undefined ? '' : mode === 's' ? ' (strict)' : ' (relaxed)';
  return {
    yes: `align${how}`,
    no: `do not align${how}`,
    split: 'align by RFC 7489, and by the tree walk of RFC 9989 do not',
    unknown: 'may align or not',
  }[state];
}

async function aligned(
  from: string,
  other: string,
  mode: 'r' | 's' | null,
  resolver: Resolver,
): Promise<Aligned> {
  if (from === other) return 'yes';
  if (mode === 's' || !sameOrganisation(from, other)) return 'no';
  if (mode === null) return 'unknown';
  const steps = await walkDmarc(from, resolver);
  // Without any record there is no DMARC to align for, and that is said elsewhere.
  if (!steps.some(({ found }) => found.kind === 'record')) return 'yes';
  const mine = organisationByWalk(from, steps);
  const theirs = organisationByWalk(other, await walkDmarc(other, resolver));
  return mine === null || theirs === null || mine === theirs ? 'yes' : 'split';
}
