import {
  type BulkEmailEntry,
  CreateConfigurationSetCommand,
  CreateEmailTemplateCommand,
  DeleteConfigurationSetCommand,
  DeleteEmailTemplateCommand,
  DeleteSuppressedDestinationCommand,
  GetAccountCommand,
  GetConfigurationSetCommand,
  GetEmailTemplateCommand,
  GetSuppressedDestinationCommand,
  ListSuppressedDestinationsCommand,
  type ListSuppressedDestinationsCommandInput,
  PutConfigurationSetDeliveryOptionsCommand,
  PutSuppressedDestinationCommand,
  type SESv2Client,
  SendBulkEmailCommand,
  type SendBulkEmailCommandInput,
  SendEmailCommand,
  type SendEmailCommandInput,
  type SuppressionListReason,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

export interface SesHarness {
  /** Against the endpoint under test; retries are the SDK's own, as no case here depends on them. */
  readonly client: SESv2Client;
  /** A client whose clock is off by so much, and that does not correct it. */
  clientWithClock(offMs: number): SESv2Client;
  /** An address that may send. */
  readonly from: string;
  close(): Promise<void>;
}

/** What Sluice relies on from SES. Every endpoint that stands in for SES must pass, and so must SES. */
export function sesContract(name: string, open: () => Promise<SesHarness>): void {
  describe(`${name} keeps SES's contract`, () => {
    let harness: SesHarness;
    const suffix = `${Date.now()}`;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const bulk = (change: Partial<SendBulkEmailCommandInput> = {}) =>
      harness.client.send(new SendBulkEmailCommand({ ...bulkInput(harness.from), ...change }));
    const single = (change: Partial<SendEmailCommandInput> = {}) =>
      harness.client.send(new SendEmailCommand({ ...emailInput(harness.from), ...change }));

    describe('the account', () => {
      test('has a quota, a rate and a state', async () => {
        const account = await harness.client.send(new GetAccountCommand({}));
        expect(account.SendQuota?.MaxSendRate).toBeGreaterThan(0);
        expect(account.SendQuota?.Max24HourSend).toSatisfy((max: number) => max === -1 || max > 0);
        expect(account.SendQuota?.SentLast24Hours).toBeGreaterThanOrEqual(0);
        expect(account.SendingEnabled).toBe(true);
        expect(account.EnforcementStatus).toBe('HEALTHY');
      });
    });

    describe('a bulk call', () => {
      test('has one result an entry, in order, each with its own message id', async () => {
        const entries = ['success+1', 'success+2', 'bounce', 'complaint', 'ooto', 'suppressionlist'].map(
          (local) => entry(`${local}@simulator.amazonses.com`),
        );
        const { BulkEmailEntryResults: results = [] } = await bulk({ BulkEmailEntries: entries });
        expect(results.map(({ Status }) => Status)).toEqual(entries.map(() => 'SUCCESS'));
        const ids = results.map(({ MessageId }) => MessageId);
        expect(new Set(ids).size).toBe(entries.length);
        for (const id of ids)
          expect(id).toMatch(/^[0-9a-f]{16}-[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}-\d{6}$/);
      });

      test('says of an invalid address in its entry alone that it is invalid', async () => {
        const { BulkEmailEntryResults: results = [] } = await bulk({
          BulkEmailEntries: [
            entry('success@simulator.amazonses.com'),
            entry('two..dots@example.com'),
            entry('山田@example.com'),
            entry('"two..dots"@simulator.amazonses.com'),
          ],
        });
        expect(results.map(({ Status }) => Status)).toEqual([
          'SUCCESS',
          'INVALID_PARAMETER',
          'INVALID_PARAMETER',
          'SUCCESS',
        ]);
        expect(results[1]?.MessageId).toBeUndefined();
        expect(results[1]?.Error).toBeTruthy();
      });

      test('of 50 entries is taken, of 51 is a bad request', async () => {
        const entries = (count: number) =>
          Array.from({ length: count }, (_, i) => entry(`success+${i}@simulator.amazonses.com`));
        const { BulkEmailEntryResults: results } = await bulk({ BulkEmailEntries: entries(50) });
        expect(results).toHaveLength(50);
        await expect(bulk({ BulkEmailEntries: entries(51) })).rejects.toMatchObject(badRequest);
        await expect(bulk({ BulkEmailEntries: [] })).rejects.toMatchObject(badRequest);
      });

      test.each<[string, Partial<SendBulkEmailCommandInput>]>([
        ['an inline template of more than 1 MB', { DefaultContent: inline({ Html: 'x'.repeat(1_048_577) }) }],
        ['a template without a subject', { DefaultContent: inline({ Subject: undefined }) }],
        ['a template without a body', { DefaultContent: inline({ Html: undefined }) }],
        ['no template at all', { DefaultContent: {} }],
        ['template data that is no JSON', { DefaultContent: inline({}, '{') }],
        ['a From without a domain', { FromEmailAddress: 'news' }],
        ['a display name that is not encoded', { FromEmailAddress: 'ニュース <news@example.com>' }],
        ['a From domain that is not punycode', { FromEmailAddress: 'news@日本語.jp' }],
        ['a Reply-To without a domain', { ReplyToAddresses: ['help'] }],
        ['a tag with an address in it', { DefaultEmailTags: [{ Name: 'to', Value: 'a@example.com' }] }],
        ['replacement data that is no JSON', changed({ data: 'no' })],
        [
          'replacement data that is too long',
          changed({ data: JSON.stringify({ name: 'x'.repeat(262_144) }) }),
        ],
        ['a header that SES sets itself', changed({ headers: { Bcc: 'a@example.com' } })],
        ['a header value that is too long', changed({ headers: { 'X-Long': 'x'.repeat(1_000) } })],
        ['a header with a line break', changed({ headers: { 'X-Two': 'a\r\nBcc: b@example.com' } })],
        ['a header name with a space', changed({ headers: { 'X Two': 'a' } })],
        [
          'sixteen headers',
          changed({ headers: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`X-${i}`, 'v'])) }),
        ],
        ['an empty tag value', changed({ tags: { entry: '' } })],
      ])('with %s is a bad request that names no entry', async (_what, change) => {
        await expect(bulk(change)).rejects.toMatchObject(badRequest);
      });

      test('with an unknown configuration set or template is refused as a whole', async () => {
        await expect(bulk({ ConfigurationSetName: `no-${suffix}` })).rejects.toMatchObject({
          name: 'NotFoundException',
          $metadata: { httpStatusCode: 404 },
        });
        const DefaultContent = { Template: { TemplateName: `no-${suffix}`, TemplateData: '{}' } };
        await expect(bulk({ DefaultContent })).rejects.toMatchObject({ name: 'NotFoundException' });
      });

      test('may name a configuration set and a template that exist', async () => {
        const ConfigurationSetName = `set-${suffix}`;
        const TemplateName = `template-${suffix}`;
        await harness.client.send(new CreateConfigurationSetCommand({ ConfigurationSetName }));
        const TemplateContent = { Subject: 'Hello {{name}}', Text: 'Hello {{name}}' };
        await harness.client.send(new CreateEmailTemplateCommand({ TemplateName, TemplateContent }));
        const stored = await harness.client.send(new GetEmailTemplateCommand({ TemplateName }));
        expect(stored.TemplateContent?.Subject).toBe('Hello {{name}}');
        const DefaultContent = { Template: { TemplateName, TemplateData: '{"name":"you"}' } };
        const { BulkEmailEntryResults: results } = await bulk({ ConfigurationSetName, DefaultContent });
        expect(results?.[0]?.Status).toBe('SUCCESS');
        await harness.client.send(new DeleteEmailTemplateCommand({ TemplateName }));
        await harness.client.send(new DeleteConfigurationSetCommand({ ConfigurationSetName }));
        await expect(bulk({ ConfigurationSetName })).rejects.toMatchObject({ name: 'NotFoundException' });
      });

      test('with a variable that nobody gives is accepted', async () => {
        const { BulkEmailEntryResults: results } = await bulk({
          DefaultContent: inline({ Html: '{{missing}}' }),
        });
        expect(results?.[0]?.Status).toBe('SUCCESS');
      });
    });

    describe('a configuration set', () => {
      test('says whether it sends, and whether it asks for TLS on the way to the receiver', async () => {
        const ConfigurationSetName = `tls-${suffix}`;
        const { client } = harness;
        const get = () => client.send(new GetConfigurationSetCommand({ ConfigurationSetName }));
        await expect(get()).rejects.toMatchObject({ name: 'NotFoundException' });
        await client.send(
          new CreateConfigurationSetCommand({
            ConfigurationSetName,
            DeliveryOptions: { TlsPolicy: 'REQUIRE' },
          }),
        );
        expect(await get()).toMatchObject({
          DeliveryOptions: { TlsPolicy: 'REQUIRE' },
          SendingOptions: { SendingEnabled: true },
        });
        await client.send(
          new PutConfigurationSetDeliveryOptionsCommand({ ConfigurationSetName, TlsPolicy: 'OPTIONAL' }),
        );
        expect((await get()).DeliveryOptions?.TlsPolicy).toBe('OPTIONAL');
        await client.send(new DeleteConfigurationSetCommand({ ConfigurationSetName }));
      });
    });

    describe('a single mail', () => {
      test('is taken with simple content, headers and tags', async () => {
        const { MessageId } = await single();
        expect(MessageId).toBeTruthy();
      });

      test('is taken with an inline template', async () => {
        const { MessageId } = await single({
          Content: {
            Template: { TemplateContent: { Subject: '{{a}}', Text: '{{a}}' }, TemplateData: '{"a":"1"}' },
          },
        });
        expect(MessageId).toBeTruthy();
      });

      test('to an invalid address, or without a subject, is a bad request', async () => {
        await expect(
          single({ Destination: { ToAddresses: ['two..dots@example.com'] } }),
        ).rejects.toMatchObject(badRequest);
        await expect(
          single({ Content: { Simple: { Subject: { Data: '' }, Body: { Text: { Data: 'x' } } } } }),
        ).rejects.toMatchObject(badRequest);
      });

      test('with an unknown configuration set is not found', async () => {
        await expect(single({ ConfigurationSetName: `no-${suffix}` })).rejects.toMatchObject({
          name: 'NotFoundException',
        });
      });
    });

    describe("the account's suppression list", () => {
      const put = (EmailAddress: string, Reason: SuppressionListReason) =>
        harness.client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason }));
      const get = async (EmailAddress: string) =>
        (await harness.client.send(new GetSuppressedDestinationCommand({ EmailAddress })))
          .SuppressedDestination;
      const remove = (EmailAddress: string) =>
        harness.client.send(new DeleteSuppressedDestinationCommand({ EmailAddress }));
      const list = (input: ListSuppressedDestinationsCommandInput) =>
        harness.client.send(new ListSuppressedDestinationsCommand(input));
      const missing = { name: 'NotFoundException', $metadata: { httpStatusCode: 404 } };

      test('takes an address, gives it back, takes another reason, and forgets it', async () => {
        const address = `once+${suffix}@example.com`;
        await expect(get(address)).rejects.toMatchObject(missing);
        await put(address, 'BOUNCE');
        const first = await get(address);
        expect(first).toMatchObject({ EmailAddress: address, Reason: 'BOUNCE' });
        expect(Math.abs(Date.now() - (first?.LastUpdateTime?.getTime() ?? 0))).toBeLessThan(5 * 60_000);
        await put(address, 'COMPLAINT');
        expect(await get(address)).toMatchObject({ Reason: 'COMPLAINT' });
        await remove(address);
        await expect(get(address)).rejects.toMatchObject(missing);
        await expect(remove(address)).rejects.toMatchObject(missing);
      });

      test('keeps the case of a local part and its quotes, and takes the domain in any case', async () => {
        const kept = `Foo.Bar${suffix}@example.com`;
        await put(`Foo.Bar${suffix}@Example.COM`, 'BOUNCE');
        expect(await get(kept)).toMatchObject({ EmailAddress: kept });
        await expect(get(kept.toLowerCase())).rejects.toMatchObject(missing);
        await remove(kept);
        const quoted = `"foo..${suffix}"@docomo.ne.jp`;
        await put(quoted, 'COMPLAINT');
        expect(await get(quoted)).toMatchObject({ EmailAddress: quoted });
        await remove(quoted);
      });

      test('is listed page by page, by reason and by time', async () => {
        const StartDate = new Date(Date.now() - 60_000);
        const addresses = [1, 2, 3].map((n) => `listed${n}+${suffix}@example.com`);
        for (const address of addresses) await put(address, 'COMPLAINT');
        const found: (string | undefined)[] = [];
        let NextToken: string | undefined;
        do {
          const page = await list({ StartDate, Reasons: ['COMPLAINT'], PageSize: 2, NextToken });
          expect(page.SuppressedDestinationSummaries?.length ?? 0).toBeLessThanOrEqual(2);
          found.push(...(page.SuppressedDestinationSummaries ?? []).map((one) => one.EmailAddress));
          NextToken = page.NextToken;
        } while (NextToken);
        expect(found.filter((address) => address && addresses.includes(address)).toSorted()).toEqual(
          addresses,
        );
        const bounces = await list({ StartDate, Reasons: ['BOUNCE'] });
        expect(bounces.SuppressedDestinationSummaries?.map((one) => one.EmailAddress)).not.toContain(
          addresses[0],
        );
        const earlier = await list({ EndDate: StartDate });
        expect(earlier.SuppressedDestinationSummaries?.map((one) => one.EmailAddress)).not.toContain(
          addresses[0],
        );
        for (const address of addresses) await remove(address);
      });

      test('refuses what is no address, and a token that it never gave', async () => {
        await expect(put('two..dots@example.com', 'BOUNCE')).rejects.toMatchObject(badRequest);
        await expect(list({ NextToken: 'nonsense' })).rejects.toMatchObject({
          name: expect.stringMatching(/^(InvalidNextToken|BadRequest)Exception$/),
          $metadata: { httpStatusCode: 400 },
        });
      });

      test('does not keep SES from taking a mail', async () => {
        const address = `held+${suffix}@example.com`;
        await put(address, 'BOUNCE');
        const { BulkEmailEntryResults: results } = await bulk({ BulkEmailEntries: [entry(address)] });
        expect(results?.[0]?.Status).toBe('SUCCESS');
        await remove(address);
      });
    });

    describe('the date of a signature', () => {
      test.each([-4 * 60_000, 0, 4 * 60_000])('is taken when it is off by %i ms', async (offMs) => {
        const client = harness.clientWithClock(offMs);
        await expect(client.send(new SendBulkEmailCommand(bulkInput(harness.from)))).resolves.toBeTruthy();
        client.destroy();
      });

      test.each([
        [-5.1 * 60_000, /expired/i],
        [-60 * 60_000, /expired/i],
        [5.1 * 60_000, /not yet current/i],
      ])('is refused when it is off by %i ms', async (offMs, words) => {
        const client = harness.clientWithClock(offMs);
        await expect(client.send(new SendBulkEmailCommand(bulkInput(harness.from)))).rejects.toMatchObject({
          name: expect.stringMatching(/InvalidSignatureException|RequestTimeTooSkewed/),
          message: expect.stringMatching(words),
          $metadata: { httpStatusCode: 403 },
        });
        client.destroy();
      });
    });
  });
}

