import type { AccessLimits } from './access.ts';
import type { StreamLimits } from './open-streams.ts';
import type { SilenceLimits } from './silence.ts';
import type { BodyLimits } from './slow-body.ts';

export interface ServerLimits extends BodyLimits, SilenceLimits, AccessLimits, StreamLimits {
  /** How often sockets are held against `requestMs`. */
  readonly checkMs: number;
  /** How long a stop waits for answers that are on their way. */
  readonly stopMs: number;
  /** How often the sessions that read event streams are looked up, since they may have been ended elsewhere. */
  readonly endedMs: number;
  /** How long an answer of `/readyz` counts. */
  readonly readyMs: number;
  /** Requests a minute of one address to public routes. */
  readonly perMinute: number;
  /** To the hook, where one address of SNS's brings the events of many mails. */
  readonly hookPerMinute: number;
  /** With one unsubscribe link. */
  readonly linkPerMinute: number;
}

export const SERVER_LIMITS: ServerLimits = {
  requestMs: 10_000,
  stallMs: 30_000,
  silentMs: 600_000,
  checkMs: 1_000,
  stopMs: 10_000,
  endedMs: 2_000,
  readyMs: 1_000,
  perMinute: 300,
  hookPerMinute: 60_000,
  linkPerMinute: 30,
  failuresPerMinute: 20,
  guessesPerMinute: 300,
  streams: 500,
  streamsPerCaller: 50,
  heartbeatMs: 15_000,
};

/** Longer than the 60 seconds after which load balancers usually drop an idle connection, so that they are the first. */
export const KEEP_ALIVE_MS = 65_000;
/** An upload may take long, and not for ever. */
export const UPLOAD_MS_MAX = 3_600_000;
/** A token has 732 characters at the most. */
export const PARAMETER_CHARACTERS_MAX = 800;
/** Addresses and links of which requests are counted, each some hundred bytes. */
export const COUNTED_MAX = 20_000;
/** Of public routes. */
export const PUBLIC_BODY_BYTES_MAX = 16_384;
/** Of private routes that name none: a campaign without its recipients. */
export const PRIVATE_BODY_BYTES_MAX = 1_048_576;
export const SOCKETS_MAX = 10_000;
