import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  GetConfigurationSetCommand,
  GetConfigurationSetEventDestinationsCommand,
} from '@aws-sdk/client-sesv2';
import { afterEach, expect, test } from 'vitest';
import { NEEDED_EVENT_TYPES } from '../../src/identity/event-types.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { ConfigurationSet } from '../../src/send/configuration-set.ts';
import { inspectSes } from '../../src/send/ses-inspection.ts';
import { useSandbox } from '../sandbox/client.ts';
import { PatientClock } from '../support/patient-clock.ts';

const NAME = 'main';
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:sluice-events';
const CALLS_THAT_CHANGE = /^(Create|Put|Update|Delete)/;
const open = useSandbox();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** The sandbox in the place of SES itself; `changes` are the calls that change something. */
async function openSet(topic: string | null = TOPIC, options: SandboxOptions = {}) {
  const changes: string[] = [];
  const opened = await open({
    faults: (call) => {
      if (CALLS_THAT_CHANGE.test(call.operation)) changes.push(call.operation);
      return null;
    },
    ...options,
  });
  const access = {
    endpoint: opened.sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  };
  const set = new ConfigurationSet({
    ...access,
    name: NAME,
    topic,
    isSandbox: false,
    clock: new PatientClock(),
  });
  ends.push(() => set.close());
  const inspect = async () => (await inspectSes({ ...access, configurationSet: NAME })).configurationSet;
  return { ...opened, set, changes, inspect };
}

const outcomes = async (set: ConfigurationSet, dryRun = false) =>
  (await set.prepare(dryRun)).map(({ outcome }) => outcome);

test('what is missing is made, once', async () => {
  const { set, inspect, changes } = await openSet();
  expect(await set.prepare(false)).toEqual([
    { what: 'configuration set main', outcome: 'made', note: 'with TLS required' },
    { what: 'event destination main/sluice', outcome: 'made', note: `events go to ${TOPIC}` },
  ]);
  expect(await inspect()).toEqual({
    kind: 'answer',
    value: {
      tlsRequired: true,
      sendingEnabled: true,
      destinations: [{ name: 'sluice', enabled: true, types: NEEDED_EVENT_TYPES, topic: TOPIC }],
    },
  });
  changes.length = 0;
  expect(await outcomes(set)).toEqual(['there', 'there']);
  expect(changes).toEqual([]);
});

test('a dry run says the same, and changes nothing', async () => {
  const { set, inspect, changes } = await openSet();
  expect(await outcomes(set, true)).toEqual(['wanted', 'wanted']);
  expect(changes).toEqual([]);
  expect(await inspect()).toMatchObject({ kind: 'failure', name: 'NotFoundException' });
});

test('of what is there only TLS and types that lack are changed', async () => {
  const { set, client, changes } = await openSet();
  const ConfigurationSetName = NAME;
  const other = 'arn:aws:sns:us-east-1:123456789012:other';
  await client.send(
    new CreateConfigurationSetCommand({
      ConfigurationSetName,
      DeliveryOptions: { TlsPolicy: 'OPTIONAL', SendingPoolName: 'ours' },
      SendingOptions: { SendingEnabled: false },
    }),
  );
  for (const EventDestinationName of ['sluice', 'others'])
    await client.send(
      new CreateConfigurationSetEventDestinationCommand({
        ConfigurationSetName,
        EventDestinationName,
        EventDestination: {
          Enabled: false,
          MatchingEventTypes: ['OPEN', 'BOUNCE'],
          SnsDestination: { TopicArn: other },
        },
      }),
    );
  changes.length = 0;
  expect(await outcomes(set, true)).toEqual(['wanted', 'wanted']);
  expect(changes).toEqual([]);
  const [, destination] = await set.prepare(false);
  expect(destination).toMatchObject({ outcome: 'changed' });
  expect(destination?.note).toMatch(
    /^with SEND, DELIVERY, .* added; events go to .*:other; and not to .*:sluice-events; it is switched off$/,
  );
  expect(await client.send(new GetConfigurationSetCommand({ ConfigurationSetName }))).toMatchObject({
    DeliveryOptions: { TlsPolicy: 'REQUIRE', SendingPoolName: 'ours' },
    SendingOptions: { SendingEnabled: false },
  });
  const { EventDestinations } = await client.send(
    new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }),
  );
  expect(EventDestinations).toMatchObject([
    { Name: 'sluice', Enabled: false, SnsDestination: { TopicArn: other } },
    { Name: 'others', Enabled: false, MatchingEventTypes: ['OPEN', 'BOUNCE'] },
  ]);
  expect(EventDestinations?.[0]?.MatchingEventTypes?.toSorted()).toEqual(
    [...NEEDED_EVENT_TYPES, 'OPEN'].toSorted(),
  );
});

