import { BulkEmailStatus } from '@aws-sdk/client-sesv2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeCall, type Outcome, retryWaitMs, TRANSIENT_TRIES_MAX } from '../../src/send/outcome.ts';
import type { CallFailure, EntryResult } from '../../src/send/transport.ts';

type Expected = Partial<Record<'kind' | 'code', string>> & { triesMax?: number | null; waitMs?: unknown };

const reject = (code: string): Expected => ({ kind: 'reject', code });
const retry = (code: string, triesMax: number | null = null): Expected => ({ kind: 'retry', code, triesMax });
const hold = (code: string): Expected => ({ kind: 'hold', code, waitMs: expect.any(Number) });
const stop = (code: string): Expected => ({ kind: 'stop', code });
const doubt: Expected = { kind: 'doubt' };
const split: Expected = { kind: 'split' };

function judgeEntry(result: Partial<EntryResult>): Outcome | undefined {
  const verdict = judgeCall(
    { kind: 'results', results: [{ status: '', error: null, messageId: null, ...result }] },
    1,
  );
  return verdict.kind === 'entries' ? verdict.outcomes[0] : undefined;
}

function judgeFailure(failure: Partial<CallFailure>, entries: number): Outcome | undefined {
  const whole = { name: 'Error', message: '', httpStatus: null, provablyUnsent: false, ...failure };
  const verdict = judgeCall({ kind: 'failure', failure: whole }, entries);
  return verdict.kind === 'call' ? verdict.outcome : undefined;
}

describe('the status of an entry', () => {
  const statuses: readonly [string, Expected][] = [
    ['MESSAGE_REJECTED', reject('MESSAGE_REJECTED')],
    ['INVALID_PARAMETER', reject('INVALID_PARAMETER')],
    ['INVALID_PARAMETER_VALUE', reject('INVALID_PARAMETER_VALUE')],
    ['ACCOUNT_THROTTLED', retry('ACCOUNT_THROTTLED')],
    ['TRANSIENT_FAILURE', retry('TRANSIENT_FAILURE', TRANSIENT_TRIES_MAX)],
    ['FAILED', retry('FAILED', TRANSIENT_TRIES_MAX)],
    ['ACCOUNT_DAILY_QUOTA_EXCEEDED', hold('SES_QUOTA')],
    ['ACCOUNT_SENDING_PAUSED', hold('SES_PAUSED')],
    ['CONFIGURATION_SET_SENDING_PAUSED', hold('SES_PAUSED')],
    ['ACCOUNT_SUSPENDED', stop('SES_SUSPENDED')],
    ['MAIL_FROM_DOMAIN_NOT_VERIFIED', stop('SES_IDENTITY')],
    ['CONFIGURATION_SET_NOT_FOUND', stop('SES_CONFIGURATION')],
    ['CONFIGURATION_SET_DOES_NOT_EXIST', stop('SES_CONFIGURATION')],
    ['TEMPLATE_NOT_FOUND', stop('SES_CONFIGURATION')],
    ['TEMPLATE_DOES_NOT_EXIST', stop('SES_CONFIGURATION')],
    ['INVALID_SENDING_POOL_NAME', stop('SES_CONFIGURATION')],
    ['AccountThrottled', retry('AccountThrottled')],
    ['MessageRejected', reject('MessageRejected')],
  ];

  test.each(statuses)('%s leads to %o', (status, expected) => {
    expect(judgeEntry({ status, error: 'SES says so' })).toMatchObject(expected);
  });

  test('is in the table for every one that the SDK knows', () => {
    const known = new Set(statuses.map(([status]) => status));
    expect(Object.values(BulkEmailStatus).filter((status) => !known.has(status))).toEqual(['SUCCESS']);
  });

  test.each(['SUCCESS', 'Success'])('%s with a message id is acceptance', (status) => {
    expect(judgeEntry({ status, messageId: 'id-1' })).toEqual({ kind: 'accepted', messageId: 'id-1' });
  });

  test('SUCCESS without a message id is doubt', () => {
    expect(judgeEntry({ status: 'SUCCESS' })).toMatchObject(doubt);
    expect(judgeEntry({ status: 'SUCCESS', messageId: '' })).toMatchObject(doubt);
  });

  test.each(['MESSAGE_REJECTED', 'TRANSIENT_FAILURE', 'SOMETHING_NEW', ''])(
    '%s with a message id is doubt: there is a mail',
    (status) => {
      expect(judgeEntry({ status, messageId: 'id-1' })).toMatchObject(doubt);
    },
  );

  test.each(['SOMETHING_NEW', '', 'constructor'])('%s, which nobody knows, is doubt', (status) => {
    expect(judgeEntry({ status })).toMatchObject(doubt);
  });

  test('a sender that is not verified stops the campaign instead of rejecting its audience', () => {
    const error =
      'Email address is not verified. The following identities failed the check in region EU-WEST-1: News <news@example.com>';
    const outcome = judgeEntry({ status: 'MESSAGE_REJECTED', error });
    expect(outcome).toMatchObject(stop('SES_IDENTITY'));
    expect(JSON.stringify(outcome)).not.toContain('news@');
    expect(JSON.stringify(outcome)).toContain('…@example.com');
  });

  test('SES’s words are the reason of a rejection', () => {
    expect(judgeEntry({ status: 'INVALID_PARAMETER', error: 'Domain\ncontains dot-dot' })).toEqual({
      kind: 'reject',
      code: 'INVALID_PARAMETER',
      reason: 'INVALID_PARAMETER: Domain contains dot-dot',
    });
  });
});

