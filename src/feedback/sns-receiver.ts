import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Intake } from './intake.ts';
import type { ReadingBook } from './reading.ts';
import type { SnsCertificates } from './sns-certificate.ts';
import type { Fetcher } from './sns-fetch.ts';
import { isSigned, readSnsMessage, type SnsMessage } from './sns-message.ts';
import { certificateUrl, confirmationUrl, type IsSnsHost } from './sns-place.ts';

export interface SnsReceiverParts {
  /** ARNs of the topics that are believed. */
  readonly topics: readonly string[];
  readonly intake: Intake;
  readonly reading: ReadingBook;
  readonly certificates: SnsCertificates;
  readonly fetch: Fetcher;
  /** `isSnsHost`, but in tests. */
  readonly isHost: IsSnsHost;
  readonly logger: Logger;
  /** Outbox entries from which on nothing more is taken in: SNS keeps it and comes again. */
  readonly backlogMax: number;
}

/**
 * What becomes of a message. SNS comes again with one that is put `off` (429 and 5xx), and never with one that is
 * `refused` (the other 4xx).
 */
export type SnsAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'off'; readonly reason: string };

/** Believes nothing but what SNS signed for an allowed topic, and takes SES's events out of it. */
export class SnsReceiver {
  readonly #parts: SnsReceiverParts;

  constructor(parts: SnsReceiverParts) {
    this.#parts = parts;
  }

  /**
   * @param text the body
   * @param isRaw SNS says that it is raw message delivery, which nobody has signed
   */
  async receive(text: string, isRaw: boolean): Promise<SnsAnswer> {
    const { topics } = this.#parts;
    if (topics.length === 0) return refused('no topic is allowed: SLUICE_SNS_TOPICS names them');
    if (isRaw) return refused('raw message delivery is not signed: turn it off for this subscription');
    const message = readSnsMessage(text);
    if (!message) return { kind: 'malformed', reason: 'this is no message of SNS' };
    // Before anything is fetched: whoever may post here must not choose what is asked for.
    if (!topics.includes(message.TopicArn)) return refused('this topic is not in SLUICE_SNS_TOPICS');
    const doubt = await this.#authenticate(message);
    if (doubt) return doubt;
    switch (message.Type) {
      case 'Notification':
        return this.#take(message.MessageId, text);
      case 'SubscriptionConfirmation':
        return this.#confirm(message);
      case 'UnsubscribeConfirmation':
        this.#parts.logger.warn('a subscription to SES events by SNS has ended', { topic: message.TopicArn });
        return { kind: 'taken' };
    }
  }

  /** Null where SNS has signed it. */
  async #authenticate(message: SnsMessage): Promise<SnsAnswer | null> {
    const { certificates, isHost } = this.#parts;
    const url = certificateUrl(message.SigningCertURL, isHost);
    if (!url) return refused("SigningCertURL is not one of SNS's");
    const certificate = await certificates.keyAt(url);
    if (certificate.kind === 'unavailable') return { kind: 'off', reason: certificate.reason };
    if (certificate.kind === 'refused') return refused(certificate.reason);
    return isSigned(message, certificate.key) ? null : refused('the signature is wrong');
  }

  async #take(id: string, body: string): Promise<SnsAnswer> {
    const { intake, reading, backlogMax, logger } = this.#parts;
    try {
      if ((await reading.outboxEntries()) >= backlogMax) return { kind: 'off', reason: 'the log is behind' };
      const { failure } = await intake.take([{ id, receipt: '', body }]);
      if (!failure) return { kind: 'taken' };
      logger.warn("storing SES's events failed, and SNS sends them again", { error: messageOf(failure) });
    } catch (thrown) {
      logger.warn("storing SES's events failed, and SNS sends them again", { error: messageOf(thrown) });
    }
    return { kind: 'off', reason: 'the event could not be stored' };
  }

  async #confirm(message: SnsMessage & { readonly Type: 'SubscriptionConfirmation' }): Promise<SnsAnswer> {
    const { fetch, isHost, logger } = this.#parts;
    const { TopicArn: topic, Token: token } = message;
    const url = confirmationUrl(message.SubscribeURL, topic, token, isHost);
    if (!url) return refused("SubscribeURL is not one of SNS's, or not for this topic");
    const page = await fetch(url).catch(() => null);
    if (page?.status !== 200) {
      logger.warn('a subscription could not be confirmed; SNS asks again', {
        topic,
        status: page?.status ?? null,
      });
      return { kind: 'off', reason: 'the subscription could not be confirmed' };
    }
    logger.info('a subscription to SES events by SNS is confirmed', { topic });
    return { kind: 'taken' };
  }
}

function refused(reason: string): SnsAnswer {
  return { kind: 'refused', reason };
}
