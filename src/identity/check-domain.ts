import { domainOf } from '../core/address.ts';
import { checkAlignment } from './alignment.ts';
import { eventsItem, tlsItem } from './configuration-set-items.ts';
import { checkDkimRecords } from './dkim-records.ts';
import { checkDmarc } from './dmarc/check.ts';
import type { DomainCheck, DomainItem, SesDomainState } from './domain-check.ts';
import { domainName } from './domain-name.ts';
import { type FoundItem, finding } from './finding.ts';
import { checkMailFrom, noMailFrom } from './mail-from.ts';
import { oneLine, printableItem } from './printable.ts';
import { remembering } from './remembering-resolver.ts';
import type { Resolver } from './resolver.ts';
import type { Asked, SesIdentity } from './ses-identity.ts';
import { dkimItem, identityItem, noIdentity, sesUnasked } from './ses-items.ts';
import { checkSpf, type SpfCheck } from './spf/check.ts';

export interface DomainQuestion {
  /** Of From; U-labels or A-labels. */
  readonly domain: string;
  readonly ses: SesDomainState;
  readonly resolver: Resolver;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Asks DNS for everything that mail from a domain needs, and judges it together with what SES says. Never throws for what
 * DNS says or fails to say. Each name is asked for once, and a hostile zone makes it some two hundred at most.
 */
export async function checkDomain({
  domain: written,
  ses,
  resolver,
  now,
}: DomainQuestion): Promise<DomainCheck> {
  const domain = domainName(written) ?? written.toLowerCase();
  const dns = remembering(resolver, AbortSignal.timeout(CHECK_MS_MAX));
  const asked = inNormalForm(ses.identity);
  const identity = asked.kind === 'answer' ? asked.value : null;
  const envelope = identity?.mailFrom?.domain ?? null;
  const [dmarc, spf, own] = await Promise.all([
    checkDmarc(domain, dns),
    checkSpf(envelope ?? domain, dns),
    envelope === null ? null : checkSpf(domain, dns),
  ]);
  const items: FoundItem[] = [
    identityItem(domain, asked),
    dkimItem(domain, asked),
    await ofIdentity('dkim_records', domain, asked, (known) => checkDkimRecords(known, dns)),
    spfItem(spf, own, asked),
    dmarc.item,
    await ofIdentity('alignment', domain, asked, ({ name }) =>
      checkAlignment({ from: domain, signer: name, envelope, modes: dmarc.modes }, dns),
    ),
    await ofIdentity('mail_from', domain, asked, ({ name, mailFrom }) =>
      mailFrom ? checkMailFrom(mailFrom, ses.region, spf, dns) : noMailFrom(name),
    ),
    tlsItem(ses),
    eventsItem(ses),
  ];
  return {
    domain,
    at: now,
    items: items.map(printableItem),
    spfTree: spf.tree.map(oneLine),
    spfLookups: spf.lookups,
  };
}

/** Nobody waits longer for name servers that take their time with each answer. */
const CHECK_MS_MAX = 60_000;

type AskedIdentity = Asked<SesIdentity | null>;

/** With its names in normal form, and the domain in place of an address. */
function inNormalForm(asked: AskedIdentity): AskedIdentity {
  if (asked.kind === 'failure' || asked.value === null) return asked;
  const { name, mailFrom } = asked.value;
  const domain = domainOf(name);
  const value = {
    ...asked.value,
    name: domainName(domain) ?? domain,
    mailFrom: mailFrom && { ...mailFrom, domain: domainName(mailFrom.domain) ?? mailFrom.domain },
  };
  return { kind: 'answer', value };
}

/** An item that can't be judged without the identity. */
async function ofIdentity(
  item: DomainItem['item'],
  domain: string,
  asked: AskedIdentity,
  judge: (identity: SesIdentity) => Promise<FoundItem> | FoundItem,
): Promise<FoundItem> {
  if (asked.kind === 'failure') return sesUnasked(item, asked);
  return asked.value === null ? noIdentity(item, domain) : judge(asked.value);
}

/**
 * Of the envelope's domain: the custom MAIL FROM domain, or else From's own, which must allow SES although the envelope is SES's then
 * (KARTE). Where MAIL FROM is another domain, a record of From's own that is broken is worth a line. Where SES was not asked nobody knows
 * which of them it is about.
 */
function spfItem(spf: SpfCheck, own: SpfCheck | null, identity: AskedIdentity): FoundItem {
  const { judgement } = spf;
  if (identity.kind === 'failure' && judgement.status !== 'ok' && judgement.status !== 'advice')
    return {
      ...judgement,
      item: 'spf',
      status: 'unasked',
      found: `SES could not be asked for the envelope's domain. ${judgement.found}`,
      findings: finding('SES_UNASKED'),
    };
  if (!own || own.broken.length === 0) return { item: 'spf', ...judgement };
  const beside = `${own.domain} itself, which is not the envelope's domain, has a broken record: ${own.broken.join('; ')}.`;
  return {
    item: 'spf',
    ...judgement,
    status: judgement.status === 'ok' ? 'advice' : judgement.status,
    found: `${judgement.found} ${beside}`,
    todo: [
      ...judgement.todo,
      `Correct the SPF record of ${own.domain} as well: mail that is sent from it by others is judged by it.`,
    ],
    findings: [...judgement.findings, ...finding('SPF_OTHER_BROKEN', { domain: own.domain })],
  };
}
