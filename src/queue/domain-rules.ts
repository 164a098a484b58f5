import { DEFAULT_ORGANISATION } from '../identity/domain-book.ts';
import type { DomainItem } from '../identity/domain-check.ts';
import type { Project } from '../identity/project.ts';
import type { Campaign } from './campaign.ts';

/** Why a project may not send from a domain, by who owns it; null where it may. What nobody has registered belongs to nobody. */
export function foreignDomain(
  { name, organisation }: Pick<Project, 'name' | 'organisation'>,
  domain: string,
  owner: string | null,
): string | null {
  const own = organisation ?? DEFAULT_ORGANISATION;
  if (owner === null || owner === own) return null;
  return `the domain ${domain} belongs to the organisation "${owner}", and the project "${name}" to "${own}": set the project's organisation (sluice project set), or move the domain (sluice domain move)`;
}

/** Whether missing SPF and DMARC are let through. */
export function isLenient(
  { domainRules }: Pick<Project, 'domainRules'>,
  category: Campaign['category'],
): boolean {
  return domainRules === 'ses' || (domainRules === 'marketing' && category === 'transactional');
}

/** What keeps a domain from sending, in one line. */
export function unfitText(domain: string, blockers: readonly DomainItem[]): string {
  const said = blockers
    .map(({ item, found }) => `${ITEM_NAMES[item]}: ${short(found).replace(/\.$/, '')}`)
    .join('; ');
  return `the domain ${domain} may not send yet (${said}): sluice domain check ${domain} says what to do`;
}

/** What was found may quote a record of any length, and the whole is shown elsewhere. */
const FOUND_CHARACTERS_MAX = 300;

function short(found: string): string {
  return found.length <= FOUND_CHARACTERS_MAX
    ? found
    : `${found.slice(0, FOUND_CHARACTERS_MAX - 1).toWellFormed()}…`;
}

/** As people call them. */
export const ITEM_NAMES: Readonly<Record<DomainItem['item'], string>> = {
  identity: 'SES identity',
  dkim: 'DKIM',
  dkim_records: 'DKIM records',
  spf: 'SPF',
  dmarc: 'DMARC',
  alignment: 'alignment',
  mail_from: 'MAIL FROM',
  tls: 'TLS',
  events: 'events',
};
