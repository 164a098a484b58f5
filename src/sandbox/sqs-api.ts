import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SesError } from './error.ts';
import { ACCOUNT_ID } from './event-body.ts';
import { errorReply, json, type Reply } from './http.ts';
import type { MessageQueue, ReceivedMessage } from './message-queue.ts';

/** Path of the queue below the sandbox's URL; together they are its QueueUrl. */
export const QUEUE_PATH = `/${ACCOUNT_ID}/sluice-events`;

/** SQS's limits and defaults ("Amazon SQS message quotas"). */
const MESSAGES_MAX = 10;
const WAIT_SECONDS_MAX = 20;
const VISIBILITY_SECONDS_DEFAULT = 30;
const VISIBILITY_SECONDS_MAX = 43_200;
const DELAY_SECONDS_MAX = 900;

interface SqsContext {
  readonly queue: MessageQueue;
  /** Aborted when the client is gone, or the sandbox closes: nobody waits for the answer. */
  readonly signal: AbortSignal;
}

type SqsOperation = (context: SqsContext, body: unknown) => Reply | Promise<Reply>;

/** The operation that `X-Amz-Target` names; null where the sandbox has none. */
export function findSqsOperation(
  target: string,
): { readonly name: string; readonly run: SqsOperation } | null {
  const name = /^AmazonSQS\.(\w+)$/.exec(target)?.[1] ?? '';
  const run = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  return run ? { name, run } : null;
}

/** The request's JSON; null where it is none. */
export function parseSqsBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

const url = { QueueUrl: z.string() };
const seconds = (max: number) => z.int().min(0).max(max);
const receipts = z.array(
  z.object({ Id: z.string(), ReceiptHandle: z.string(), VisibilityTimeout: z.int().optional() }),
);

const OPERATIONS: Readonly<Record<string, SqsOperation>> = {
  ReceiveMessage: operation(
    z.object({
      ...url,
      MaxNumberOfMessages: z.int().min(1).max(MESSAGES_MAX).default(1),
      WaitTimeSeconds: seconds(WAIT_SECONDS_MAX).default(0),
      VisibilityTimeout: seconds(VISIBILITY_SECONDS_MAX).default(VISIBILITY_SECONDS_DEFAULT),
      AttributeNames: z.array(z.string()).default([]),
      MessageSystemAttributeNames: z.array(z.string()).default([]),
    }),
    async ({ queue, signal }, asked) => {
      const received = await queue.receive(
        asked.MaxNumberOfMessages,
        asked.WaitTimeSeconds * 1000,
        asked.VisibilityTimeout * 1000,
        signal,
      );
      const names = [...asked.AttributeNames, ...asked.MessageSystemAttributeNames];
      return json(
        received.length === 0 ? {} : { Messages: received.map((one) => messageObject(one, names)) },
      );
    },
  ),
  DeleteMessage: operation(z.object({ ...url, ReceiptHandle: z.string() }), ({ queue }, asked) => {
    queue.delete(asked.ReceiptHandle);
    return json({});
  }),
  DeleteMessageBatch: operation(z.object({ ...url, Entries: receipts }), ({ queue }, { Entries }) =>
    batch(Entries, ({ ReceiptHandle }) => queue.delete(ReceiptHandle)),
  ),
  ChangeMessageVisibility: operation(
    z.object({ ...url, ReceiptHandle: z.string(), VisibilityTimeout: seconds(VISIBILITY_SECONDS_MAX) }),
    ({ queue }, asked) => {
      queue.hide(asked.ReceiptHandle, asked.VisibilityTimeout * 1000);
      return json({});
    },
  ),
  ChangeMessageVisibilityBatch: operation(z.object({ ...url, Entries: receipts }), ({ queue }, { Entries }) =>
    batch(Entries, ({ ReceiptHandle, VisibilityTimeout = 0 }) =>
      queue.hide(ReceiptHandle, VisibilityTimeout * 1000),
    ),
  ),
  GetQueueAttributes: operation(
    z.object({ ...url, AttributeNames: z.array(z.string()).default([]) }),
    ({ queue }, { AttributeNames: names }) => json({ Attributes: attributes(queue, names) }),
  ),
  SendMessage: operation(
    z.object({ ...url, MessageBody: z.string().min(1), DelaySeconds: seconds(DELAY_SECONDS_MAX).default(0) }),
    ({ queue }, asked) => {
      queue.push(() => asked.MessageBody, asked.DelaySeconds * 1000);
      return json({ MessageId: randomUUID(), MD5OfMessageBody: md5(asked.MessageBody) });
    },
  ),
};

function operation<Shape extends z.ZodType<{ QueueUrl: string }>>(
  shape: Shape,
  run: (context: SqsContext, asked: z.output<Shape>) => Reply | Promise<Reply>,
): SqsOperation {
  return (context, body) => {
    const asked = shape.safeParse(body);
    if (!asked.success) {
      const [issue] = asked.error.issues;
      return sqsError('InvalidParameterValue', `${issue?.path.join('.')}: ${issue?.message}`);
    }
    // The name of a queue is in the request, since every request goes to the same path.
    return URL.parse(asked.data.QueueUrl)?.pathname === QUEUE_PATH
      ? run(context, asked.data)
      : sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
  };
}

/**
 * What is true for one entry of a batch is success. An old receipt is success too, as in SQS, where deleting by it may
 * have no effect.
 */
function batch<Entry extends { Id: string }>(
  entries: readonly Entry[],
  act: (entry: Entry) => boolean,
): Reply {
  if (entries.length === 0)
    return sqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MESSAGES_MAX)
    return sqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MESSAGES_MAX}.`,
    );
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    return sqsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  for (const entry of entries) act(entry);
  return json({ Successful: entries.map(({ Id }) => ({ Id })), Failed: [] });
}

function messageObject(received: ReceivedMessage, names: readonly string[]): object {
  const all = {
    SenderId: ACCOUNT_ID,
    SentTimestamp: String(received.sentAtMs),
    ApproximateReceiveCount: String(received.receives),
    ApproximateFirstReceiveTimestamp: String(received.firstReceivedAtMs),
  };
  const { id, receipt, body } = received;
  return {
    MessageId: id,
    ReceiptHandle: receipt,
    MD5OfBody: md5(body),
    Body: body,
    ...(names.length === 0 ? {} : { Attributes: only(all, names) }),
  };
}

function attributes(queue: MessageQueue, names: readonly string[]): Record<string, string> {
  const { visible, inFlight, delayed } = queue.depth();
  return only(
    {
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      VisibilityTimeout: String(VISIBILITY_SECONDS_DEFAULT),
      QueueArn: `arn:aws:sqs:us-east-1:${ACCOUNT_ID}:sluice-events`,
    },
    names,
  );
}

function only(all: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  if (names.includes('All')) return { ...all };
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function sqsError(name: string, message: string): Reply {
  const error: SesError = { name, status: 400, message };
  // The SDK takes the name from the body as well; SQS writes it there with its namespace.
  return { ...errorReply(error), body: JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message }) };
}
