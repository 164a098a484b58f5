import { type BulkEmailEntryResult, SESv2Client, SendBulkEmailCommand } from '@aws-sdk/client-sesv2';
import { afterEach } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

export interface BulkMail {
  readonly to: readonly string[];
  readonly from?: string;
  readonly html?: string;
  /** Replacement data of every entry. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly campaign?: string;
  readonly configurationSet?: string;
}

export interface SandboxClient {
  readonly sandbox: Sandbox;
  readonly client: SESv2Client;
  send(mail: BulkMail): Promise<readonly BulkEmailEntryResult[]>;
  /** What the sandbox says at a path of its own. */
  read(path: string, method?: string): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** A sandbox and the real SDK's client for it, gone when the test is over. */
export function useSandbox(): (options?: SandboxOptions) => Promise<SandboxClient> {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  return async (options) => {
    const sandbox = await startSandbox(options);
    const client = new SESv2Client({
      endpoint: sandbox.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      maxAttempts: 1,
    });
    ends.push(async () => {
      client.destroy();
      await sandbox.close();
    });
    return {
      sandbox,
      client,
      send: async (mail) => (await client.send(bulkCommand(mail))).BulkEmailEntryResults ?? [],
      read: async (path, method = 'GET') => {
        const response = await fetch(`${sandbox.url}${path}`, { method });
        return { status: response.status, body: await response.json() };
      },
    };
  };
}

function bulkCommand(mail: BulkMail): SendBulkEmailCommand {
  const { from = 'News <news@example.com>', html = '<p>{{name}}</p>', data = { name: 'you' } } = mail;
  const tags = mail.campaign === undefined ? [] : [{ Name: 'sluice_campaign', Value: mail.campaign }];
  return new SendBulkEmailCommand({
    FromEmailAddress: from,
    ReplyToAddresses: ['help@example.com'],
    DefaultContent: {
      Template: {
        TemplateContent: { Subject: 'For {{name}}', Html: html },
        TemplateData: '{"name":"default","only":"default"}',
        Headers: [{ Name: 'X-Mailer', Value: 'all' }],
      },
    },
    DefaultEmailTags: tags,
    BulkEmailEntries: mail.to.map((to, i) => ({
      Destination: { ToAddresses: [to] },
      ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(data) } },
      ReplacementHeaders: [{ Name: 'x-mailer', Value: `own-${i}` }],
      ReplacementTags: [{ Name: 'sluice_entry', Value: `${i}` }],
    })),
    ...(mail.configurationSet === undefined ? {} : { ConfigurationSetName: mail.configurationSet }),
  });
}
