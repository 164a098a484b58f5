import { checkAlignment } from './alignment.ts';
import { checkDkimRecords } from './dkim-records.ts';
import { checkDmarc } from './dmarc/check.ts';
import type { DomainCheck, DomainItem, SesDomainState } from './domain-check.ts';
import { domainName } from './domain-name.ts';
import { checkMailFrom, noMailFrom } from './mail-from.ts';
import { remembering } from './remembering-resolver.ts';
import type { Resolver } from './resolver.ts';
import type { SesIdentity } from './ses-identity.ts';
import { dkimItem, eventsItem, identityItem, noIdentity, sesUnasked, tlsItem } from './ses-items.ts';
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
  const dns = remembering(resolver);
  const identity = normalIdentity(ses);
  const envelope = identity?.mailFrom?.domain ?? null;
  const [dmarc, spf, own] = await Promise.all([
    checkDmarc(domain, dns),
    checkSpf(envelope ?? domain, dns),
    envelope === null ? null : checkSpf(domain, dns),
  ]);
  return {
    domain,
    at: now,
    items: [
      identityItem(domain, ses.identity),
      dkimItem(domain, ses.identity),
      await ofIdentity('dkim_records', domain, ses, (known) => checkDkimRecords(known, dns)),
      spfItem(spf, own, ses),
      dmarc.item,
      await ofIdentity('alignment', domain, ses, ({ name }) =>
        checkAlignment({ from: domain, signer: name, envelope, modes: dmarc.modes }, dns),
      ),
      await ofIdentity('mail_from', domain, ses, ({ name, mailFrom }) =>
        mailFrom ? checkMailFrom(mailFrom, ses.region, spf, dns) : noMailFrom(name),
      ),
      tlsItem(ses),
      eventsItem(ses),
    ],
    spfTree: spf.tree,
    spfLookups: spf.lookups,
  };
}

/** With its names in normal form; null where SES has none, or was not asked. */
function normalIdentity({ identity }: SesDomainState): SesIdentity | null {
  if (identity.kind === 'failure' || identity.value === null) return null;
  const { name, mailFrom } = identity.value;
  return {
    ...identity.value,
    name: domainName(name) ?? name,
    mailFrom: mailFrom && { ...mailFrom, domain: domainName(mailFrom.domain) ?? mailFrom.domain },
  };
}

/** An item that can't be judged without the identity. */
async function ofIdentity(
  item: DomainItem['item'],
  domain: string,
  ses: SesDomainState,
  judge: (identity: SesIdentity) => Promise<DomainItem> | DomainItem,
): Promise<DomainItem> {
  if (ses.identity.kind === 'failure') return sesUnasked(item, ses.identity);
  const identity = normalIdentity(ses);
  return identity === null ? noIdentity(item, domain) : judge(identity);
}

/**
 * Of the envelope's domain: the custom MAIL FROM domain, or else From's own, which must allow SES although the envelope is SES's then
 * (KARTE). Where MAIL FROM is another domain, a record of From's own that is broken is worth a line. Where SES was not asked nobody knows
 * which of them it is about.
 */
function spfItem(spf: SpfCheck, own: SpfCheck | null, { identity }: SesDomainState): DomainItem {
  const { judgement } = spf;
  if (identity.kind === 'failure' && judgement.status !== 'ok' && judgement.status !== 'advice')
    return {
      ...judgement,
      item: 'spf',
      status: 'unasked',
      found: `SES could not be asked for the envelope's domain. ${judgement.found}`,
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
  };
}
