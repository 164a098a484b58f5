import { AsyncLocalStorage } from 'node:async_hooks';
import {
  GetAccountCommand,
  SESv2Client,
  SendBulkEmailCommand,
  type SendBulkEmailCommandInput,
  SendEmailCommand,
  type SendEmailCommandInput,
} from '@aws-sdk/client-sesv2';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { ClockOffset } from './clock-offset.ts';
import { Permits } from './permits.ts';
import {
  accessConfig,
  CONNECT_MS,
  IDLE_SOCKET_MS,
  property,
  type SesTransportOptions,
  SOCKETS_BESIDE_SENDS,
} from './ses-client.ts';
import {
  type BulkAnswer,
  type BulkCall,
  type CallFailure,
  type SesAccount,
  type SesTransport,
  type SingleAnswer,
  type SingleCall,
  slotsJson,
  type Tracking,
} from './transport.ts';

export interface SdkTransportOptions extends SesTransportOptions {
  readonly clock: Clock;
}

/** One send on its way through the SDK. */
interface Sending {
  readonly dated: number;
  /** Whether the request has been handed to the network. */
  handedOver: boolean;
}

/** SES by way of the AWS SDK. */
export function createSdkTransport(options: SdkTransportOptions): SesTransport {
  const client = createClient(options);
  const offset = new ClockOffset();
  const sendings = new AsyncLocalStorage<Sending>();
  const inFlight = new Set<Promise<unknown>>();
  dateRequests(client, sendings, offset);
  noteHandover(client, sendings);

  const track = <T>(work: Promise<T>): Promise<T> => {
    const end = work.then(forget, forget);
    function forget() {
      inFlight.delete(end);
      offset.learn(client.config.systemClockOffset, options.clock.now());
    }
    inFlight.add(end);
    return work;
  };

  const permits = new Permits(options.concurrency);
  return {
    sendBulk: (call) => {
      const sending: Sending = { dated: call.dated, handedOver: false };
      const send = () => sendBulk(client, call, options.configurationSet, sending);
      return track(permits.within(1, () => sendings.run(sending, send)));
    },
    sendSingle: (call) => {
      const sending: Sending = { dated: call.dated, handedOver: false };
      const send = () => sendSingle(client, call, options.configurationSet, sending);
      return track(permits.within(1, () => sendings.run(sending, send)));
    },
    account: () => track(askAccount(client)),
    close: async () => {
      while (inFlight.size > 0) await Promise.all(inFlight);
      client.destroy();
    },
  };
}

async function sendBulk(
  client: SESv2Client,
  call: BulkCall,
  configurationSet: string | undefined,
  sending: Sending,
): Promise<BulkAnswer> {
  try {
    const command = new SendBulkEmailCommand(bulkInput(call, configurationSet));
    const { BulkEmailEntryResults: results, $metadata } = await client.send(command);
    if (!Array.isArray(results) || results.length !== call.entries.length) {
      const message = `${results?.length ?? 'no'} results for ${call.entries.length} entries`;
      return unreadable(message, $metadata.httpStatusCode ?? null);
    }
    return {
      kind: 'results',
      results: results.map((result) => ({
        status: textOf(result.Status) ?? '',
        error: textOf(result.Error),
        messageId: textOf(result.MessageId),
      })),
    };
  } catch (thrown) {
    return { kind: 'failure', failure: describeFailure(thrown, sending) };
  }
}

async function sendSingle(
  client: SESv2Client,
  call: SingleCall,
  configurationSet: string | undefined,
  sending: Sending,
): Promise<SingleAnswer> {
  try {
    const { MessageId, $metadata } = await client.send(
      new SendEmailCommand(singleInput(call, configurationSet)),
    );
    const messageId = textOf(MessageId);
    if (messageId) return { kind: 'accepted', messageId };
    return unreadable('no message id', $metadata.httpStatusCode ?? null);
  } catch (thrown) {
    return { kind: 'failure', failure: describeFailure(thrown, sending) };
  }
}

