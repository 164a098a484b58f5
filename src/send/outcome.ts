import type { BulkAnswer, CallFailure, EntryResult, SingleAnswer } from './transport.ts';

/**
 * The ladder of SES's answers: what follows, for one entry or for a whole call, from what SES said or did not say.
 *
 *   accepted   SES has the mail and gave it an id                                                 final
 *   reject     SES will not take this mail: this recipient, or its content                        final
 *   doubt      the mail may be on its way and no answer says so: never sent again without evidence
 *   retry      nothing was sent: put back, and try again after `retryWaitMs`. Whoever failed `triesMax` times is
 *              rejected; null: as often as it takes, since it says nothing of the recipient
 *   hold       nothing was sent, and nothing will be for a while: the campaign is held, and looked at again after
 *              `waitMs`
 *   stop       nothing was sent, and nothing will be until somebody mends something: the campaign is held for an
 *              operator, with the code and SES's words; `resume` goes on where it was
 *   split      the call was refused for the sake of some entry that SES does not name: halve it, until that one is
 *              alone and can be rejected
 */
export type Outcome =
  | { readonly kind: 'accepted'; readonly messageId: string }
  | { readonly kind: 'reject'; readonly code: string; readonly reason: string }
  | { readonly kind: 'doubt'; readonly reason: string }
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly reason: string;
      readonly triesMax: number | null;
    }
  | { readonly kind: 'hold'; readonly code: HoldCode; readonly reason: string; readonly waitMs: number }
  | { readonly kind: 'stop'; readonly code: StopCode; readonly reason: string }
  | { readonly kind: 'split'; readonly reason: string };

export type HoldCode = 'SES_QUOTA' | 'SES_PAUSED' | 'SES_CREDENTIALS';
export type StopCode =
  | 'SES_SUSPENDED'
  | 'SES_IDENTITY'
  | 'SES_CONFIGURATION'
  | 'SES_ACCESS'
  | 'SES_REFUSED'
  | 'SES_CLIENT';

export type EntryOutcome = Exclude<Outcome, { kind: 'split' }>;
export type CallOutcome = Exclude<Outcome, { kind: 'accepted' }>;

/** One outcome for each entry, in order; or one for all of them. */
export type CallVerdict =
  | { readonly kind: 'entries'; readonly outcomes: readonly EntryOutcome[] }
  | { readonly kind: 'call'; readonly outcome: CallOutcome };

/** What SES may mean, in whatever words. */
type Meaning =
  | 'throttled'
  | 'again'
  | 'transient'
  | 'quota'
  | 'paused'
  | 'credentials'
  | 'suspended'
  | 'identity'
  | 'configuration'
  | 'access'
  | 'content';

/**
 * Statuses of an entry, in both spellings of SES's documentation (the API model's and the prose's). They are compared
 * without underscores and case, so that the older API's spelling (`AccountThrottled`) is known as well.
 */
const STATUS_MEANINGS = table<Meaning>({
  MESSAGE_REJECTED: 'content',
  INVALID_PARAMETER: 'content',
  INVALID_PARAMETER_VALUE: 'content',
  ACCOUNT_THROTTLED: 'throttled',
  TRANSIENT_FAILURE: 'transient',
  FAILED: 'transient',
  ACCOUNT_DAILY_QUOTA_EXCEEDED: 'quota',
  ACCOUNT_SENDING_PAUSED: 'paused',
  CONFIGURATION_SET_SENDING_PAUSED: 'paused',
  ACCOUNT_SUSPENDED: 'suspended',
  MAIL_FROM_DOMAIN_NOT_VERIFIED: 'identity',
  CONFIGURATION_SET_NOT_FOUND: 'configuration',
  CONFIGURATION_SET_DOES_NOT_EXIST: 'configuration',
  TEMPLATE_NOT_FOUND: 'configuration',
  TEMPLATE_DOES_NOT_EXIST: 'configuration',
  INVALID_SENDING_POOL_NAME: 'configuration',
});

/**
 * Exceptions of SendBulkEmail and SendEmail, and those that every AWS service may throw ("Common Errors" in the API
 * reference), without their suffix `Exception`, which comes and goes between services.
 */
