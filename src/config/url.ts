import { isIP } from 'node:net';
import { DNS_SERVERS_MAX, PORT_MAX, PUBLIC_URL_CHARS_MAX } from './limits.ts';

/** `redis://` and `rediss://` with a host and at most a database number, or the absolute path of a unix socket. */
export function isRedisAddress(value: string): boolean {
  if (/^(unix:\/\/)?\/./.test(value)) return true;
  const url = parseUrl(value);
  return (
    url !== null &&
    ['redis:', 'rediss:'].includes(url.protocol) &&
    url.hostname !== '' &&
    /^(\/\d{0,5})?$/.test(url.pathname)
  );
}

/** An endpoint of a service, as it stands. */
export function parseServiceUrl(value: string): string | undefined {
  const url = parseUrl(value);
  return url !== null && isWeb(url) && !hasUser(url) ? value : undefined;
}

/** A queue of SQS: `https://<host>/<account>/<name>`. */
export function parseQueueUrl(value: string): string | undefined {
  const url = parseUrl(value);
  return url !== null && /^(\/[\w.-]+){2,}$/.test(url.pathname) && !/[?#]/.test(value)
    ? parseServiceUrl(value)
    : undefined;
}

export const PUBLIC_URL_RULE =
  'an https:// URL (http:// for this machine only) without user, query and fragment, ' +
  `of at most ${PUBLIC_URL_CHARS_MAX} characters`;

/** The base of links in mails. RFC 8058 (3.1) wants https in List-Unsubscribe. */
export function parsePublicUrl(value: string): string | undefined {
  const url = parseUrl(value);
  if (url === null || !isWeb(url) || hasUser(url) || /[?#]/.test(value)) return undefined;
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return undefined;
  // As the parser writes it: the host in punycode and the path encoded, since it goes into a header.
  const base = url.href.replace(/\/+$/, '');
  return base.length <= PUBLIC_URL_CHARS_MAX ? base : undefined;
}

/** The domains of AWS's partitions (`partitions.json` of the SDK), with and without IPv6. */
const AWS_DOMAINS = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'api.aws',
  'api.amazonwebservices.com.cn',
  'api.amazonwebservices.eu',
];

/** Whether this is SES itself, and no stand-in. */
export function isAws(endpoint: string): boolean {
  const host = parseUrl(endpoint)?.hostname.replace(/\.$/, '') ?? '';
  return AWS_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

function parseUrl(value: string): URL | null {
  // Characters that the parser would drop or repair are slips, and would be repaired differently elsewhere.
  return /[\s\\]/.test(value) ? null : URL.parse(value);
}

function isWeb(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}

function hasUser(url: URL): boolean {
  return url.username !== '' || url.password !== '';
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** `ip`, `ip:port` or `[ip6]:port` by comma, as `node:dns` takes them; undefined where one of them is none of these. */
export function parseDnsServers(value: string): string[] | undefined {
  const servers = value.split(',').map((server) => server.trim());
  return servers.length <= DNS_SERVERS_MAX && servers.every(isDnsServer) ? servers : undefined;
}

function isDnsServer(server: string): boolean {
  if (isIP(server) > 0) return true;
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(server);
  if (!match) return false;
  const [, six, four, port] = match;
  const isAddress = six === undefined ? isIP(four ?? '') === 4 : isIP(six) === 6;
  return isAddress && Number(port) >= 1 && Number(port) <= PORT_MAX;
}
