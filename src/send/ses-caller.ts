import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { accessConfig, CONNECT_MS, property, type SesAccess } from './ses-client.ts';

const ANSWER_MS = 15_000;
/*
 * After how long a call is made again: all of them can be, with the same result. For what a moment mends, and for calls
 * that were throttled, which takes patience: a minute and a half together.
 */
const FAILED_WAITS_MS = [500, 2_000];
const THROTTLED_WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000];
/** SES lets these calls in once a second. Who has been throttled once keeps to that, and is not throttled again. */
const SPACING_MS = 1_100;

export interface SesCallerOptions extends SesAccess {
  readonly clock: Clock;
  /** Code of the fault that a call ends in which has no answer. */
  readonly code: string;
}

/** Makes calls of SES's API that look after the account, and send nothing: with patience, and faults in plain English. */
export class SesCaller {
  readonly client: SESv2Client;
  readonly #clock: Clock;
  readonly #code: string;
  readonly #closing = new AbortController();
  #wasThrottled = false;
  #nextCallMs = 0;

  constructor(options: SesCallerOptions) {
    this.#clock = options.clock;
    this.#code = options.code;
    this.client = new SESv2Client({
      ...accessConfig(options),
      // The SDK's own retries are not long enough for calls that are let in once a second.
      maxAttempts: 1,
      retryMode: 'standard',
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: ANSWER_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  /**
   * @param permission that the call needs, such as `ses:GetEmailIdentity`
   * @param ask makes the call; called again after what passes
   * @throws Fault with the code that was given; its cause is what the SDK threw
   */
  async call<T>(permission: string, ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      await this.#turn();
      try {
        return await ask();
      } catch (thrown) {
        const waitMs = waitsAfter(thrown)[attempt];
        if (waitMs === undefined || this.#closing.signal.aborted)
          throw new Fault(this.#code, sentenceFor(thrown, permission), { cause: thrown });
        this.#wasThrottled ||= isThrottled(thrown);
        await this.#clock.sleep(waitMs, this.#closing.signal);
      }
    }
  }

  /** As `call`; null where SES has no such thing. */
  orNull<T>(permission: string, ask: () => Promise<T>): Promise<T | null> {
    return this.call(permission, async () => {
      try {
        return await ask();
      } catch (thrown) {
        if (nameOf(thrown) === 'NotFoundException') return null;
        throw thrown;
      }
    });
  }

  /** Whoever waits for his next try waits no longer, and has his last one. */
  close(): void {
    this.#closing.abort();
    this.client.destroy();
  }

  /** Where SES has throttled, calls begin at least so long one after the other. */
  async #turn(): Promise<void> {
    const waitMs = this.#wasThrottled ? this.#nextCallMs - this.#clock.now() : 0;
    if (waitMs > 0) await this.#clock.sleep(waitMs, this.#closing.signal);
    this.#nextCallMs = this.#clock.now() + SPACING_MS;
  }
}

export function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'UnknownError';
}

function waitsAfter(thrown: unknown): readonly number[] {
  if (isThrottled(thrown)) return THROTTLED_WAITS_MS;
  return isPassing(thrown) ? FAILED_WAITS_MS : [];
}

/** The network, a 5xx, or a clock that is off, which the SDK corrects by the answer. */
function isPassing(thrown: unknown): boolean {
  const code = property(thrown, 'code');
  if (nameOf(thrown) === 'TimeoutError' || (typeof code === 'string' && /^E[A-Z_]+$/.test(code))) return true;
  if (/Signature|Skewed/.test(nameOf(thrown))) return /expired|not yet current|skew/i.test(messageOf(thrown));
  // Two who change the same thing at a time.
  if (nameOf(thrown) === 'ConcurrentModificationException') return true;
  return statusOf(thrown) >= 500;
}

function isThrottled(thrown: unknown): boolean {
  return statusOf(thrown) === 429 || /^(TooManyRequests|Throttling)/.test(nameOf(thrown));
}

/** One line: what was wrong, and what to do. */
function sentenceFor(cause: unknown, permission: string): string {
  const name = nameOf(cause);
  const said = `${name}: ${messageOf(cause)}`;
  if (/credential/i.test(name))
    return `there are no AWS credentials: give the SDK some (a role, a profile, AWS_ACCESS_KEY_ID) that allow ${permission}`;
  if (/region is missing/i.test(said)) return 'there is no AWS region: set AWS_REGION';
  if (/AccessDenied|UnrecognizedClient|InvalidClientTokenId|Signature|ExpiredToken/i.test(name))
    return `SES does not let us in (${said}): check the credentials, and that they allow ${permission}`;
  if (isThrottled(cause))
    return `SES has throttled ${permission} for too long (${said}): try again later, when nobody else makes such calls`;
  if (name === 'LimitExceededException')
    return `SES has no room for more (${permission}: ${said}): remove what nobody needs, or ask AWS for more`;
  if (/^(BadRequest|AlreadyExists|NotFound|Conflict)/.test(name))
    return `SES refuses ${permission} (${said}): correct what was asked for`;
  return `SES does not answer ${permission} (${said}): check network and endpoint, and try again`;
}

/** 0 where there was no answer. */
function statusOf(thrown: unknown): number {
  const status = property(property(thrown, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : 0;
}
