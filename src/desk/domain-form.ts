import { z } from 'zod';
import { parseAddress } from '../core/address.ts';
import { InputFault } from '../core/fault.ts';
import { visible } from '../core/text-width.ts';
import { domainName, isWithin } from '../identity/domain-name.ts';
import { organisationalDomain } from '../identity/organisational-domain.ts';

/** What somebody wants registered. */
export interface DomainWish {
  /** In its normal form. */
  readonly name: string;
  /** Null: whoever owns it already, or the usual one. */
  readonly organisation: string | null;
  readonly mailFrom: string | null;
  readonly dkimLength: 1024 | 2048;
}

const wishSchema = z.strictObject({
  name: z.string().max(1_000),
  organisation: z.string().nullish(),
  mailFrom: z.string().nullish(),
  dkimLength: z.union([z.literal(1024), z.literal(2048)]).default(2048),
});

/** @throws InputFault */
export function domainWish(order: unknown): DomainWish {
  const parsed = wishSchema.safeParse(order);
  if (!parsed.success) throw new InputFault(parsed.error.issues.map(problemOf));
  const { organisation, mailFrom, dkimLength } = parsed.data;
  const name = domainNameOf(parsed.data.name);
  return {
    name,
    organisation: organisation === undefined || organisation === null ? null : organisationOf(organisation),
    mailFrom: mailFrom === undefined || mailFrom === null ? null : mailFromOf(name, mailFrom),
    dkimLength,
  };
}

/**
 * A domain as somebody wrote it, in its normal form: lower case and punycode.
 * @throws InputFault where it is none, or one that registries own
 */
export function domainNameOf(written: string): string {
  const bare = written.trim().replace(/\.$/, '');
  const parsed = parseAddress(`a@${bare}`);
  if (parsed.kind === 'invalid' || bare.includes('@'))
    throw new InputFault([`"${visible(written)}" is no domain, such as news.example.com`], { place: 'name' });
  const { domain } = parsed.address;
  if (organisationalDomain(domain) === null)
    throw new InputFault(
      [`"${written}" is a public suffix, below which anybody registers domains: name one of yours`],
      { place: 'name' },
    );
  return domain;
}

const ORGANISATION_CHARS_MAX = 200;

/** @throws InputFault */
export function organisationOf(written: string): string {
  const name = written.trim();
  if (name.length > 0 && name.length <= ORGANISATION_CHARS_MAX && visible(name) === name) return name;
  throw new InputFault(
    [
      `organisation is "${visible(written)}": it may be a name of up to ${ORGANISATION_CHARS_MAX} characters, in one line`,
    ],
    { place: 'organisation' },
  );
}

/** A whole name, or what stands before the domain's. @throws InputFault where it is no name below the domain */
function mailFromOf(name: string, written: string): string {
  // In normal form, so that a whole name is known for one, however it is written.
  const own = domainName(written);
  if (own === null || own === name)
    throw new InputFault([`mailFrom is "${written}": it may be a subdomain of ${name}, such as bounce`], {
      place: 'mailFrom',
    });
  return domainNameOf(isWithin(own, name) ? own : `${own}.${name}`);
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')}: is no field of a domain; there are ${Object.keys(wishSchema.shape).join(', ')}`;
  const path = issue.path.map(String).join('.') || 'the domain';
  return path === 'dkimLength' ? 'dkimLength: may be 1024 or 2048' : `${path}: is missing, or no text`;
}
