import type { About } from '../core/hold-code.ts';
import type { DomainItem } from './domain-check.ts';

/**
 * What an item of a check may have found, for those who say it in other words than `found` and `todo`. Each has its own `about`:
 * `domain`, `identity` and `set` are names, `count` is how many.
 */
export const FINDING_CODES = [
  'SES_UNASKED',
  'NO_IDENTITY',
  'VERIFIED',
  'NOT_VERIFIED',
  'DKIM_SIGNS',
  'DKIM_SHORT_KEY',
  'DKIM_OFF',
  'DKIM_PENDING',
  'DKIM_FAILED',
  'DKIM_TEMPORARY_FAILURE',
  'DKIM_NOT_STARTED',
  'CNAMES_OWN_KEYS',
  'CNAMES_NO_TOKENS',
  'CNAMES_RIGHT',
  'CNAMES_LACKING',
  'CNAMES_UNASKED',
  'SPF_OK',
  'SPF_ADVICE',
  'SPF_NO_SES',
  'SPF_BROKEN',
  'SPF_SEVERAL',
  'SPF_MISSING',
  'SPF_UNASKED',
  'SPF_OTHER_BROKEN',
  'DMARC_OK',
  'DMARC_ADVICE',
  'DMARC_BROKEN',
  'DMARC_SEVERAL',
  'DMARC_MISSING',
  'DMARC_UNASKED',
  'ALIGNED_BOTH',
  'ALIGNED_DKIM',
  'ALIGNED_SPF',
  'ALIGNED_NONE',
  'ALIGNED_SPLIT',
  'ALIGNMENT_UNASKED',
  'MAIL_FROM_NONE',
  'MAIL_FROM_MX_RIGHT',
  'MAIL_FROM_MX_UNASKED',
  'MAIL_FROM_MX_MISSING',
  'MAIL_FROM_MX_SEVERAL',
  'MAIL_FROM_MX_OTHER',
  'MAIL_FROM_SPF',
  'MAIL_FROM_USED',
  'MAIL_FROM_PENDING',
  'MAIL_FROM_FAILED',
  'MAIL_FROM_TEMPORARY_FAILURE',
  'SET_NONE',
  'SET_UNKNOWN',
  'TLS_REQUIRED',
  'TLS_OPTIONAL',
  'EVENTS_ALL',
  'EVENTS_LACKING',
  'SET_PAUSED',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** One thing that was found. */
export interface Finding {
  readonly code: FindingCode;
  readonly about: About;
}

/** An item as a check of this version makes it. */
export type FoundItem = DomainItem & { readonly findings: readonly Finding[] };

export function finding(code: FindingCode, about: About = {}): readonly Finding[] {
  return [{ code, about }];
}