const EXCEPTION_MEANINGS = table<Meaning>({
  BadRequest: 'content',
  MessageRejected: 'content',
  Validation: 'content',
  ValidationError: 'content',
  Serialization: 'content',
  InvalidParameterValue: 'content',
  InvalidParameterCombination: 'content',
  MissingParameter: 'content',
  RequestEntityTooLarge: 'content',
  TooManyRequests: 'throttled',
  Throttling: 'throttled',
  Throttled: 'throttled',
  RequestThrottled: 'throttled',
  RequestLimitExceeded: 'throttled',
  Conflict: 'again',
  RequestTimeTooSkewed: 'again',
  RequestExpired: 'again',
  LimitExceeded: 'quota',
  SendingPaused: 'paused',
  AccountSendingPaused: 'paused',
  ConfigurationSetSendingPaused: 'paused',
  ExpiredToken: 'credentials',
  TokenRefreshRequired: 'credentials',
  AccountSuspended: 'suspended',
  MailFromDomainNotVerified: 'identity',
  FromEmailAddressNotVerified: 'identity',
  NotFound: 'configuration',
  ConfigurationSetDoesNotExist: 'configuration',
  TemplateDoesNotExist: 'configuration',
  InvalidSendingPoolName: 'configuration',
  AccessDenied: 'access',
  NotAuthorized: 'access',
  OptInRequired: 'access',
  UnrecognizedClient: 'access',
  InvalidClientTokenId: 'access',
  InvalidAccessKeyId: 'access',
  MissingAuthenticationToken: 'access',
  IncompleteSignature: 'access',
  InvalidSignature: 'access',
  SignatureDoesNotMatch: 'access',
});

/** Where SES's words say more than the name: the first that fits counts. */
const TEXT_MEANINGS: readonly { readonly of: Meaning; readonly text: RegExp; readonly is: Meaning }[] = [
  // A sender that is not verified comes as a rejected message. Taken at its word it would reject the whole audience.
  { of: 'content', text: /not verified/i, is: 'identity' },
  { of: 'content', text: /configuration set|sending pool/i, is: 'configuration' },
  { of: 'throttled', text: /daily (message|sending) quota/i, is: 'quota' },
  { of: 'access', text: /signature (has )?expired|not yet current|must be within|too skewed/i, is: 'again' },
];

/** How often a single recipient may fail for reasons of SES's own. */
export const TRANSIENT_TRIES_MAX = 10;
/** A 24-hour window moves on by the minute; asking more often than this finds little room. */
const QUOTA_RECHECK_MS = 10 * 60_000;
/** Somebody paused it, and somebody will lift it: soon enough afterwards the campaign goes on by itself. */
const PAUSE_RECHECK_MS = 5 * 60_000;
const CREDENTIALS_RECHECK_MS = 60_000;
const RETRY_WAIT_MS_MIN = 1_000;
const RETRY_WAIT_MS_MAX = 60_000;
/** SES's words go into logs and receipts; this much of them says everything. */
const REASON_CHARS_MAX = 500;

/** What follows from an answer to a call with so many entries. */
export function judgeCall(answer: BulkAnswer, entries: number): CallVerdict {
  if (answer.kind === 'failure') return { kind: 'call', outcome: judgeFailure(answer.failure, entries) };
  const { results } = answer;
  if (results.length !== entries) {
    return { kind: 'call', outcome: doubt(`SES gave ${results.length} results for ${entries} entries`) };
  }
  return { kind: 'entries', outcomes: results.map(judgeEntry) };
}

/** What follows from an answer to a call with one recipient. */
export function judgeSingle(answer: SingleAnswer): CallVerdict {
  if (answer.kind === 'accepted') return { kind: 'entries', outcomes: [answer] };
  return { kind: 'call', outcome: judgeFailure(answer.failure, 1) };
}

/**
 * How long to wait before the next try: twice as long after every failure, up to a minute. Half of it is chance, so
 * that those who failed together do not come back together.
 *
 * @param tries failures before this one, from 0
 * @param random from 0 to 1
 */
export function retryWaitMs(tries: number, random: () => number): number {
  const full = Math.min(RETRY_WAIT_MS_MAX, RETRY_WAIT_MS_MIN * 2 ** Math.max(0, tries));
  return Math.round(full / 2 + (full / 2) * random());
}

function judgeEntry(result: EntryResult): EntryOutcome {
  const { status, error, messageId } = result;
  if (keyOf(status) === keyOf('SUCCESS')) {
    return messageId ? { kind: 'accepted', messageId } : doubt('SES said SUCCESS without a message id');
  }
  const text = `${status}${error ? `: ${error}` : ''}`;
  // An id says that there is a mail, whatever else the result says.
  if (messageId) return doubt(`SES gave a message id with ${text}`);
  const meaning = STATUS_MEANINGS.get(keyOf(status));
  if (!meaning) return doubt(`SES gave a result that is not known: ${text}`);
  return consequence(refine(meaning, text), status, text);
}