test('without a topic the set is made, and what to do for its events is said', async () => {
  const { set } = await openSet(null);
  const [made, destination] = await set.prepare(false);
  expect(made?.outcome).toBe('made');
  expect(destination).toMatchObject({ outcome: 'lacking', note: expect.stringContaining('--topic') });
});

test('two that set up at a time both end well, and it is there once', async () => {
  const { set, inspect } = await openSet(TOPIC, { latencyMs: 20 });
  const [one, other] = await Promise.all([outcomes(set), outcomes(set)]);
  expect([...one, ...other].toSorted()).toEqual(['made', 'made', 'there', 'there']);
  expect(await outcomes(set)).toEqual(['there', 'there']);
  expect(await inspect()).toMatchObject({ value: { tlsRequired: true, destinations: [{ name: 'sluice' }] } });
});

test('whoever may not change the set still gives it its destination', async () => {
  const { set, client } = await openSet(TOPIC, {
    faults: (call) =>
      call.operation === 'PutConfigurationSetDeliveryOptions'
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'no' }
        : null,
  });
  await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: NAME }));
  expect(await outcomes(set)).toEqual(['refused', 'made']);
});

test.each([
  ['all that is needed goes to the topic by another name', TOPIC, [...NEEDED_EVENT_TYPES], 'skipped'],
  ['it goes to any topic, and none is named', null, [...NEEDED_EVENT_TYPES], 'skipped'],
  ['another name gets only a part', TOPIC, ['BOUNCE' as const], 'made'],
  ['another name leads to another topic', `${TOPIC}-2`, [...NEEDED_EVENT_TYPES], 'made'],
])(
  'a destination is made where events would not come twice by it: %s',
  async (_what, topic, types, outcome) => {
    const { set, client } = await openSet(topic);
    const ConfigurationSetName = NAME;
    await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName }));
    await client.send(
      new CreateConfigurationSetEventDestinationCommand({
        ConfigurationSetName,
        EventDestinationName: 'ours',
        EventDestination: { Enabled: true, MatchingEventTypes: types, SnsDestination: { TopicArn: TOPIC } },
      }),
    );
    expect((await outcomes(set)).at(-1)).toBe(outcome);
  },
);

test('a destination of ours that is switched off lacks something, and is left so', async () => {
  const { set, client, changes } = await openSet();
  const ConfigurationSetName = NAME;
  await client.send(
    new CreateConfigurationSetCommand({ ConfigurationSetName, DeliveryOptions: { TlsPolicy: 'REQUIRE' } }),
  );
  await client.send(
    new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName,
      EventDestinationName: 'sluice',
      EventDestination: {
        Enabled: false,
        MatchingEventTypes: [...NEEDED_EVENT_TYPES],
        SnsDestination: { TopicArn: TOPIC },
      },
    }),
  );
  changes.length = 0;
  expect(await set.prepare(false)).toMatchObject([
    { outcome: 'there' },
    { outcome: 'lacking', note: expect.stringMatching(/switched off/) },
  ]);
  expect(changes).toEqual([]);
});

test.each([
  ['GetConfigurationSet', ['refused']],
  ['CreateConfigurationSet', ['refused']],
  ['GetConfigurationSetEventDestinations', ['made', 'refused']],
  ['CreateConfigurationSetEventDestination', ['made', 'refused']],
])('whoever may not call %s is told so by the name of the permission', async (operation, expected) => {
  const { set } = await openSet(TOPIC, {
    faults: (call) =>
      call.operation === operation
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'no' }
        : null,
  });
  const steps = await set.prepare(false);
  expect(steps.map(({ outcome }) => outcome)).toEqual(expected);
  expect(steps.at(-1)?.note).toMatch(new RegExp(`they allow ses:${operation}$`));
});
