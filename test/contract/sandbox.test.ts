import { devNull } from 'node:os';
import { SESv2Client, type SESv2ClientConfig } from '@aws-sdk/client-sesv2';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { identityContract } from './identity.contract.ts';
import { sesContract } from './ses.contract.ts';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:sluice-events';

sesContract('the sandbox', async () => {
  const sandbox = await startSandbox();
  const config = configFor(sandbox);
  const client = new SESv2Client(config);
  return {
    client,
    clientWithClock: (offMs) =>
      new SESv2Client({ ...config, systemClockOffset: offMs, disableClockSkewCorrection: false }),
    from: 'news@example.com',
    close: async () => {
      client.destroy();
      await sandbox.close();
    },
  };
});

identityContract('the sandbox with records of its own', async () => {
  const sandbox = await startSandbox({ dns: { zoneFile: devNull } });
  const client = new SESv2Client(configFor(sandbox));
  return {
    client,
    topic: TOPIC,
    close: async () => {
      client.destroy();
      await sandbox.close();
    },
  };
});

identityContract('the sandbox that asks a DNS server', async () => {
  const dns = await startSandbox({ dns: { zoneFile: devNull } });
  const sandbox = await startSandbox({ dns: { servers: [dns.dnsServer ?? ''] } });
  const client = new SESv2Client(configFor(sandbox));
  return {
    client,
    topic: TOPIC,
    close: async () => {
      client.destroy();
      await sandbox.close();
      await dns.close();
    },
  };
});

function configFor(sandbox: Sandbox): SESv2ClientConfig {
  return {
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  };
}
