import { z } from 'zod';

const Name = z.string();

/** What became of one signature, or of SPF, before alignment. */
const AuthResult = z.object({ domain: Name, result: Name });

/** Messages that are alike: one source, one result. */
const ReportRecord = z.object({
  /** IPv4, or IPv6 in its shortest form (RFC 5952). */
  ip: z.string(),
  count: z.int().nonnegative(),
  /** What the receiver did; `pass` is RFC 9990's word for a message that passed. */
  disposition: z.enum(['none', 'quarantine', 'reject', 'pass']),
  /** By DMARC: passed and aligned. */
  dkimAligned: z.boolean(),
  spfAligned: z.boolean(),
  /** Why the receiver did something else than the policy says, such as `forwarded` or `mailing_list`. */
  overrides: z.array(Name),
  headerFrom: Name,
  /** Only its domain. */
  envelopeFrom: Name.nullable(),
  dkim: z.array(AuthResult.extend({ selector: Name.nullable() })),
  spf: z.array(AuthResult),
});
export type ReportRecord = z.output<typeof ReportRecord>;

const PolicyWord = z.enum(['none', 'quarantine', 'reject']);

/** The policy as the reporter found it in DNS; null for what the report does not say. */
const PublishedPolicy = z.object({
  p: PolicyWord.nullable(),
  sp: PolicyWord.nullable(),
  /** For names that do not exist (RFC 9989). */
  np: PolicyWord.nullable(),
  /** Percent of messages that the policy is for; RFC 9989 has it no more. */
  pct: z.int().min(0).max(100).nullable(),
  /** `t=y` (RFC 9989): the next weaker policy is applied. */
  testing: z.boolean().nullable(),
  adkim: z.enum(['r', 's']).nullable(),
  aspf: z.enum(['r', 's']).nullable(),
});
export type PublishedPolicy = z.output<typeof PublishedPolicy>;

/** An aggregate report (RFC 7489, Appendix C; RFC 9990), as it is kept: one line of a file, or one row of a table. */
export const AggregateReport = z.object({
  /** Who reports, under which id, on which domain and time, hashed: two reports with one key are one. */
  key: z.string().regex(/^[0-9a-f]{32}$/),
  /** `YYYY-MM` in UTC, in which the middle of its time is. */
  month: z.string().regex(/^\d{4}-\d\d$/),
  domain: z.string(),
  organisation: z.string(),
  email: z.string().nullable(),
  reportId: z.string(),
  /** ISO 8601 in UTC. */
  begin: z.iso.datetime(),
  end: z.iso.datetime(),
  policy: PublishedPolicy,
  records: z.array(ReportRecord),
});
export type AggregateReport = z.output<typeof AggregateReport>;
