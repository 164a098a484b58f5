import { lookup } from 'node:dns/promises';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import type { AskedDomains } from '../desk/parts.ts';
import type { DomainBook } from '../identity/domain-book.ts';
import { DomainInspector } from '../identity/inspector.ts';
import { createResolver } from '../identity/system-resolver.ts';
import { inspectConfigurationSet } from '../send/ses-inspection.ts';
import { dnsServersOf, sesAccess } from './wire.ts';
import { openIdentities } from './wire-identity.ts';

export interface Domains extends AskedDomains {
  readonly close: () => void;
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
      resolver: async () =>
        createResolver({
          servers: await Promise.all(servers.map(withAddress)),
          timeoutMs: DNS_ANSWER_MS,
        }),
      configurationSet: async () =>
        name === null
          ? null
          : { name, state: await inspectConfigurationSet(sesAccess(config, endpoint), name) },
      clock: systemClock,
    }),
    close: () => identities.close(),
  };
}

/** A resolver that answers at all answers sooner. */
const DNS_ANSWER_MS = 4_000;

/** Resolvers are asked by address; a sandbox may be named, as services in a compose file are. */
async function withAddress(server: string): Promise<string> {
  const [, host = '', port = ''] = /^([a-z0-9.-]*[a-z][a-z0-9.-]*):(\d+)$/i.exec(server) ?? [];
  if (host === '') return server;
  const { address, family } = await lookup(host, { order: 'ipv4first' });
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
