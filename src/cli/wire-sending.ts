import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Meter } from '../core/meter.ts';
import { type Service, Services } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { AccountRate } from '../send/account.ts';
import { meteredTransport } from '../send/metered-transport.ts';
import { Pace } from '../send/pace.ts';
import { SendingLimits } from '../send/sending-limits.ts';
import { createLeanTransport } from '../send/ses-lean.ts';
import { createSdkTransport } from '../send/ses-sdk.ts';
import { Strategy } from '../send/strategy.ts';
import { createSealer } from '../send/token.ts';
import { tracedTransport } from '../send/traced-transport.ts';
import type { SesTransport } from '../send/transport.ts';
import { type UnsubscribeLinks, unsubscribeLinks } from '../send/unsubscribe.ts';
import { closing, type SesPlace, sesAccess } from './wire.ts';

/** What everybody shares who sends, or has to know how fast others do. */
export interface Sending {
  readonly transport: SesTransport;
  readonly account: AccountRate;
  readonly strategy: Strategy;
  readonly pace: Pace;
  readonly limits: SendingLimits;
  /** Recipients a second that the account allows, or less while SES's events are late. */
  readonly accountPerSecond: () => number;
  readonly links: UnsubscribeLinks | null;
  /** Starts and stops all of it. */
  readonly service: Service;
}

const SES_TIMEOUT_MS = 30_000;

export function buildSending(
  config: Config,
  client: Client,
  ses: SesPlace,
  logger: Logger,
  meter: Meter,
): Sending {
  const clock = systemClock;
  const createTransport = config.ses.transport === 'sdk' ? createSdkTransport : createLeanTransport;
  const metered = meteredTransport(
    createTransport({
      clock,
      concurrency: config.send.concurrency,
      timeoutMs: SES_TIMEOUT_MS,
      ...sesAccess(config, ses.endpoint),
    }),
    meter,
    clock,
  );
  const transport = client.traces ? tracedTransport(metered, client.traces.tracing) : metered;
  const account = new AccountRate(
    transport,
    clock,
    logger,
    config.send.perSecondMax ?? Number.POSITIVE_INFINITY,
    client.account,
  );
  const limits = new SendingLimits({
    warmUps: client.warmUps,
    projects: client.projects,
    feedbackLagMs: () => client.reading.lagMs(),
    doubtMs: config.send.doubtMs,
    clock,
    logger,
    perDayMax: config.send.perDayMax,
    perMonthMax: config.send.perMonthMax,
    accountPerDay: () => account.perDay(),
  });
  return {
    transport,
    account,
    strategy: new Strategy(config.ses.strategy, clock),
    pace: new Pace(client.redis, client.keys),
    limits,
    accountPerSecond: () => account.perSecond() * limits.accountShare(),
    links: linksOf(config),
    service: new Services([closing(transport), account, limits]),
  };
}

function linksOf(config: Config): UnsubscribeLinks | null {
  const { publicUrl, secrets } = config.unsubscribe;
  return publicUrl === null || secrets.length === 0
    ? null
    : unsubscribeLinks(publicUrl, createSealer(secrets));
}
