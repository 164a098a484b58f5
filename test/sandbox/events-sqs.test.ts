import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';

/*
 * What Sluice relies on from a standard queue of SQS, asked with the SDK's own client, which checks the MD5 of every body.
 */

let sandbox: Sandbox;
let client: SQSClient;
let QueueUrl = '';

beforeEach(async () => {
  sandbox = await startSandbox();
  QueueUrl = sandbox.queueUrl ?? '';
  client = new SQSClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  client.destroy();
  await sandbox.close();
});

const put = (body: string, DelaySeconds = 0) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody: body, DelaySeconds }));

const receive = async (change: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1, ...change }),
  );
  return Messages;
};

const remove = ({ ReceiptHandle }: Message) =>
  client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body).toSorted();

describe('a message', () => {
  test('comes as it was put in, whatever is in it', async () => {
    const body = '{"subject":"秋の新作 \\u0000 <&>","emoji":"🎉"}';
    await put(body);
    const [message] = await receive({ MessageSystemAttributeNames: ['All'] });
    expect(message).toMatchObject({
      Body: body,
      MessageId: expect.any(String),
      ReceiptHandle: expect.any(String),
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.stringMatching(/^\d{13}$/) },
    });
  });

  test('is hidden from others once it was received, and comes again where it is not deleted', async () => {
    await put('again');
    const [first] = await receive();
    expect(await receive()).toEqual([]);
    const [second] = await receive({ WaitTimeSeconds: 5, MessageSystemAttributeNames: ['All'] });
    expect(second).toMatchObject({ Body: 'again', MessageId: first?.MessageId });
    expect(second?.Attributes?.['ApproximateReceiveCount']).toBe('2');
  });

  test('that was deleted does not come again', async () => {
    await put('once');
    const [message] = await receive({ VisibilityTimeout: 0 });
    await remove(message ?? {});
    expect(await receive({ WaitTimeSeconds: 1 })).toEqual([]);
  });

  test('is not deleted by a receipt that is not its last one, though SQS says nothing of it', async () => {
    await put('kept');
    const [early] = await receive({ VisibilityTimeout: 0 });
    const [late] = await receive({ VisibilityTimeout: 0 });
    expect(late?.ReceiptHandle).not.toBe(early?.ReceiptHandle);
    await remove(early ?? {});
    expect(bodies(await receive())).toEqual(['kept']);
  });

  test('that is given back is visible at once, and one that is held longer is not', async () => {
    await put('back');
    const [message] = await receive({ VisibilityTimeout: 60 });
    const { ReceiptHandle } = message ?? {};
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    const [again] = await receive({ VisibilityTimeout: 0 });
    expect(again?.Body).toBe('back');
    const Entries = [{ Id: 'a', ReceiptHandle: again?.ReceiptHandle, VisibilityTimeout: 1 }];
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    expect(await receive()).toEqual([]);
    expect(bodies(await receive({ WaitTimeSeconds: 5 }))).toEqual(['back']);
  });

  test('that is delayed comes when it is time, to whoever waits for it', async () => {
    await put('later', 1);
    expect(await receive()).toEqual([]);
    expect(bodies(await receive({ WaitTimeSeconds: 5 }))).toEqual(['later']);
  });
});

describe('a receive', () => {
  test('brings ten messages at the most, and no message twice', async () => {
    const all = Array.from({ length: 23 }, (_, n) => `m${n}`);
    await Promise.all(all.map((body) => put(body)));
    const rounds = [
      await receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 20 }),
      await receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 20 }),
      await receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 20 }),
    ];
    expect(rounds.map((round) => round.length)).toEqual([10, 10, 3]);
    expect(bodies(rounds.flat())).toEqual(all.toSorted());
  });

  test('that waits ends with the first message, not with its time', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await sleep(100);
    await put('at last');
    const asLongAsItMay = sleep(15_000, [], { ref: false });
    expect(bodies(await Promise.race([waiting, asLongAsItMay]))).toEqual(['at last']);
  });

  test('that is given up by its client takes no message with it', async () => {
    const gone = new AbortController();
    const waiting = client.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, VisibilityTimeout: 600 }),
      { abortSignal: gone.signal },
    );
    await sleep(200);
    gone.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await sleep(100);
    await put('for the next');
    expect(bodies(await receive({ WaitTimeSeconds: 1 }))).toEqual(['for the next']);
  });

  test('of more than ten, or from a queue that does not exist, is refused by name', async () => {
    await expect(receive({ MaxNumberOfMessages: 11 })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(receive({ QueueUrl: `${sandbox.url}/000000000000/other` })).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });
});

test('a batch is deleted at one go', async () => {
  await Promise.all(['a', 'b', 'c'].map((body) => put(body)));
  const messages = await receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
  const answer = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle })),
    }),
  );
  expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['0', '1', '2']);
  expect(await receive()).toEqual([]);
});

test.each([
  ['EmptyBatchRequest', []],
  ['BatchEntryIdsNotDistinct', ['1', '1']],
  ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, n) => String(n))],
])('a batch that is wrong is refused: %s', async (name, ids) => {
  const Entries = ids.map((Id) => ({ Id, ReceiptHandle: 'none' }));
  await expect(client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
    name: expect.stringContaining(name),
  });
});

test('the attributes count what is visible, what is in hands, and what is to come', async () => {
  const counts = async () => {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    return [
      Attributes?.['ApproximateNumberOfMessages'],
      Attributes?.['ApproximateNumberOfMessagesNotVisible'],
      Attributes?.['ApproximateNumberOfMessagesDelayed'],
    ];
  };
  expect(await counts()).toEqual(['0', '0', '0']);
  await put('here');
  await put('held');
  await put('to come', 1);
  expect(await counts()).toEqual(['2', '0', '1']);
  await receive();
  expect(await counts()).toEqual(['1', '1', '1']);
  await eventually(async () => expect(await counts()).toEqual(['3', '0', '0']));
});

test('a request that is signed for another service, or for too long ago, is refused', async () => {
  const late = new SQSClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
    systemClockOffset: -400_000,
    disableClockSkewCorrection: false,
  });
  await expect(late.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
    message: expect.stringContaining('Signature expired'),
  });
  late.destroy();
  const response = await fetch(sandbox.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
    body: '{}',
  });
  expect(response.status).toBe(403);
});
