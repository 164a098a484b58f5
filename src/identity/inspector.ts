import { domainOf } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { checkDomain } from './check-domain.ts';
import type { DomainBook } from './domain-book.ts';
import type { DomainCheck, SesDomainState } from './domain-check.ts';
import { identityFor } from './identity-for.ts';
import type { Resolver } from './resolver.ts';
import type { Asked, SesIdentities } from './ses-identity.ts';

export interface InspectorParts {
  readonly book: Pick<DomainBook, 'noteCheck'>;
  /** Found anew for each check: a name that resolvers are given by may have moved. */
  readonly resolver: () => Promise<Resolver>;
  readonly identities: Pick<SesIdentities, 'get' | 'region'>;
  readonly configurationSet: () => Promise<SesDomainState['configurationSet']>;
  readonly clock: Clock;
}

/** Asks SES and DNS about the domain of a From address, and keeps what they say. */
export class DomainInspector {
  readonly #parts: InspectorParts;

  constructor(parts: InspectorParts) {
    this.#parts = parts;
  }

  /** Asks, and keeps what was found in place of what was found before. @param sender an address in its normal form, or a domain alone */
  async inspect(sender: string): Promise<DomainCheck> {
    const check = await this.look(sender);
    await this.#parts.book.noteCheck(check);
    return check;
  }

  /** Asks, and writes nothing. @param sender as of `inspect` */
  async look(sender: string): Promise<DomainCheck> {
    const { resolver, identities, configurationSet, clock } = this.#parts;
    const domain = domainOf(sender);
    const address = sender.includes('@') ? sender : null;
    const [identity, set, region] = await Promise.all([
      asked(identityFor(domain, identities, address)),
      configurationSet(),
      identities.region().catch(() => null),
    ]);
    const ses: SesDomainState = { identity, configurationSet: set, region };
    const dns = await resolver().catch((thrown) => silentResolver(messageOf(thrown)));
    const check = await checkDomain({ domain, ses, resolver: dns, now: clock.now() });
    return isForAll(identity) ? check : { ...check, onlyFor: sender };
  }
}

/** Where no resolver is found: nobody could be asked, which is no reason to end. */
function silentResolver(why: string): Resolver {
  const unasked = async () => ({ kind: 'unasked', reason: `no resolver was found: ${why}` }) as const;
  return { txt: unasked, cname: unasked, mx: unasked, addresses: unasked, names: unasked };
}

/** Whether what SES said holds for every address of the domain. */
function isForAll(said: SesDomainState['identity']): boolean {
  if (said.kind === 'failure') return true;
  return said.value !== null && said.value.verified && !said.value.name.includes('@');
}

async function asked<T>(asking: Promise<T>): Promise<Asked<T>> {
  try {
    return { kind: 'answer', value: await asking };
  } catch (thrown) {
    return {
      kind: 'failure',
      name: thrown instanceof Fault ? thrown.code : 'UnknownError',
      message: messageOf(thrown),
    };
  }
}
