import type { Resolver } from '../../../src/identity/resolver.ts';
import { createResolver } from '../../../src/identity/system-resolver.ts';
import { startDnsServer } from './server.ts';
import type { Zone } from './zone.ts';

/** What SES itself has in DNS, as far as checks of a sender look at it. */
const SES_ZONE: Zone = {
  'amazonses.com': { TXT: ['v=spf1 ip4:199.255.192.0/22 ip4:54.240.0.0/18 -all'] },
};

/** Runs `task` with a resolver that asks a real server for the zone (and for SES's), and gives what was asked of it. */
export async function withZone<T>(
  zone: Zone,
  task: (resolver: Resolver) => Promise<T>,
): Promise<{ readonly result: T; readonly asked: readonly string[] }> {
  const server = await startDnsServer({ ...SES_ZONE, ...zone });
  try {
    const result = await task(createResolver({ servers: [server.address], timeoutMs: 4_000 }));
    return { result, asked: server.asked };
  } finally {
    await server.close();
  }
}
