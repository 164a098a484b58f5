import { SQS_RECEIVERS, SQS_VISIBILITY_SECONDS, SQS_WAIT_SECONDS } from '../config/limits.ts';
import type { Config } from '../config/schema.ts';
import { isAws } from '../config/url.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Meter } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import type { Client } from '../desk/client.ts';
import { Intake } from '../feedback/intake.ts';
import { meteredBook } from '../feedback/metered-book.ts';
import { SqsQueue } from '../feedback/sqs-queue.ts';
import { SqsSource } from '../feedback/sqs-source.ts';
import { OUTBOX_FULL_ENTRIES } from '../log/outbox.ts';
import { closing, SANDBOX_CREDENTIALS, SANDBOX_REGION } from './wire.ts';

/** The role `feedback`: reads SES's events, where there is a queue that they come to. */
export function buildFeedback(
  config: Config,
  client: Client,
  queueUrl: string | null,
  logger: Logger,
  meter: Meter,
): Service[] {
  // A sandbox of our own that was started without events has none to miss.
  const isOwnSandbox = config.ses.kind === 'sandbox' && config.ses.endpoint === null;
  if (queueUrl === null && (isOwnSandbox || config.feedback.snsTopics.length > 0)) return [];
  if (queueUrl === null) {
    logger.warn(
      "SLUICE_SQS_URL is not set: SES's events are not read, so nobody hears of bounces, and what comes into doubt waits for an operator",
    );
    return [];
  }
  const { reading } = client;
  const { sqsEndpoint: endpoint } = config.feedback;
  // A stand-in beside the sandbox takes any credentials, as the sandbox does; a queue at AWS takes its own.
  const isStandIn = config.ses.kind === 'sandbox' && !isAws(endpoint ?? queueUrl);
  const region = isStandIn ? SANDBOX_REGION : config.ses.region;
  const doubtQuarter = Math.max(1, Math.floor(config.send.doubtMs / 4_000));
  const queue = new SqsQueue({
    queueUrl,
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    ...(isStandIn ? { credentials: SANDBOX_CREDENTIALS } : {}),
    // An empty queue is evidence about who is in doubt, and so is an event that a reader had in hand when it died: both
    // must be there well before doubt is decided.
    waitSeconds: Math.min(SQS_WAIT_SECONDS, doubtQuarter),
    visibilitySeconds: Math.min(SQS_VISIBILITY_SECONDS, doubtQuarter),
    receivers: SQS_RECEIVERS,
  });
  const source = new SqsSource({
    queue,
    intake: new Intake({
      book: meteredBook(client.feedback, meter, systemClock),
      reading,
      dead: client.deadLetters,
      clock: systemClock,
      logger,
      source: 'sqs',
    }),
    reading,
    clock: systemClock,
    logger,
    random: Math.random,
    receivers: SQS_RECEIVERS,
    backlogMax: OUTBOX_FULL_ENTRIES,
  });
  return [closing(queue), source];
}