const badRequest = { name: 'BadRequestException', $metadata: { httpStatusCode: 400 } };

function bulkInput(from: string): SendBulkEmailCommandInput {
  return {
    FromEmailAddress: `=?UTF-8?B?44OL44Ol44O844K5?= <${from}>`,
    ReplyToAddresses: ['Help Desk <help@example.com>'],
    DefaultContent: inline({}),
    DefaultEmailTags: [{ Name: 'campaign', Value: 'contract' }],
    BulkEmailEntries: [entry('success@simulator.amazonses.com')],
  };
}

function emailInput(from: string): SendEmailCommandInput {
  return {
    FromEmailAddress: from,
    Destination: { ToAddresses: ['success@simulator.amazonses.com'] },
    Content: {
      Simple: {
        Subject: { Data: 'Hello' },
        Body: { Html: { Data: '<p>Hello</p>' }, Text: { Data: 'Hello' } },
        Headers: [{ Name: 'List-Unsubscribe', Value: '<https://example.com/u/1>' }],
      },
    },
    EmailTags: [{ Name: 'campaign', Value: 'contract' }],
  };
}

function inline(
  change: { Subject?: string | undefined; Html?: string | undefined },
  data = '{}',
): SendBulkEmailCommandInput['DefaultContent'] {
  const content = { Subject: 'Hello {{name}}', Html: '<p>Hello {{name}}</p>', ...change };
  return { Template: { TemplateContent: content, TemplateData: data } };
}

interface EntryChange {
  readonly data?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A good entry and a bad one. */
function changed(change: EntryChange): Partial<SendBulkEmailCommandInput> {
  return {
    BulkEmailEntries: [
      entry('success@simulator.amazonses.com'),
      entry('success+2@simulator.amazonses.com', change),
    ],
  };
}

function entry(to: string, change: EntryChange = {}): BulkEmailEntry {
  const {
    data = '{"name":"you"}',
    headers = { 'List-Unsubscribe': '<https://example.com/u/1>' },
    tags = { entry: '1' },
  } = change;
  return {
    Destination: { ToAddresses: [to] },
    ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: data } },
    ReplacementHeaders: pairs(headers),
    ReplacementTags: pairs(tags),
  };
}

function pairs(record: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(record).map(([Name, Value]) => ({ Name, Value }));
}
