import { isIP } from 'node:net';
import { PROXIES_MAX } from './limits.ts';

/** Networks by name: this machine; link-local; private networks (RFC 1918, RFC 4193). Fastify knows them by these names. */
const NAMED: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

/** Addresses, networks such as `10.0.0.0/8`, and their names, by comma; `none` is an empty list. */
export function parseProxies(value: string): readonly string[] | undefined {
  if (value === 'none') return [];
  const items = value.split(',').map((item) => item.trim());
  return items.length <= PROXIES_MAX && items.every(isNetwork) ? items : undefined;
}

function isNetwork(item: string): boolean {
  if (NAMED.includes(item)) return true;
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(item) ?? [];
  const version = isIP(address);
  // With no bit of a network everybody is a proxy, and may say that they are somebody else.
  return (
    version !== 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}
