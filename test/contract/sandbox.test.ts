import { SESv2Client } from '@aws-sdk/client-sesv2';
import { startSandbox } from '../../src/sandbox/server.ts';
import { sesContract } from './ses.contract.ts';

sesContract('the sandbox', async () => {
  const sandbox = await startSandbox();
  const config = {
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  };
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
