import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Meter } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { OUTBOX_HOLD_ENTRIES } from '../log/outbox.ts';
import { BatchWorker } from '../queue/batch-worker.ts';
import { Mailings } from '../queue/mailings.ts';
import { Deliverer } from '../send/deliver.ts';
import { Ledger } from '../send/ledger.ts';
import { meteredTurnstile } from '../send/metered-turnstile.ts';
import { Permits } from '../send/permits.ts';
import { RestartGate } from '../send/restart-gate.ts';
import { Turnstile } from '../send/turnstile.ts';
import type { Sending } from './wire-sending.ts';

/** Jobs that a process works at for each call in flight: while one is answered another waits for its turn. */
const JOBS_PER_CALL = 2;
/** Calls that are claimed for each in flight: a claim takes some milliseconds, in which a call would not be made. */
const CLAIMS_PER_CALL = 1.5;

/** The role `send`. */
export function buildSend(
  config: Config,
  client: Client,
  sending: Sending,
  logger: Logger,
  meter: Meter,
): Service {
  const { redis, keys, campaigns, profiles, traces } = client;
  const { transport, accountPerSecond, strategy, pace, limits, links } = sending;
  const { concurrency } = config.send;
  const clock = systemClock;
  const deliverer = new Deliverer({
    ledger: new Ledger(redis, keys, OUTBOX_HOLD_ENTRIES, new RestartGate(redis, keys, clock, logger)),
    pace,
    turnstile: meteredTurnstile(
      new Turnstile({ pace, clock, accountPerSecond, limitsOf: (mailing) => limits.of(mailing) }),
      meter,
      clock,
    ),
    limits,
    transport,
    strategy,
    claims: new Permits(Math.ceil(concurrency * CLAIMS_PER_CALL)),
    clock,
    logger,
    random: Math.random,
    claimNumber: claimNumbers(clock),
    accountPerSecond,
    links,
    meter,
    ...(traces ? { tracing: traces.tracing } : {}),
  });
  return new BatchWorker({
    redis,
    prefix: config.redis.prefix,
    campaigns,
    mailings: new Mailings(campaigns, profiles),
    deliverer,
    clock,
    logger,
    concurrency: concurrency * JOBS_PER_CALL,
    lockMs: config.queue.lockMs,
    meter,
    telemetry: traces?.telemetry,
  });
}

/**
 * A prefix that no other process has, a count, and the minute: unique for ever, and known before Redis is asked. The
 * minute says with which others a claim is compared, should it come into doubt.
 */
function claimNumbers(clock: Clock): () => string {
  const process = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${process}-${count.toString(36)}-${Math.floor(clock.now() / 60_000).toString(36)}`;
  };
}
