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
  /** One that asks each name once within a check. */
  readonly resolver: () => Resolver;
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

  /** @param sender an address in its normal form, or a domain alone */
  async inspect(sender: string): Promise<DomainCheck> {
    const { book, resolver, identities, configurationSet, clock } = this.#parts;
    const domain = sender.slice(sender.lastIndexOf('@') + 1);
    const address = sender.includes('@') ? sender : null;
    const [identity, set, region] = await Promise.all([
      asked(identityFor(domain, address, identities)),
      configurationSet(),
      identities.region().catch(() => null),
    ]);
    const ses: SesDomainState = { identity, configurationSet: set, region };
    const check = await checkDomain({ domain, ses, resolver: resolver(), now: clock.now() });
    await book.noteCheck(check);
    return check;
  }
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
