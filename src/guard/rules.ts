/**
 * The figures of the guard's rules; judge.lua has the rules themselves. SES reviews an account at 5 % of bounces and 0.1 % of
 * complaints ("Amazon SES sending review process FAQs"), so that is where campaigns stop where nobody says otherwise.
 */
export const GUARD_RULES = {
  /** Limits where neither the campaign nor its project has one: shares of mails that SES took. */
  bounceRate: 0.05,
  complaintRate: 0.001,
  /** Fewer sends in the last hour are not judged. */
  hourSendsMin: 10_000,
  /**
   * A campaign's own rate, and that of the last seven days, are judged when so many bounces or complaints would be expected at
   * the limit: 200 mails at 5 %, 10,000 at 0.1 %. One bounce among the first ten mails says nothing.
   */
  expectedMin: 10,
  /**
   * Share of a domain's mail at Gmail that was called spam, of one day: campaigns are held at 0.3 % and warned of at 0.1 %, which are the
   * figures of Google's "Email sender guidelines" (keep it below 0.1 %, never reach 0.3 %).
   */
  spamRate: 0.003,
  spamWarnRate: 0.001,
  /** A figure of an earlier day counts no more. */
  spamDays: 7,
  /** Share of a limit from which on somebody is told. */
  warnShare: 0.8,
} as const;

export type GuardRules = { readonly [Name in keyof typeof GUARD_RULES]: number };
