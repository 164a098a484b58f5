import { domainOf } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import type { About } from '../core/hold-code.ts';
import { inTime } from '../core/in-time.ts';
import type { Logger } from '../core/logger.ts';
import { blockersOf } from '../identity/blockers.ts';
import type { DomainBook } from '../identity/domain-book.ts';
import { type DomainCheck, isAbout } from '../identity/domain-check.ts';
import type { ProjectBook } from '../identity/project.ts';
import type { HoldRequest } from '../send/deliver.ts';
import type { Campaign } from './campaign.ts';
import { foreignDomain, isLenient, unfitText } from './domain-rules.ts';

/** Whose mail, and from which address (normal). */
export interface Sending {
  readonly project: string;
  readonly category: Campaign['category'];
  readonly sender: string;
  /**
   * `begin`: none of it has been sent. `resume`: it stood still, so that what was found against it may be mended, and is asked anew.
   * `go-on`: it is being sent, and only what SES says stops it: a record that DNS loses for a moment is no reason to.
   */
  readonly stage: 'begin' | 'resume' | 'go-on';
}

export interface DomainGateParts {
  readonly book: Pick<DomainBook, 'ownerOf' | 'lastCheck'>;
  readonly projects: Pick<ProjectBook, 'get'>;
  /** Asks SES and DNS, and keeps what they say. */
  readonly inspect: (sender: string) => Promise<DomainCheck>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was found of a domain that is in order holds for so long: its records are hardly ever taken away. */
export const FOUND_FIT_MS = 10 * 60_000;
/** Where something is lacking, or could not be asked, somebody may be mending it at this moment. */
const FOUND_UNFIT_MS = 20_000;
/** For so long mail that somebody waits for goes out by what was found, and what is so by now is asked meanwhile. */
const FOUND_LONG_AGO_MS = 24 * 60 * 60_000;

/**
 * Whether a campaign's From domain may send, asked before its first mail: it belongs to the project's organisation, SES signs its mail
 * with DKIM and lets it out, and SPF and DMARC are as receivers want them unless its project says otherwise. What could not be asked
 * keeps nobody from sending: SES has the last word anyway.
 */
export class DomainGate {
  readonly #parts: DomainGateParts;
  /** Senders whose domains are being asked for, so that campaigns that begin together ask once. */
  readonly #asking = new Map<string, Promise<DomainCheck | null>>();
  /** Senders of which nobody could tell, and until when that is not tried again (ms). */
  readonly #silent = new Map<string, number>();

  constructor(parts: DomainGateParts) {
    this.#parts = parts;
  }

  /** Why the campaign has to wait; null where it may begin. */
  async obstacle(sending: Sending): Promise<HoldRequest | null> {
    const { project: name, category, sender, stage } = sending;
    const domain = domainOf(sender);
    const [project, owner] = await Promise.all([
      this.#parts.projects.get(name),
      this.#parts.book.ownerOf(domain),
    ]);
    const foreign = foreignDomain(project, domain, owner);
    if (foreign !== null) return hold(foreign, { domain, project: name, owner: owner ?? '' });
    const check = await this.#look(sending);
    if (check === null) return null;
    const allowUnauthenticated = stage === 'go-on' || isLenient(project, category);
    const blockers = blockersOf(check, { allowUnauthenticated });
    if (blockers.length > 0)
      return hold(unfitText(domain, blockers), {
        domain,
        items: blockers.map(({ item }) => item).join(' '),
      });
    this.#warn(check);
    return null;
  }

  /** What is known and young enough, or asked anew; null where nobody can tell. */
  async #look({ sender, category, stage }: Sending): Promise<DomainCheck | null> {
    const isResumed = stage === 'resume';
    const last = await this.#parts.book.lastCheck(domainOf(sender));
    const known = last && isAbout(last, sender) ? last : null;
    if (known && this.#isYoung(known, isResumed)) return known;
    const ageMs = known ? this.#parts.clock.now() - known.at : Number.POSITIVE_INFINITY;
    if (known && category === 'transactional' && ageMs < FOUND_LONG_AGO_MS && !isBroken(known)) {
      if (!this.#isSilent(sender)) void this.#askOnce(sender);
      return known;
    }
    return this.#isSilent(sender) && !isResumed ? null : this.#askOnce(sender);
  }

  #isYoung(known: DomainCheck, isResumed: boolean): boolean {
    if (isResumed && isBroken(known)) return false;
    return this.#parts.clock.now() - known.at < (isFit(known) ? FOUND_FIT_MS : FOUND_UNFIT_MS);
  }

  #isSilent(sender: string): boolean {
    return (this.#silent.get(sender) ?? 0) > this.#parts.clock.now();
  }

  #askOnce(sender: string): Promise<DomainCheck | null> {
    const asking = this.#asking.get(sender) ?? this.#ask(sender).finally(() => this.#asking.delete(sender));
    this.#asking.set(sender, asking);
    return asking;
  }

  async #ask(sender: string): Promise<DomainCheck | null> {
    const { inspect, clock } = this.#parts;
    this.#silent.delete(sender);
    try {
      return await inTime(inspect(sender), ASK_MS_MAX, () => silence(ASK_MS_MAX));
    } catch (thrown) {
      // Each campaign would wait as long for nothing.
      this.#silent.set(sender, clock.now() + FOUND_UNFIT_MS);
      this.#parts.logger.warn('a sending domain could not be checked; its campaigns are sent', {
        domain: domainOf(sender),
        error: messageOf(thrown),
      });
      return null;
    }
  }

  #warn({ domain, items }: DomainCheck): void {
    const unasked = items.filter(({ status }) => status === 'unasked');
    if (unasked.length === 0) return;
    this.#parts.logger.warn('a sending domain could not be checked in full; its campaigns are sent', {
      domain,
      items: unasked.map(({ item }) => item).join(', '),
    });
  }
}

/** SES's control plane may take minutes to say that it is throttled, and mail that waits for it is late. */
const ASK_MS_MAX = 20_000;

/** Nobody could tell within so long. */
export function silence(msMax: number): Fault {
  return new Fault('DOMAIN_UNASKED', `SES and DNS gave no answer in ${msMax / 1_000} s`);
}

function isFit(check: DomainCheck): boolean {
  return !isBroken(check) && check.items.every(({ status }) => status !== 'unasked');
}

function isBroken(check: DomainCheck): boolean {
  return blockersOf(check, { allowUnauthenticated: false }).length > 0;
}

function hold(reason: string, about: About): HoldRequest {
  return { code: 'DOMAIN', reason: `${reason}; then resume the campaign`, about, until: null };
}