describe('an exception', () => {
  /** Name, HTTP status, what follows for one entry, what follows for fifty where that differs. */
  const exceptions: readonly [string, number, Expected, Expected?][] = [
    ['BadRequestException', 400, reject('BadRequestException'), split],
    ['MessageRejected', 400, reject('MessageRejected'), split],
    ['ValidationException', 400, reject('ValidationException'), split],
    ['ValidationError', 400, reject('ValidationError'), split],
    ['SerializationException', 400, reject('SerializationException'), split],
    ['RequestEntityTooLargeException', 413, reject('RequestEntityTooLargeException'), split],
    ['SyntaxError', 413, reject('SyntaxError'), split],
    ['TooManyRequestsException', 429, retry('TooManyRequestsException')],
    ['ThrottlingException', 400, retry('ThrottlingException')],
    ['Throttling', 400, retry('Throttling')],
    ['ThrottlingException', 503, retry('ThrottlingException')],
    ['RequestLimitExceeded', 503, retry('RequestLimitExceeded')],
    ['SyntaxError', 429, retry('SyntaxError')],
    ['ConflictException', 409, retry('ConflictException')],
    ['ConflictException', 500, doubt],
    ['BadRequestException', 429, reject('BadRequestException'), split],
    ['RequestTimeTooSkewed', 403, retry('RequestTimeTooSkewed')],
    ['RequestExpired', 400, retry('RequestExpired')],
    ['LimitExceededException', 400, hold('SES_QUOTA')],
    ['SendingPausedException', 400, hold('SES_PAUSED')],
    ['AccountSendingPausedException', 400, hold('SES_PAUSED')],
    ['ConfigurationSetSendingPausedException', 400, hold('SES_PAUSED')],
    ['ExpiredTokenException', 403, hold('SES_CREDENTIALS')],
    ['ExpiredToken', 400, hold('SES_CREDENTIALS')],
    ['AccountSuspendedException', 400, stop('SES_SUSPENDED')],
    ['MailFromDomainNotVerifiedException', 400, stop('SES_IDENTITY')],
    ['NotFoundException', 404, stop('SES_CONFIGURATION')],
    ['ConfigurationSetDoesNotExistException', 400, stop('SES_CONFIGURATION')],
    ['AccessDeniedException', 403, stop('SES_ACCESS')],
    ['NotAuthorized', 400, stop('SES_ACCESS')],
    ['OptInRequired', 403, stop('SES_ACCESS')],
    ['UnrecognizedClientException', 403, stop('SES_ACCESS')],
    ['InvalidClientTokenId', 403, stop('SES_ACCESS')],
    ['MissingAuthenticationTokenException', 403, stop('SES_ACCESS')],
    ['IncompleteSignatureException', 400, stop('SES_ACCESS')],
    ['SignatureDoesNotMatch', 403, stop('SES_ACCESS')],
    ['InvalidSignatureException', 403, stop('SES_ACCESS')],
    ['InternalServiceErrorException', 500, doubt],
    ['InternalFailure', 500, doubt],
    ['ConcurrentModificationException', 500, doubt],
    ['ServiceUnavailable', 503, doubt],
    ['BadRequestException', 500, doubt],
    ['SomethingNewException', 500, doubt],
    ['SyntaxError', 502, doubt],
    ['SyntaxError', 200, doubt],
    ['UnreadableAnswer', 200, doubt],
    ['RequestTimeoutException', 408, doubt],
    ['SomethingNewException', 400, stop('SES_REFUSED')],
    ['UnknownOperationException', 404, stop('SES_REFUSED')],
    ['SyntaxError', 403, stop('SES_REFUSED')],
    ['Unknown', 301, stop('SES_REFUSED')],
    ['constructor', 400, stop('SES_REFUSED')],
  ];

  test.each(exceptions)('%s with HTTP %i leads to %o', (name, httpStatus, forOne, forFifty = forOne) => {
    const failure = { name, message: 'SES says so', httpStatus };
    expect(judgeFailure(failure, 1)).toMatchObject(forOne);
    expect(judgeFailure(failure, 50)).toMatchObject(forFifty);
  });

  test.each<[string, number, string, Expected]>([
    ['ThrottlingException', 400, 'Daily message quota exceeded.', hold('SES_QUOTA')],
    ['TooManyRequestsException', 429, 'Maximum sending rate exceeded.', retry('TooManyRequestsException')],
    ['BadRequestException', 400, 'Configuration set <x> does not exist.', stop('SES_CONFIGURATION')],
    ['MessageRejected', 400, 'Email address is not verified. …', stop('SES_IDENTITY')],
    [
      'InvalidSignatureException',
      403,
      'Signature expired: 2026… is now earlier than …',
      retry('InvalidSignatureException'),
    ],
    ['InvalidSignatureException', 403, 'Signature not yet current: …', retry('InvalidSignatureException')],
    [
      'InvalidSignatureException',
      403,
      'The request signature we calculated does not match',
      stop('SES_ACCESS'),
    ],
  ])('%s with HTTP %i and the words "%s" leads to %o', (name, httpStatus, message, expected) => {
    expect(judgeFailure({ name, httpStatus, message }, 50)).toMatchObject(expected);
  });
});

