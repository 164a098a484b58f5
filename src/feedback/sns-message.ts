import { constants, createVerify, type KeyObject } from 'node:crypto';
import { z } from 'zod';

const short = z.string().min(1).max(2_048);

/** What SNS posts ("Parsing Amazon SNS message formats"). Fields that are not named are ignored. */
const common = {
  MessageId: short,
  TopicArn: short,
  Message: z.string(),
  Timestamp: short,
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.base64().max(2_048),
  SigningCertURL: short,
};
const subscribing = { ...common, Token: short, SubscribeURL: short };

const messageShape = z.discriminatedUnion('Type', [
  z.object({
    Type: z.literal('Notification'),
    ...common,
    Subject: z.string().nullish(),
  }),
  z.object({ Type: z.literal('SubscriptionConfirmation'), ...subscribing }),
  z.object({ Type: z.literal('UnsubscribeConfirmation'), ...subscribing }),
]);

/** A message as SNS posts it, not yet believed. */
export type SnsMessage = z.infer<typeof messageShape>;

/** Null for anything else. */
export function readSnsMessage(text: string): SnsMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return messageShape.safeParse(value).data ?? null;
}

/** SHA-1 is what SNS signs with unless the topic says otherwise; a forger would need a second preimage, not a collision. */
const ALGORITHMS = { '1': 'RSA-SHA1', '2': 'RSA-SHA256' } as const;

/** Whether the message is as the holder of the key signed it. */
export function isSigned(message: SnsMessage, key: KeyObject): boolean {
  const signature = Buffer.from(message.Signature, 'base64');
  return createVerify(ALGORITHMS[message.SignatureVersion])
    .update(canonicalText(message))
    .verify({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
}

/** What is signed: names and values, a line each ("Verifying the signatures of Amazon SNS messages"). */
export function canonicalText(message: SnsMessage): string {
  const { Message, MessageId, Timestamp, TopicArn, Type } = message;
  const fields =
    message.Type === 'Notification'
      ? { Message, MessageId, ...subjectOf(message.Subject), Timestamp, TopicArn, Type }
      : {
          Message,
          MessageId,
          SubscribeURL: message.SubscribeURL,
          Timestamp,
          Token: message.Token,
          TopicArn,
          Type,
        };
  return Object.entries(fields)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
}

/** Not signed where there is none. */
function subjectOf(subject: string | null | undefined): { Subject?: string } {
  return subject === undefined || subject === null ? {} : { Subject: subject };
}
