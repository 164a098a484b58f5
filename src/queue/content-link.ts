import { isIP } from 'node:net';
import { getDomain, parse } from 'tldts';
import type { ContentCode } from './content-code.ts';
import type { PageLink } from './content-page.ts';

/** Services whose links hide where they lead: spammers use them, so that receivers look at them twice. */
const SHORTENERS: ReadonlySet<string> = new Set([
  'bit.ly',
  'bitly.com',
  'buff.ly',
  'cutt.ly',
  'goo.gl',
  'is.gd',
  'lnkd.in',
  'ow.ly',
  'rb.gy',
  'rebrand.ly',
  's.id',
  'shorturl.at',
  't.co',
  't.ly',
  'tiny.cc',
  'tinyurl.com',
  'ux.nu',
  'v.gd',
  'x.gd',
]);

/** Codes of what is wrong with a link; none where it is as it should be. */
export function linkCodes({ href, text }: Pick<PageLink, 'href' | 'text'>): ContentCode[] {
  const written = href.trim();
  if (written === '' || written === '#') return ['LINK_NOWHERE'];
  if (written.startsWith('#') || /^(mailto|tel|sms):/i.test(written)) return [];
  if (/^(javascript|data|vbscript|file):/i.test(written)) return ['LINK_SCRIPT'];
  if (!/^https?:\/\//i.test(written)) return /^[a-z][\w+.-]*:/i.test(written) ? [] : ['LINK_RELATIVE'];
  if (!URL.canParse(written)) return ['LINK_BROKEN'];
  const { hostname, protocol } = new URL(written);
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  return [
    ...(protocol === 'http:' ? (['LINK_PLAIN_HTTP'] as const) : []),
    ...(isIP(host) === 0 ? [] : (['LINK_IP'] as const)),
    ...(SHORTENERS.has(host.replace(/^www\./, '')) ? (['LINK_SHORTENER'] as const) : []),
    ...(showsAnother(text, host) ? (['LINK_OTHER_DOMAIN'] as const) : []),
  ];
}

/** A text that is an address on the web and nothing else. */
const SHOWN_ADDRESS = /^(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?(?:[/?#]\S*)?$/i;

/** Endings that are those of files as well as of domains: `README.md`, `install.sh`. */
const FILE_ENDINGS: readonly string[] = ['md', 'mov', 'pl', 'ps', 'py', 'rs', 'sh', 'zip'];

/**
 * Whether the words of a link show a domain, and it leads to another: that is how phishing looks. A name that is written with capitals
 * (`ASP.NET`, `Booking.com`) or as a file is, is a name and no address, unless it begins as addresses do.
 */
function showsAnother(text: string, host: string): boolean {
  const written = text.trim();
  const shown = SHOWN_ADDRESS.exec(written)?.[1];
  if (shown === undefined) return false;
  const isAddress = /^(?:https?:\/\/|www\.)/i.test(written) || written.includes('/');
  const isName =
    shown !== shown.toLowerCase() || FILE_ENDINGS.includes(shown.slice(shown.lastIndexOf('.') + 1));
  if (isName && !isAddress) return false;
  const { domain, isIcann } = parse(shown.toLowerCase());
  return domain !== null && isIcann === true && domain !== getDomain(host);
}
