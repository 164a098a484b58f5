import { createSign } from 'node:crypto';
import { generate } from 'selfsigned';
import { canonicalText, readSnsMessage } from '../../src/feedback/sns-message.ts';

export const TOPIC = 'arn:aws:sns:ap-northeast-1:123456789012:sluice-events';
/** A host that nobody has: trust in it is put in by the tests that sign. */
export const HOST = 'sns.test.invalid';
export const CERTIFICATE = `https://${HOST}/SimpleNotificationService-0123456789abcdef.pem`;

export interface Signer {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Validity {
  readonly notBeforeDate?: Date;
  readonly notAfterDate?: Date;
  readonly keySize?: 1024 | 2048;
}

/** A throw-away certificate and its key. */
export async function newSigner(validity: Validity = {}): Promise<Signer> {
  const made = await generate([{ name: 'commonName', value: 'sns.amazonaws.com' }], {
    keySize: 2048,
    algorithm: 'sha256',
    ...validity,
  });
  return { certificate: made.cert, privateKey: made.private };
}

type Fields = Readonly<Record<string, string>>;

const COMMON = {
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: TOPIC,
  Timestamp: '2026-11-27T00:40:02.012Z',
  SigningCertURL: CERTIFICATE,
};

/** A notification as SNS posts it. */
export function notification(signer: Signer, message: string, change: Fields = {}): Fields {
  return signed(signer, {
    Type: 'Notification',
    ...COMMON,
    Message: message,
    SignatureVersion: '2',
    ...change,
  });
}

export function confirmation(signer: Signer, change: Fields = {}): Fields {
  const token = '2336412f37fb687f5d51e6e2425dacbba9b7';
  const { TopicArn: topic = TOPIC } = change;
  return signed(signer, {
    Type: 'SubscriptionConfirmation',
    ...COMMON,
    Message: `You have chosen to subscribe to the topic ${topic}.`,
    Token: token,
    SubscribeURL: `https://${HOST}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}`,
    SignatureVersion: '2',
    ...change,
  });
}

/** Signed with what the message says of itself. */
function signed(signer: Signer, fields: Fields): Fields {
  const message = readSnsMessage(JSON.stringify({ ...fields, Signature: 'AAAA' }));
  if (!message) throw new Error('this is no message that SNS could sign');
  const text = canonicalText(message);
  const algorithm = fields['SignatureVersion'] === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return { ...fields, Signature: createSign(algorithm).update(text).sign(signer.privateKey, 'base64') };
}
