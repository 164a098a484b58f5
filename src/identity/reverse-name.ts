import { isIP } from 'node:net';

/**
 * The name under which DNS has the names of an IP address: `1.2.0.192.in-addr.arpa` (RFC 1035 3.5), and 32 digits under
 * `ip6.arpa` (RFC 3596 2.5). Null for what is no address, or one with a zone.
 */
export function reverseName(ip: string): string | null {
  const version = ip.includes('%') ? 0 : isIP(ip);
  if (version === 0) return null;
  if (version === 4) return `${ip.split('.').toReversed().join('.')}.in-addr.arpa`;
  return `${Array.from(digits(ip)).toReversed().join('.')}.ip6.arpa`;
}

/** The URL standard writes IPv6 in groups of hexadecimal digits, with `::` for those that are zero. */
function digits(ip: string): string {
  const [before = '', after] = new URL(`http://[${ip}]/`).hostname.slice(1, -1).split('::');
  const [head, tail] = [groups(before), groups(after ?? '')];
  const zeros = Array.from({ length: after === undefined ? 0 : 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join('');
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
