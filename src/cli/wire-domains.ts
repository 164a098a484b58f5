import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import type { DomainBook } from '../identity/domain-book.ts';
import { DomainInspector } from '../identity/inspector.ts';
import type { SesIdentities } from '../identity/ses-identity.ts';
import { createResolver } from '../identity/system-resolver.ts';
import { askConfigurationSetState } from '../send/ses-inspection.ts';
import { dnsServersOf, sesAccess } from './wire.ts';
import { openIdentities } from './wire-identity.ts';

/** Who is asked about domains. */
export interface Domains {
  readonly identities: SesIdentities;
  readonly inspector: DomainInspector;
  close(): void;
}

/**
 * @param endpoint of SES's stand-in, where the settings don't say: a sandbox that runs inside of this process
 * @throws InputFault where mail goes to a sandbox inside of the workers, which nobody else can ask
 */
export function openDomains(
  config: Config,
  { domains }: { readonly domains: DomainBook },
  endpoint: string | null = config.ses.endpoint,
): Domains {
  if (config.ses.kind === 'sandbox' && endpoint === null)
    throw new InputFault([
      'mail goes to sandboxes inside of the workers (SLUICE_SES=sandbox), which know of no domain: run `sluice sandbox`, and set AWS_ENDPOINT_URL_SESV2 to what it says',
    ]);
  const identities = openIdentities(config, endpoint);
  const servers = dnsServersOf(config, endpoint);
  const { configurationSet: name } = config.ses;
  return {
    identities,
    inspector: new DomainInspector({
      book: domains,
      identities,
      resolver: () => createResolver({ servers, timeoutMs: DNS_ANSWER_MS }),
      configurationSet: async () =>
        name === null
          ? null
          : { name, state: await askConfigurationSetState(sesAccess(config, endpoint), name) },
      clock: systemClock,
    }),
    close: () => identities.close(),
  };
}

/** A resolver that answers at all answers sooner. */
const DNS_ANSWER_MS = 4_000;
