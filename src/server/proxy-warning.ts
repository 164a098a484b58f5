import { BlockList, isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../core/logger.ts';

/** Where proxies of one's own are: private networks (RFC 1918, RFC 4193), shared ones (RFC 6598), link-local ones, and this machine. */
const INSIDE = new BlockList();
for (const [network, bits, family] of [
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
] as const)
  INSIDE.addSubnet(network, bits, family);

/**
 * Says once where requests seem to come through a proxy that SLUICE_TRUSTED_PROXIES does not name: then all who come through it are
 * counted as one, and cookies are not for https only. From outside anybody may send such a header; that says nothing.
 */
export function warnOfProxies(app: FastifyInstance, logger: Logger): void {
  let isSaid = false;
  app.addHook('onRequest', async (request) => {
    if (isSaid || request.headers['x-forwarded-for'] === undefined) return;
    // Of a proxy that is trusted, whom it names stands behind it; that may be its own address, where somebody asks from its machine.
    if ((request.ips?.length ?? 0) > 1 || !isInside(request.socket.remoteAddress ?? '')) return;
    isSaid = true;
    logger.warn(
      'requests bring X-Forwarded-For from a proxy that SLUICE_TRUSTED_PROXIES does not name, so the limits count all who come through it as one: add its address or its network there',
    );
  });
}

function isInside(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && INSIDE.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
