import type { IncomingHttpHeaders } from 'node:http';
import { isIP, isIPv6 } from 'node:net';

/**
 * Whose requests are counted together: an address; of IPv6 the network of 64 bits, since a household has as many addresses as it likes.
 * Some proxies put a port behind it. What they hand on that is no address is one caller, whatever it says.
 */
export function callerOf({ ip: said }: { readonly ip: string }): string {
  const ip = said
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .toLowerCase();
  if (isIP(ip) === 0) return 'unknown';
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip;
  const [left = '', right] = ip.split('::');
  const groups = left === '' ? [] : left.split(':');
  const zeros = right === undefined ? 0 : 8 - groups.length - right.split(':').filter(Boolean).length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...(right ?? '').split(':')];
  return all.slice(0, 4).join(':');
}

/**
 * Null where a request certainly comes from this machine; else what speaks against it. Three things must fit:
 *
 * - the socket's own address, which nobody can forge;
 * - the Host: a page of another site whose name was made to lead to 127.0.0.1 (DNS rebinding) still asks under its own name;
 * - no header that proxies leave: behind one, everybody comes from its address.
 */
export function remoteness(address: string | undefined, headers: IncomingHttpHeaders): string | null {
  if (!isLoopbackAddress(address ?? '')) return 'it comes from another machine';
  if (!isLoopbackHost(headers.host ?? '')) return 'its Host is not that of this machine';
  const forwarded = Object.keys(headers).find(isForwarding);
  return forwarded === undefined ? null : `it came through a proxy (header ${forwarded})`;
}

/** Whether a server that listens there can be reached from this machine only. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '::1' || isLoopbackAddress(name);
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

/** Under any port: `ssh -L` makes another of it. */
function isLoopbackHost(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i.test(host);
}

const FORWARDING = new Set([
  'forwarded',
  'via',
  'client-ip',
  'cdn-loop',
  'proxy-connection',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'true-client-ip',
  'fastly-client-ip',
  'fly-client-ip',
]);

/** Of proxies' whole families: Envoy, ingresses that keep what came in, AWS's balancers and CloudFront, Cloudflare. */
const FORWARDING_PREFIXES = [
  'x-forwarded',
  'x-envoy-',
  'x-original-',
  'x-amzn-',
  'x-amz-cf-',
  'cloudfront-',
  'cf-',
];

function isForwarding(name: string): boolean {
  return FORWARDING.has(name) || FORWARDING_PREFIXES.some((prefix) => name.startsWith(prefix));
}