describe('no answer', () => {
  test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError', 'Error', 'ECONNREFUSED'])(
    '%s is doubt where it may have been sent',
    (name) => {
      expect(judgeFailure({ name }, 50)).toMatchObject(doubt);
    },
  );

  test.each<[string, Expected]>([
    ['ECONNREFUSED', retry('ECONNREFUSED')],
    ['ENOTFOUND', retry('ENOTFOUND')],
    ['EAI_AGAIN', retry('EAI_AGAIN')],
    ['TimeoutError', retry('TimeoutError')],
    ['CredentialsProviderError', hold('SES_CREDENTIALS')],
    ['TokenProviderError', hold('SES_CREDENTIALS')],
    ['TypeError', stop('SES_CLIENT')],
    ['Error', stop('SES_CLIENT')],
  ])('%s, provably unsent, leads to %o', (name, expected) => {
    expect(judgeFailure({ name, provablyUnsent: true }, 50)).toMatchObject(expected);
  });

  test('results that are too few or too many leave every entry in doubt', () => {
    const results = [{ status: 'SUCCESS', error: null, messageId: 'id-1' }];
    expect(judgeCall({ kind: 'results', results }, 2)).toMatchObject({ kind: 'call', outcome: doubt });
    expect(judgeCall({ kind: 'results', results: [] }, 1)).toMatchObject({ kind: 'call', outcome: doubt });
  });
});

test('whatever SES says, nothing that may have been sent is put back', () => {
  const failure = fc.record({
    name: fc.oneof(
      fc.string(),
      fc.constantFrom('ECONNRESET', 'BadRequestException', 'SyntaxError', 'TimeoutError'),
    ),
    message: fc.string(),
    httpStatus: fc.option(fc.constantFrom(200, 202, 408, 500, 502, 503, 504)),
    provablyUnsent: fc.constant(false),
  });
  fc.assert(
    fc.property(failure, fc.integer({ min: 1, max: 50 }), (said, entries) => {
      expect(judgeFailure(said, entries)).toMatchObject(doubt);
    }),
  );
});

test('a reason is one line of bounded length, in whole characters', () => {
  const outcome = judgeEntry({ status: 'MESSAGE_REJECTED', error: `a\n${'😀'.repeat(1_000)}` });
  const reason = outcome?.kind === 'reject' ? outcome.reason : '';
  expect(reason.length).toBeLessThanOrEqual(500);
  expect(reason.isWellFormed()).toBe(true);
  expect(reason).not.toContain('\n');
});

describe('the wait before a retry', () => {
  test('doubles from one second to a minute, and at least half of it is certain', () => {
    const waits = [0, 1, 2, 5, 6, 7, 1_000].map((tries) => [
      retryWaitMs(tries, () => 0),
      retryWaitMs(tries, () => 1),
    ]);
    expect(waits).toEqual([
      [500, 1_000],
      [1_000, 2_000],
      [2_000, 4_000],
      [16_000, 32_000],
      [30_000, 60_000],
      [30_000, 60_000],
      [30_000, 60_000],
    ]);
  });
});
