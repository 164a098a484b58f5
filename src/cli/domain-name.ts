import { parseAddress } from '../core/address.ts';
import { InputFault } from '../core/fault.ts';
import { organisationalDomain } from '../identity/organisational-domain.ts';
import { visible } from '../core/text-width.ts';

/**
 * A domain as somebody wrote it, in its normal form: lower case and punycode.
 * @throws InputFault where it is none, or one that registries own
 */
export function domainNameOf(written: string): string {
  const bare = written.trim().replace(/\.$/, '');
  const parsed = parseAddress(`a@${bare}`);
  if (parsed.kind === 'invalid' || bare.includes('@'))
    throw new InputFault([`"${visible(written)}" is no domain, such as news.example.com`]);
  const { domain } = parsed.address;
  if (organisationalDomain(domain) === null)
    throw new InputFault([
      `"${written}" is a public suffix, below which anybody registers domains: name one of yours`,
    ]);
  return domain;
}

const ORGANISATION_CHARS_MAX = 200;

/** @throws InputFault */
export function organisationOf(written: string): string {
  const name = written.trim();
  if (name.length > 0 && name.length <= ORGANISATION_CHARS_MAX && visible(name) === name) return name;
  throw new InputFault([
    `--organisation is "${visible(written)}": it may be a name of up to ${ORGANISATION_CHARS_MAX} characters, in one line`,
  ]);
}
