import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLeanTransport } from '../../src/send/ses-lean.ts';
import { createSdkTransport } from '../../src/send/ses-sdk.ts';
import { bulkCall } from '../contract/transport.contract.ts';
import { MovableClock } from '../support/movable-clock.ts';

/*
 * Who asks, and by which way, is found by the environment as every AWS client finds it. All services that are asked are servers of
 * this test on 127.0.0.1.
 */

const ACCEPTED = '{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":"1"}]}';
const EXPIRES = new Date(Date.now() + 3_600_000).toISOString();
const FOUND = { AccessKeyId: 'AKIAFOUND', SecretAccessKey: 'secret', Token: 'token', Expiration: EXPIRES };

async function serve(listener: RequestListener): Promise<{ port: number; url: string }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, url: `http://127.0.0.1:${port}` };
}

/** Variables for one test; whatever the machine has of AWS's own is out of sight. */
function setEnvironment(variables: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/^AWS_|_proxy$/i.test(name)) delete process.env[name];
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/nonexistent/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
    ...variables,
  });
  onTestFinished(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

const transports = [
  ['the lean transport', createLeanTransport],
  ['the SDK', createSdkTransport],
] as const;

describe.each(transports)('%s', (_name, createTransport) => {
  /** The Authorization header, and the session token, of a call that asks as the environment says. */
  async function askedBy(): Promise<IncomingMessage['headers']> {
    let headers: IncomingMessage['headers'] = {};
    const ses = await serve((request, response) => {
      headers = request.headers;
      request.resume().on('end', () => response.end(ACCEPTED));
    });
    const transport = createTransport({
      clock: new MovableClock(),
      timeoutMs: 30_000,
      concurrency: 2,
      endpoint: ses.url,
    });
    onTestFinished(() => transport.close());
    expect(await transport.sendBulk(bulkCall())).toMatchObject({ kind: 'results' });
    return headers;
  }

  const found = { authorization: expect.stringContaining('Credential=AKIAFOUND/') };

  test('asks as the role of its machine (IMDS, version 2)', async () => {
    const metadata = await serve((request, response) => {
      const path = request.url ?? '';
      if (request.method === 'PUT') response.end('session');
      else if (request.headers['x-aws-ec2-metadata-token'] !== 'session') response.writeHead(401).end();
      else if (path.endsWith('/security-credentials/')) response.end('role');
      else response.end(JSON.stringify({ Code: 'Success', Type: 'AWS-HMAC', ...FOUND }));
    });
    setEnvironment({ AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url });
    expect(await askedBy()).toMatchObject({ ...found, 'x-amz-security-token': 'token' });
  });

  test('asks as the role of its container', async () => {
    const agent = await serve((_request, response) => response.end(JSON.stringify(FOUND)));
    setEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent.url}/role` });
    expect(await askedBy()).toMatchObject({ ...found, 'x-amz-security-token': 'token' });
  });

  test('asks as a role that STS gives for a web identity', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-sts-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'token'), 'a web identity');
    const sts = await serve((request, response) => {
      request.resume().on('end', () => {
        response.setHeader('content-type', 'text/xml');
        response.end(
          `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIAFOUND</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${EXPIRES}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        );
      });
    });
    setEnvironment({
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/sluice',
      AWS_ENDPOINT_URL_STS: sts.url,
    });
    expect(await askedBy()).toMatchObject({ ...found, 'x-amz-security-token': 'token' });
  });

  test('asks as a profile says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-profile-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(
      join(folder, 'credentials'),
      '[mail]\naws_access_key_id = AKIAFOUND\naws_secret_access_key = secret\n',
    );
    setEnvironment({ AWS_PROFILE: 'mail', AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') });
    expect(await askedBy()).toMatchObject(found);
  });
});

test('the lean transport goes through the proxy that the environment names', async () => {
  const ses = await serve((request, response) => request.resume().on('end', () => response.end(ACCEPTED)));
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume().on('end', () => response.end(ACCEPTED));
  });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const onward = connect(ses.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connected\r\n\r\n'));
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const address = proxy.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  setEnvironment({ http_proxy: `http://127.0.0.1:${port}` });
  const transport = createLeanTransport({
    clock: new MovableClock(),
    timeoutMs: 30_000,
    concurrency: 2,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    endpoint: 'http://ses.example.test',
  });
  onTestFinished(() => transport.close());
  expect(await transport.sendBulk(bulkCall())).toMatchObject({ kind: 'results' });
  expect(asked.join()).toContain('ses.example.test');
});
