import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { Fault } from '../core/fault.ts';

/** SQS's own limit, for what is received and what is deleted in one call. */
export const CALL_MESSAGES_MAX = 10;

/** Connections to a service that answers within a second or not at all. */
const CONNECT_MS = 5_000;
/** What a call may take beyond the time for which it asks SQS to wait. */
const ANSWER_MS = 10_000;

export interface QueueMessage {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
}

export interface SqsQueueOptions {
  readonly queueUrl: string;
  /** Without it the queue's own host is the endpoint. */
  readonly endpoint?: string;
  /** Where the queue's host does not name it and this is missing, the SDK looks where it always does. */
  readonly region?: string;
  readonly credentials?: NonNullable<SQSClientConfig['credentials']>;
  /** How long SQS waits for a message before it answers that there is none: 20 at the most. */
  readonly waitSeconds: number;
  /** How long a message that was received is hidden from others. */
  readonly visibilitySeconds: number;
  /** Receives at a time, at most. */
  readonly receivers: number;
}

/** A queue of SQS, by way of the AWS SDK. Every function rejects with what the SDK throws. */
export class SqsQueue {
  readonly #client: SQSClient;
  readonly #options: SqsQueueOptions;

  constructor(options: SqsQueueOptions) {
    this.#options = options;
    this.#client = createClient(options);
  }

  /** Up to ten messages; none where none comes within the wait. Rejects when the signal is aborted. */
  async receive(signal: AbortSignal): Promise<readonly QueueMessage[]> {
    const { queueUrl, waitSeconds, visibilitySeconds } = this.#options;
    const { Messages: messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: CALL_MESSAGES_MAX,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
      }),
      { abortSignal: signal },
    );
    return messages.flatMap(({ MessageId: id, ReceiptHandle: receipt, Body: body }) =>
      receipt === undefined ? [] : [{ id: id ?? '', receipt, body: body ?? '' }],
    );
  }

  /**
   * Deletes up to ten messages.
   * @throws Fault SQS_DELETE where SQS kept some of them; they come again
   */
  async delete(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const { Failed: failed = [] } = await this.#client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#options.queueUrl,
        Entries: messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt })),
      }),
    );
    const [first] = failed;
    if (!first) return;
    throw new Fault(
      'SQS_DELETE',
      `SQS did not delete ${failed.length} of ${messages.length} messages: ${first.Code ?? ''} ${first.Message ?? ''}`,
    );
  }

  /** Messages that are in the queue in any way: visible, delayed, or in somebody's hands. SQS calls it approximate. */
  async depth(): Promise<number> {
    const { Attributes: attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#options.queueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    );
    return Object.values(attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }
}

function createClient(options: SqsQueueOptions): SQSClient {
  const { queueUrl, endpoint, region, credentials, receivers, waitSeconds } = options;
  const host = URL.parse(queueUrl);
  const signedFor = regionOf(host?.hostname ?? '') ?? region;
  const agent = { keepAlive: true, maxSockets: 3 * receivers };
  return new SQSClient({
    // Given outright: otherwise the SDK takes the queue's host too, and prints a warning.
    endpoint: endpoint ?? host?.origin ?? queueUrl,
    ...(signedFor === undefined ? {} : { region: signedFor }),
    ...(credentials === undefined ? {} : { credentials }),
    // The reader has its own pace for trying again, and stops when it is told to.
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: waitSeconds * 1000 + ANSWER_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

/** The region in `sqs.<region>.amazonaws.com`: a request must be signed for the queue's, wherever the mails go out. */
function regionOf(hostname: string): string | undefined {
  return /^sqs(?:-fips)?\.([a-z]{2,}(?:-[a-z0-9]+)+)\./.exec(hostname)?.[1];
}
