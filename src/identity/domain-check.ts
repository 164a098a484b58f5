import { z } from 'zod';
import type { About } from '../core/hold-code.ts';
import type { Asked, ConfigurationSetState, SesIdentity } from './ses-identity.ts';

/**
 * What a sending domain needs. `identity`, `dkim`: what SES says. `dkim_records`: the CNAMEs in DNS. `spf`: of the envelope's
 * domain. `dmarc`: own or inherited. `alignment`: of From with DKIM and envelope. `mail_from`: MX, SPF and SES's status of the
 * custom MAIL FROM domain. `tls`, `events`: of the configuration set.
 */
const ITEMS = [
  'identity',
  'dkim',
  'dkim_records',
  'spf',
  'dmarc',
  'alignment',
  'mail_from',
  'tls',
  'events',
] as const;

const domainItemSchema = z.object({
  item: z.enum(ITEMS),
  status: z.enum(['ok', 'advice', 'wrong', 'missing', 'unasked']),
  found: z.string(),
  expected: z.string().nullable(),
  todo: z.array(z.string()),
  findings: z
    .array(
      z.object({
        code: z.string(),
        about: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    )
    .optional(),
});

/** One thing that a sending domain needs, as it was found. */
export interface DomainItem {
  /** Stable. */
  readonly item: DomainItemName;
  /** `unasked`: DNS or SES could not be asked, so that nobody knows; it never blocks. `advice`: works, and could be better. */
  readonly status: 'ok' | 'advice' | 'wrong' | 'missing' | 'unasked';
  /** What was found, in plain English; records as they are. */
  readonly found: string;
  /** What should be there, as it could be pasted; null where nothing is lacking. */
  readonly expected: string | null;
  /** What to do, a line each; none where there is nothing. */
  readonly todo: readonly string[];
  /** The same as data (finding.ts), the first of them the most important; none where another version made the check. */
  readonly findings?: readonly { readonly code: string; readonly about: About }[] | undefined;
}

export type DomainItemName = (typeof ITEMS)[number];

/** What was asked of SES for a domain. */
export interface SesDomainState {
  /** The identity that mail from the domain goes out under: its own, or a parent's; null where there is none. */
  readonly identity: Asked<SesIdentity | null>;
  /** Null where the settings name none. */
  readonly configurationSet: {
    readonly name: string;
    readonly state: Asked<ConfigurationSetState | null>;
  } | null;
  /** Region of SES; null where it is not known. */
  readonly region: string | null;
}

/** Everything that was found out about a domain, at one time. */
export interface DomainCheck {
  /** In its normal form. */
  readonly domain: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly items: readonly DomainItem[];
  /** Look-ups of the SPF record as a tree, for people; empty where there is no record. */
  readonly spfTree: readonly string[];
  /** DNS look-ups that the SPF record costs (RFC 7208 4.6.4: at most 10); null where there is none, or it was not asked. */
  readonly spfLookups: number | null;
  /**
   * Whom it was made for, an address or the domain alone, where it says nothing of the domain's other addresses: SES has no verified
   * identity for all of them, and may have one for some.
   */
  readonly onlyFor?: string | undefined;
}

/** Nothing of it is wrong or missing, and it could be asked. */
export function isInOrder({ status }: DomainItem): boolean {
  return status === 'ok' || status === 'advice';
}

/** Whether a check says how mail from this address fares. @param sender an address of the domain, in its normal form */
export function isAbout({ onlyFor }: DomainCheck, sender: string): boolean {
  return onlyFor === undefined || onlyFor === sender;
}

/** A check as it is kept. */
export const domainCheckSchema = z.object({
  domain: z.string(),
  at: z.number(),
  items: z.array(domainItemSchema),
  spfTree: z.array(z.string()),
  spfLookups: z.number().nullable(),
  onlyFor: z.string().optional(),
}) satisfies z.ZodType<DomainCheck>;
