import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateEmailIdentityCommand, GetEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { useSandbox } from '../sandbox/client.ts';
import { type FakeBigQuery, startFakeBigQuery } from '../support/bigquery/start.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:sluice-events';
const open = useSandbox();
let fake: FakeBigQuery | null = null;
afterEach(() => fake?.close());

/** As for SES itself, with a sandbox in its place. */
const aws = (url: string) => ({
  SLUICE_SES: 'aws',
  AWS_ENDPOINT_URL_SESV2: url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'any',
  AWS_SECRET_ACCESS_KEY: 'any',
  SLUICE_CONFIGURATION_SET: 'main',
});

test('the configuration set and the log are made by one command', async () => {
  fake = await startFakeBigQuery();
  const { sandbox } = await open();
  const environment = {
    ...aws(sandbox.url),
    SLUICE_SNS_TOPICS: TOPIC,
    BIGQUERY_EMULATOR_HOST: fake.restUrl,
    GOOGLE_CLOUD_PROJECT: 'fake-project',
    SLUICE_BIGQUERY_DATASET: 'mail',
  };
  const dry = await sluiceHere(['setup', '--dry-run', '--json'], environment);
  expect(outcomes(dry.stdout)).toEqual(['wanted', 'wanted', 'wanted', 'wanted', 'wanted']);
  const made = await sluiceHere(['setup'], environment);
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout).toMatch(/configuration set main +made +with TLS required/);
  const again = await sluiceHere(['setup', '--json'], environment);
  expect(outcomes(again.stdout)).toEqual(['there', 'there', 'there', 'there', 'there']);
});

test('what SES refuses is said with the permission, and ends with 1', async () => {
  const { sandbox } = await open({
    faults: ({ operation }) =>
      operation === 'CreateConfigurationSet'
        ? { kind: 'status', taken: false, status: 403, name: 'AccessDeniedException', message: 'no' }
        : null,
  });
  const refused = await sluiceHere(['setup'], aws(sandbox.url));
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/configuration set main +refused .*ses:CreateConfigurationSet/);
});

test('where nothing is named there is nothing to set up, and a topic must be one', async () => {
  const nothing = await sluiceHere(['setup'], {});
  expect([nothing.code, nothing.stdout]).toEqual([2, '']);
  expect(nothing.stderr).toContain('SLUICE_CONFIGURATION_SET is not set');
  expect(nothing.stderr).toContain('SLUICE_BIGQUERY_DATASET is not set');
  const wrong = await sluiceHere(['setup', '--topic', 'events'], { SLUICE_CONFIGURATION_SET: 'main' });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--topic: "events" is no ARN of an SNS topic');
});

test('a sandbox by the command line follows a zone file, or another sandbox’s DNS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sandbox-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const zone = join(folder, 'zone');
  const first = new Daemon(['sandbox', '--port', '0', '--zone', zone], {});
  onTestFinished(async () => void (await first.stop()));
  const [, dns = ''] = await first.says(/Its DNS is at (127\.0\.0\.1:\d+) \(UDP\), with .* not there yet/);
  const second = new Daemon(['sandbox', '--port', '0', '--dns', dns], {});
  onTestFinished(async () => void (await second.stop()));
  const [, url = ''] = await second.says(/SES sandbox at (http:\S+) /);
  await second.says(/It asks 127\.0\.0\.1:\d+ for the records/);
  const client = new SESv2Client({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  onTestFinished(() => client.destroy());
  const EmailIdentity = 'example.com';
  const { DkimAttributes } = await client.send(new CreateEmailIdentityCommand({ EmailIdentity }));
  const lines = (DkimAttributes?.Tokens ?? []).map(
    (token) => `${token}._domainkey IN CNAME ${token}.dkim.amazonses.com.\n`,
  );
  writeFileSync(zone, `$ORIGIN example.com.\n${lines.join('')}`);
  await expect
    .poll(
      async () =>
        (await client.send(new GetEmailIdentityCommand({ EmailIdentity }))).VerifiedForSendingStatus,
    )
    .toBe(true);
});

test('where records come from is one place, and a server is an address', async () => {
  const both = await sluice(['sandbox', '--zone', 'a', '--dns', '127.0.0.1:53'], {});
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--dns and --zone')]);
  const name = await sluice(['sandbox', '--dns', 'dns.example:53'], {});
  expect([name.code, name.stderr]).toEqual([2, expect.stringContaining('"dns.example:53" is no IP address')]);
});

function outcomes(json: string): unknown[] {
  const steps: unknown = JSON.parse(json);
  return Array.isArray(steps) ? steps.map((step: { readonly outcome: unknown }) => step.outcome) : [];
}
