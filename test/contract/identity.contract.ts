import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  CreateEmailIdentityCommand,
  DeleteConfigurationSetCommand,
  DeleteConfigurationSetEventDestinationCommand,
  DeleteEmailIdentityCommand,
  type EventDestinationDefinition,
  GetConfigurationSetEventDestinationsCommand,
  GetEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
  type SESv2Client,
  UpdateConfigurationSetEventDestinationCommand,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

export interface IdentityHarness {
  readonly client: SESv2Client;
  /** ARN of a topic that SES may publish to. */
  readonly topic: string;
  close(): Promise<void>;
}

/** What Sluice relies on from SES's identities and event destinations. Nobody has records in DNS for the names that are used. */
export function identityContract(name: string, open: () => Promise<IdentityHarness>): void {
  describe(`${name} keeps SES's contract of identities`, () => {
    let harness: IdentityHarness;
    const suffix = `${Date.now()}`;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const missing = { name: 'NotFoundException', $metadata: { httpStatusCode: 404 } };
    const bad = { name: 'BadRequestException', $metadata: { httpStatusCode: 400 } };
    const create = (EmailIdentity: string, NextSigningKeyLength?: 'RSA_1024_BIT' | 'RSA_2048_BIT') =>
      harness.client.send(
        new CreateEmailIdentityCommand({
          EmailIdentity,
          ...(NextSigningKeyLength ? { DkimSigningAttributes: { NextSigningKeyLength } } : {}),
        }),
      );
    const get = (EmailIdentity: string) =>
      harness.client.send(new GetEmailIdentityCommand({ EmailIdentity }));
    const remove = (EmailIdentity: string) =>
      harness.client.send(new DeleteEmailIdentityCommand({ EmailIdentity }));
    const mailFrom = (EmailIdentity: string, MailFromDomain?: string) =>
      harness.client.send(
        new PutEmailIdentityMailFromAttributesCommand({
          EmailIdentity,
          ...(MailFromDomain === undefined ? {} : { MailFromDomain }),
          BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
        }),
      );

    test('a domain is created with three tokens of Easy DKIM, and waits for their records', async () => {
      const domain = `new-${suffix}.example.com`;
      const created = await create(domain, 'RSA_2048_BIT');
      expect(created).toMatchObject({ IdentityType: 'DOMAIN', VerifiedForSendingStatus: false });
      const found = await get(domain);
      expect(found).toMatchObject({
        IdentityType: 'DOMAIN',
        VerifiedForSendingStatus: false,
        DkimAttributes: {
          SigningEnabled: true,
          SigningAttributesOrigin: 'AWS_SES',
          NextSigningKeyLength: 'RSA_2048_BIT',
        },
      });
      expect(found.DkimAttributes?.Status).toMatch(/^(PENDING|NOT_STARTED)$/);
      expect(found.DkimAttributes?.Tokens).toHaveLength(3);
      expect(found.DkimAttributes?.Tokens).toEqual(created.DkimAttributes?.Tokens);
      for (const token of found.DkimAttributes?.Tokens ?? []) expect(token).toMatch(/^[a-z0-9]{32}$/);
      await remove(domain);
    });

    test('one that exists is not created again, and one that does not is neither shown nor removed', async () => {
      const domain = `twice-${suffix}.example.com`;
      await create(domain);
      await expect(create(domain)).rejects.toMatchObject({ name: 'AlreadyExistsException' });
      await remove(domain);
      await expect(get(domain)).rejects.toMatchObject(missing);
      await expect(remove(domain)).rejects.toMatchObject(missing);
      await expect(mailFrom(domain, `bounce.${domain}`)).rejects.toMatchObject(missing);
    });

    test('what is no domain is a bad request', async () => {
      await expect(create('no domain')).rejects.toMatchObject(bad);
      await expect(create('localhost')).rejects.toMatchObject(bad);
    });

    test('a MAIL FROM domain is below the identity, waits for its records, and goes again', async () => {
      const domain = `envelope-${suffix}.example.com`;
      await create(domain);
      expect((await get(domain)).MailFromAttributes?.MailFromDomain).toBeUndefined();
      await expect(mailFrom(domain, 'bounce.example.org')).rejects.toMatchObject(bad);
      await mailFrom(domain, `bounce.${domain}`);
      expect((await get(domain)).MailFromAttributes).toMatchObject({
        MailFromDomain: `bounce.${domain}`,
        MailFromDomainStatus: 'PENDING',
        BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
      });
      await mailFrom(domain);
      expect((await get(domain)).MailFromAttributes?.MailFromDomain).toBeUndefined();
      await remove(domain);
    });

    test('identities are listed page by page, and an address is one that is not a domain', async () => {
      const names = [`a-${suffix}.example.com`, `b-${suffix}.example.com`];
      for (const one of names) await create(one);
      const found: (string | undefined)[] = [];
      let token: string | undefined;
      do {
        const page = await harness.client.send(
          new ListEmailIdentitiesCommand({ PageSize: 1, NextToken: token }),
        );
        expect(page.EmailIdentities?.length).toBeLessThanOrEqual(1);
        found.push(...(page.EmailIdentities ?? []).map(({ IdentityName }) => IdentityName));
        token = page.NextToken;
      } while (token);
      expect(found).toEqual(expect.arrayContaining(names));
      for (const one of names) await remove(one);
    });

    test('Easy DKIM can be begun again with another length of key', async () => {
      const domain = `again-${suffix}.example.com`;
      await create(domain, 'RSA_1024_BIT');
      const answer = await harness.client.send(
        new PutEmailIdentityDkimSigningAttributesCommand({
          EmailIdentity: domain,
          SigningAttributesOrigin: 'AWS_SES',
          SigningAttributes: { NextSigningKeyLength: 'RSA_2048_BIT' },
        }),
      );
      expect(answer.DkimTokens).toHaveLength(3);
      expect((await get(domain)).DkimAttributes?.NextSigningKeyLength).toBe('RSA_2048_BIT');
      await remove(domain);
    });

    test('an event destination is created once, listed, changed and removed', async () => {
      const ConfigurationSetName = `events-${suffix}`;
      const EventDestinationName = 'sluice';
      const { client, topic } = harness;
      const at = { ConfigurationSetName, EventDestinationName };
      const to = (types: EventDestinationDefinition['MatchingEventTypes']): EventDestinationDefinition => ({
        Enabled: true,
        MatchingEventTypes: types,
        SnsDestination: { TopicArn: topic },
      });
      const list = async () =>
        (await client.send(new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName })))
          .EventDestinations;
      const add = () =>
        client.send(
          new CreateConfigurationSetEventDestinationCommand({ ...at, EventDestination: to(['BOUNCE']) }),
        );
      await expect(list()).rejects.toMatchObject(missing);
      await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName }));
      expect(await list()).toEqual([]);
      await add();
      await expect(add()).rejects.toMatchObject({ name: 'AlreadyExistsException' });
      expect(await list()).toMatchObject([
        {
          Name: EventDestinationName,
          Enabled: true,
          MatchingEventTypes: ['BOUNCE'],
          SnsDestination: { TopicArn: topic },
        },
      ]);
      await client.send(
        new UpdateConfigurationSetEventDestinationCommand({
          ...at,
          EventDestination: to(['BOUNCE', 'COMPLAINT']),
        }),
      );
      expect((await list())?.[0]?.MatchingEventTypes?.toSorted()).toEqual(['BOUNCE', 'COMPLAINT']);
      await client.send(new DeleteConfigurationSetEventDestinationCommand(at));
      await expect(client.send(new DeleteConfigurationSetEventDestinationCommand(at))).rejects.toMatchObject(
        missing,
      );
      expect(await list()).toEqual([]);
      await client.send(new DeleteConfigurationSetCommand({ ConfigurationSetName }));
    });
  });
}
