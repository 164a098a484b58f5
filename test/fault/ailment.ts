import { between, pick, randomFor } from './random.ts';

/**
 * What goes wrong with a call to SES. `taken`: SES has the mail, and only its answer suffers; else there is no mail.
 *
 *   none      nothing
 *   delay     the request is looked at later, or its answer comes later
 *   reset     the connection is reset
 *   silence   no answer; the connection is reset after a while
 *   status    an HTTP status with an exception's name, or with a gateway's page
 *   garbage   a 200 that nobody can read
 *   partial   some entries fail, each in a way that proves that it was not sent
 */
export type Ailment =
  | { readonly kind: 'none' }
  | { readonly kind: 'delay'; readonly taken: boolean; readonly ms: number }
  | { readonly kind: 'reset'; readonly taken: boolean }
  | { readonly kind: 'silence'; readonly taken: boolean; readonly ms: number }
  | {
      readonly kind: 'status';
      readonly taken: boolean;
      readonly status: number;
      readonly name: string | null;
    }
  | { readonly kind: 'garbage'; readonly taken: boolean; readonly body: string }
  | { readonly kind: 'partial'; readonly share: number };

/** Longer than a client waits for an answer. */
const SILENCE_LONG_MS = 35_000;
const SILENCE_MS = 4_000;

/** What happens to the call with this number; a pure function of the seed. */
export function ailmentOf(seed: number, call: number): Ailment {
  const random = randomFor(seed, 'call', call);
  const taken = random() < 0.6;
  const kind = pick<Ailment['kind']>(random, [
    [80, 'none'],
    [6, 'delay'],
    [4, 'reset'],
    [1, 'silence'],
    [4, 'status'],
    [2, 'garbage'],
    [3, 'partial'],
  ]);
  switch (kind) {
    case 'none':
      return { kind };
    case 'delay':
      return { kind, taken, ms: between(random, 50, taken ? 1_500 : 3_000) };
    case 'reset':
      return { kind, taken };
    case 'silence':
      return { kind, taken, ms: random() < 0.1 ? SILENCE_LONG_MS : SILENCE_MS };
    case 'status':
      return { kind, ...statusOf(random, taken) };
    case 'garbage':
      return { kind, taken, body: pick(random, GARBAGE) };
    case 'partial':
      return { kind, share: 0.1 + random() * 0.6 };
  }
}

const GARBAGE = [
  [1, ''],
  [1, '<html><body>Service temporarily odd</body></html>'],
  [1, '{"BulkEmailEntryResults":['],
  [1, '{"BulkEmailEntryResults":[{"Status":"SUCCESS"}]}'],
  [1, '{"BulkEmailEntryResults":null}'],
  [1, '[]'],
] as const;

/** Only those that come from behind the door may come after the mail was taken. */
function statusOf(random: () => number, taken: boolean) {
  if (taken) {
    const [status, name] = pick<readonly [number, string | null]>(random, [
      [3, [500, 'InternalServiceErrorException']],
      [2, [502, null]],
      [2, [503, 'ServiceUnavailable']],
      [2, [504, null]],
    ]);
    return { taken, status, name };
  }
  const [status, name] = pick<readonly [number, string | null]>(random, [
    [5, [429, 'TooManyRequestsException']],
    [2, [400, 'ThrottlingException']],
    [1, [400, 'BadRequestException']],
    [2, [500, 'InternalServiceErrorException']],
    [1, [503, null]],
    [1, [403, 'InvalidSignatureException']],
  ]);
  return { taken, status, name };
}

/** What becomes of an event between SES and its reader; a pure function of the seed. */
export interface EventFate {
  readonly copies: 0 | 1 | 2;
  /** For each copy, when it arrives. */
  readonly delaysMs: readonly [number, number];
}

/** The longest of them, the fence, and a reader's silence together stay below half of the time that doubt waits. */
const EVENT_DELAY_MS_MAX = 1_500;

/** @param dropShare of events that never come, from 0 to 1 */
export function fateOf(seed: number, event: number, dropShare: number): EventFate {
  const random = randomFor(seed, 'event', event);
  const delay = () => (random() < 0.7 ? between(random, 0, 100) : between(random, 100, EVENT_DELAY_MS_MAX));
  const copies = random() < dropShare ? 0 : random() < 0.1 ? 2 : 1;
  return { copies, delaysMs: [delay(), delay()] };
}
