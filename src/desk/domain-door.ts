import type { Config } from '../config/schema.ts';
import { domainOf } from '../core/address.ts';
import { InputFault } from '../core/fault.ts';
import { inTime } from '../core/in-time.ts';
import { blockersOf } from '../identity/blockers.ts';
import { type DomainCheck, type DomainItem, isAbout } from '../identity/domain-check.ts';
import type { Campaign } from '../queue/campaign.ts';
import { FOUND_FIT_MS, silence } from '../queue/domain-gate.ts';
import { foreignDomain, isLenient, unfitText } from '../queue/domain-rules.ts';
import type { Mailing } from '../send/mailing.ts';
import type { DeskParts } from './parts.ts';

/** What the door needs of the desk. */
export type DoorParts = Pick<DeskParts, 'config' | 'clock' | 'openDomains'> & {
  readonly client: Pick<DeskParts['client'], 'domains' | 'projects'>;
};

/** What is known here of the domain that a campaign is from. */
export interface DomainStanding {
  /** Null where nobody has ever asked, and this process can't. */
  readonly check: DomainCheck | null;
  /** What keeps this campaign from being sent. */
  readonly blockers: readonly DomainItem[];
  /** Why its project may not send from the domain; null where it may. */
  readonly foreign: string | null;
}

/** Somebody sits before a terminal. */
const ASK_MS_MAX = 15_000;

/**
 * What was found of late, where all was right; else asked anew, where this process has settings for SES; else what was found last, if anything.
 * @param sender an address in its normal form, or a domain alone
 */
export async function latestCheck(parts: DoorParts, sender: string): Promise<DomainCheck | null> {
  const domain = domainOf(sender);
  const last = await parts.client.domains.lastCheck(domain);
  const known = last && (sender === domain || isAbout(last, sender)) ? last : null;
  const isYoung = known !== null && parts.clock.now() - known.at < FOUND_FIT_MS;
  const isFit = isYoung && blockersOf(known, { allowUnauthenticated: false }).length === 0;
  return isFit || !canAsk(parts.config) ? known : ((await ask(parts, sender)) ?? known);
}

/** The same for a campaign, with what its project makes of it. */
export async function domainStanding(
  parts: DoorParts,
  { project: name, category, sender }: Pick<Mailing, 'project' | 'category' | 'sender'>,
): Promise<DomainStanding> {
  const domain = domainOf(sender);
  const { domains, projects } = parts.client;
  const [project, owner, check] = await Promise.all([
    projects.get(name),
    domains.ownerOf(domain),
    latestCheck(parts, sender),
  ]);
  const allowUnauthenticated = isLenient(project, category);
  return {
    check,
    blockers: check ? blockersOf(check, { allowUnauthenticated }) : [],
    foreign: foreignDomain(project, domain, owner),
  };
}

/**
 * Refuses a campaign that its workers would not begin. Where this process can't ask SES they have the word, and hold it. One that begins
 * later is taken: its domain may be set up until then.
 *
 * @returns what is to be said of one that is taken all the same; null where there is nothing
 * @throws InputFault with what is lacking
 */
export async function refuseUnfit(
  parts: DoorParts,
  campaign: Campaign,
  mailing: Pick<Mailing, 'project' | 'category' | 'sender'>,
): Promise<string | null> {
  const { clock } = parts;
  const { blockers, foreign, check } = await domainStanding(parts, mailing);
  const isKnown = check !== null && clock.now() - check.at < ASK_MS_MAX;
  const reason =
    foreign ?? (blockers.length > 0 && isKnown ? unfitText(domainOf(mailing.sender), blockers) : null);
  if (reason === null) return null;
  const isLater = campaign.sendAt !== undefined && Date.parse(campaign.sendAt) > clock.now();
  if (!isLater) throw new InputFault([`sender: ${reason}`]);
  return `${reason}; the campaign is held if it is so when it begins`;
}

/** Of a mail to look at nothing but the owner counts: whether a domain is ready is what it may be sent for. @throws InputFault */
export async function refuseForeign(
  { domains, projects }: DoorParts['client'],
  { project, sender }: Pick<Mailing, 'project' | 'sender'>,
): Promise<void> {
  const domain = domainOf(sender);
  const foreign = foreignDomain(await projects.get(project), domain, await domains.ownerOf(domain));
  if (foreign !== null) throw new InputFault([`sender: ${foreign}`]);
}

/** As `doctor` judges: somebody who only hands campaigns in has no settings for SES. */
export function canAsk({ ses: { kind, endpoint, region, configurationSet } }: Config): boolean {
  return endpoint !== null || (kind === 'aws' && (region !== null || configurationSet !== null));
}

async function ask(
  { openDomains }: Pick<DoorParts, 'openDomains'>,
  sender: string,
): Promise<DomainCheck | null> {
  const { inspector } = await openDomains();
  return inTime(inspector.look(sender), ASK_MS_MAX, () => silence(ASK_MS_MAX)).catch(() => null);
}