function judgeFailure(failure: CallFailure, entries: number): CallOutcome {
  const { name, message, httpStatus } = failure;
  const text = `${name}${message ? `: ${message}` : ''}`;
  if (httpStatus === null) {
    return failure.provablyUnsent ? judgeUnsent(name, text) : doubt(`no answer from SES: ${text}`);
  }
  if (httpStatus < 300) return doubt(`SES took the call and its answer cannot be read: ${text}`);
  const meaning = EXCEPTION_MEANINGS.get(keyOf(name.replace(/Exception$/, '')));
  const refined = meaning && refine(meaning, text);
  // A throttle turns a call away at the door, with whatever status. Any other failure of the server's may have come
  // after the mail was taken; so may the end of a connection that an intermediary gave up on (408).
  if (refined === 'throttled') return consequence(refined, name, text);
  if (httpStatus >= 500 || httpStatus === 408) return doubt(text);
  if (refined === 'content' || httpStatus === 413) return refusedForContent(name, text, entries);
  if (refined || httpStatus === 429) return consequence(refined ?? 'throttled', name, text);
  return stop('SES_REFUSED', `SES refused the call (HTTP ${httpStatus})`, text);
}

/** No connection was made, or the request was not even written. */
function judgeUnsent(name: string, text: string): CallOutcome {
  if (/credential|token/i.test(name)) return consequence('credentials', name, text);
  const network = /^E[A-Z]+(_[A-Z]+)*$/.test(name) || name === 'TimeoutError';
  if (!network) return stop('SES_CLIENT', 'The request could not be made', text);
  return { kind: 'retry', code: name, reason: clip(`SES cannot be reached: ${text}`), triesMax: null };
}

/** A bad request names no entry: with several of them it is one or all. */
function refusedForContent(name: string, text: string, entries: number): CallOutcome {
  if (entries > 1) return { kind: 'split', reason: clip(text) };
  return { kind: 'reject', code: name, reason: clip(text) };
}

function consequence(
  meaning: Meaning,
  code: string,
  text: string,
): Exclude<EntryOutcome, { kind: 'accepted' }> {
  const reason = clip(text);
  switch (meaning) {
    case 'content':
      return { kind: 'reject', code, reason };
    case 'throttled':
    case 'again':
      return { kind: 'retry', code, reason, triesMax: null };
    case 'transient':
      return { kind: 'retry', code, reason, triesMax: TRANSIENT_TRIES_MAX };
    case 'quota':
      return hold('SES_QUOTA', 'The 24-hour quota of the SES account is used up', text, QUOTA_RECHECK_MS);
    case 'paused':
      return hold('SES_PAUSED', 'Sending is paused in SES', text, PAUSE_RECHECK_MS);
    case 'credentials':
      return hold('SES_CREDENTIALS', 'There are no valid AWS credentials', text, CREDENTIALS_RECHECK_MS);
    case 'suspended':
      return stop('SES_SUSPENDED', 'AWS has suspended the SES account', text);
    case 'identity':
      return stop('SES_IDENTITY', 'SES has not verified an address or domain', text);
    case 'configuration':
      return stop('SES_CONFIGURATION', 'SES does not have what the call names', text);
    case 'access':
      return stop('SES_ACCESS', 'AWS does not allow the call with these credentials', text);
  }
}

function refine(meaning: Meaning, text: string): Meaning {
  return TEXT_MEANINGS.find((rule) => rule.of === meaning && rule.text.test(text))?.is ?? meaning;
}

function doubt(reason: string): { readonly kind: 'doubt'; readonly reason: string } {
  return { kind: 'doubt', reason: clip(reason) };
}

function hold(code: HoldCode, what: string, text: string, waitMs: number) {
  return { kind: 'hold', code, reason: clip(withoutAddresses(`${what} (${text})`)), waitMs } as const;
}

function stop(code: StopCode, what: string, text: string) {
  return { kind: 'stop', code, reason: clip(withoutAddresses(`${what} (${text})`)) } as const;
}

/** The reason of a hold is shown and logged far from the recipient's own row: local parts stay out of it. */
function withoutAddresses(text: string): string {
  return text.replaceAll(/[^\s<>()[\]:;,"']+@/g, '…@');
}

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= REASON_CHARS_MAX ? line : `${line.slice(0, REASON_CHARS_MAX - 1).toWellFormed()}…`;
}

function table<T>(entries: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(entries).map(([name, value]) => [keyOf(name), value]));
}

function keyOf(name: string): string {
  return name.replaceAll('_', '').toUpperCase();
}