/** GetAccount. @throws Fault SES_ACCOUNT */
export async function askAccount(client: SESv2Client): Promise<SesAccount> {
  try {
    const answer = await client.send(new GetAccountCommand({}));
    const quota = answer.SendQuota;
    const perDay = quota?.Max24HourSend ?? 0;
    return {
      perSecond: quota?.MaxSendRate ?? 0,
      perDay: perDay < 0 ? null : perDay,
      sentLast24Hours: quota?.SentLast24Hours ?? 0,
      sendingEnabled: answer.SendingEnabled ?? false,
      productionAccess: answer.ProductionAccessEnabled ?? false,
      enforcement: answer.EnforcementStatus ?? 'UNKNOWN',
    };
  } catch (cause) {
    throw new Fault('SES_ACCOUNT', `SES does not say what the account may send: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function createClient(options: SdkTransportOptions): SESv2Client {
  const agent = {
    keepAlive: true,
    maxSockets: options.concurrency + SOCKETS_BESIDE_SENDS,
    maxFreeSockets: options.concurrency + SOCKETS_BESIDE_SENDS,
    // Node's agent destroys a socket that is idle for so long; one that waits for an answer it leaves alone.
    timeout: options.idleSocketMs ?? IDLE_SOCKET_MS,
  };
  return new SESv2Client({
    ...accessConfig(options),
    // A second attempt of the SDK's would send the mail twice.
    maxAttempts: 1,
    // The adaptive mode, which the environment may ask for, would hold calls back after their claim.
    retryMode: 'standard',
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_MS, options.timeoutMs),
      requestTimeout: options.timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: 0,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

/**
 * Signs each send with the instant that its call is dated with, on SES's clock, instead of the moment of signing.
 * Other requests keep the moment.
 */
function dateRequests(client: SESv2Client, sendings: AsyncLocalStorage<Sending>, offset: ClockOffset): void {
  const { config } = client;
  const makeSigner = config.signer;
  config.signer = async (scheme) => {
    const signer = await makeSigner(scheme);
    return {
      sign: (request, signing) => {
        const sending = sendings.getStore();
        if (!sending) return signer.sign(request, signing);
        const signingDate = new Date(sending.dated + offset.at(sending.dated));
        return signer.sign(request, { ...signing, signingDate });
      },
    };
  };
}

/** Before it is handed over nothing can have been sent: credentials, serialisation and signing come before. */
function noteHandover(client: SESv2Client, sendings: AsyncLocalStorage<Sending>): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const sending = sendings.getStore();
      if (sending) sending.handedOver = true;
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'noteHandover' },
  );
}

function bulkInput(call: BulkCall, configurationSet: string | undefined): SendBulkEmailCommandInput {
  const { template } = call;
  return {
    FromEmailAddress: call.from,
    ReplyToAddresses: [...call.replyTo],
    DefaultEmailTags: tagList(call.tags),
    DefaultContent: {
      Template: {
        TemplateContent: {
          Subject: template.subject,
          ...(template.html === null ? {} : { Html: template.html }),
          ...(template.text === null ? {} : { Text: template.text }),
        },
        TemplateData: '{}',
      },
    },
    BulkEmailEntries: call.entries.map((entry) => ({
      Destination: { ToAddresses: [entry.to] },
      ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: slotsJson(entry.slots) } },
      ReplacementHeaders: entry.headers.map(({ name, value }) => ({ Name: name, Value: value })),
      ReplacementTags: tagList(entry.tags),
    })),
    ...shared(call.tracking, configurationSet),
  };
}

function singleInput(call: SingleCall, configurationSet: string | undefined): SendEmailCommandInput {
  const part = (Data: string) => ({ Data, Charset: 'UTF-8' });
  return {
    FromEmailAddress: call.from,
    ReplyToAddresses: [...call.replyTo],
    Destination: { ToAddresses: [call.to] },
    Content: {
      Simple: {
        Subject: part(call.subject),
        Body: {
          ...(call.html === null ? {} : { Html: part(call.html) }),
          ...(call.text === null ? {} : { Text: part(call.text) }),
        },
        Headers: call.headers.map(({ name, value }) => ({ Name: name, Value: value })),
      },
    },
    EmailTags: tagList(call.tags),
    ...shared(call.tracking, configurationSet),
  };
}

function shared(tracking: Tracking, configurationSet: string | undefined) {
  const status = (enabled: boolean) => (enabled ? ('ENABLED' as const) : ('DISABLED' as const));
  const overrides = {
    ...(tracking.opens === null ? {} : { OpenTrackingEnabled: status(tracking.opens) }),
    ...(tracking.clicks === null ? {} : { ClickTrackingEnabled: status(tracking.clicks) }),
  };
  return {
    ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
    ...(Object.keys(overrides).length === 0 ? {} : { ConfigurationOverrides: { Tracking: overrides } }),
  };
}

function tagList(tags: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(tags).map(([Name, Value]) => ({ Name, Value }));
}

/** The SDK hands on what came, of whatever type. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function unreadable(message: string, httpStatus: number | null): Extract<BulkAnswer, { kind: 'failure' }> {
  return {
    kind: 'failure',
    failure: { name: 'UnreadableAnswer', message, httpStatus, provablyUnsent: false },
  };
}

function describeFailure(thrown: unknown, sending: Sending): CallFailure {
  const status =
    property(property(thrown, '$metadata'), 'httpStatusCode') ??
    property(property(thrown, '$response'), 'statusCode');
  const httpStatus = typeof status === 'number' && status > 0 ? status : null;
  return {
    name: nameOf(thrown),
    message: messageOf(thrown),
    httpStatus,
    provablyUnsent: httpStatus === null && (!sending.handedOver || neverConnected(thrown)),
  };
}

/** The system's code where there is one (ECONNRESET says more than Error), else the exception's name. */
function nameOf(thrown: unknown): string {
  const code = property(thrown, 'code');
  if (typeof code === 'string' && code !== '') return code;
  return thrown instanceof Error ? thrown.name : 'UnknownError';
}

/** Whether it failed while the name was looked up or the connection was made: by then no byte was written. */
function neverConnected(thrown: unknown): boolean {
  // Node tries a host's addresses in turn, and gives the errors of all.
  if (thrown instanceof AggregateError)
    return thrown.errors.length > 0 && thrown.errors.every(neverConnected);
  const call = property(thrown, 'syscall');
  if (call === 'connect' || call === 'getaddrinfo') return true;
  return (
    property(thrown, 'name') === 'TimeoutError' && /did not establish a connection/.test(messageOf(thrown))
  );
}
