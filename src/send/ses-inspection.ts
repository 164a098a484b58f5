import {
  GetConfigurationSetCommand,
  GetConfigurationSetEventDestinationsCommand,
  type EventDestination as SdkDestination,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import { Fault, messageOf } from '../core/fault.ts';
import type { Asked, ConfigurationSetState, EventDestination } from '../identity/ses-identity.ts';
import type { SesTransportOptions } from './ses-client.ts';
import { askAccount } from './ses-sdk.ts';
import type { SesAccount } from './transport.ts';

/** What SES says when it is only asked, and nothing is sent or changed. */
export interface SesInspection {
  readonly account: Asked<SesAccount>;
  /** Null where none is named. */
  readonly configurationSet: Asked<ConfigurationSetState> | null;
}

export type SesAccess = Pick<SesTransportOptions, 'region' | 'endpoint' | 'credentials' | 'configurationSet'>;

/** Somebody sits before a terminal. */
const ANSWER_MS = 5_000;

export function inspectSes({ configurationSet, ...access }: SesAccess): Promise<SesInspection> {
  return withSes(access, async (client) => ({
    account: await asked(askAccount(client)),
    configurationSet:
      configurationSet === undefined ? null : await asked(askConfigurationSet(client, configurationSet)),
  }));
}

/** What the account may send. @throws Fault SES_ACCOUNT where SES does not say */
export function askAccountOnce(access: Omit<SesAccess, 'configurationSet'>): Promise<SesAccount> {
  return withSes(access, askAccount);
}

/** What a configuration set does; a null answer where SES has none of that name. */
export function inspectConfigurationSet(
  access: Omit<SesAccess, 'configurationSet'>,
  name: string,
): Promise<Asked<ConfigurationSetState | null>> {
  return withSes(access, async (client) => {
    const state = await asked(askConfigurationSet(client, name));
    return state.kind === 'failure' && state.name === 'NotFoundException'
      ? { kind: 'answer', value: null }
      : state;
  });
}

async function withSes<T>(
  access: Omit<SesAccess, 'configurationSet'>,
  ask: (client: SESv2Client) => Promise<T>,
): Promise<T> {
  const client = new SESv2Client({
    ...access,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: ANSWER_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
    },
  });
  try {
    return await ask(client);
  } finally {
    client.destroy();
  }
}

async function askConfigurationSet(client: SESv2Client, name: string): Promise<ConfigurationSetState> {
  const of = { ConfigurationSetName: name };
  const answer = await client.send(new GetConfigurationSetCommand(of));
  const { EventDestinations: destinations = [] } = await client.send(
    new GetConfigurationSetEventDestinationsCommand(of),
  );
  return {
    tlsRequired: answer.DeliveryOptions?.TlsPolicy === 'REQUIRE',
    sendingEnabled: answer.SendingOptions?.SendingEnabled ?? true,
    destinations: destinations.map(destinationOf),
  };
}

function destinationOf({
  Name,
  Enabled,
  MatchingEventTypes,
  SnsDestination,
}: SdkDestination): EventDestination {
  return {
    name: Name ?? '',
    enabled: Enabled ?? false,
    types: MatchingEventTypes ?? [],
    topic: SnsDestination?.TopicArn ?? null,
  };
}

async function asked<T>(asking: Promise<T>): Promise<Asked<T>> {
  try {
    return { kind: 'answer', value: await asking };
  } catch (thrown) {
    const cause = thrown instanceof Fault ? thrown.cause : thrown;
    return {
      kind: 'failure',
      name: cause instanceof Error ? cause.name : 'UnknownError',
      message: messageOf(cause),
    };
  }
}
