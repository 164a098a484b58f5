import { request } from 'node:http';
import { expect, test } from 'vitest';
import { MovableClock } from '../support/movable-clock.ts';
import { useSandbox } from './client.ts';

const open = useSandbox();

const BULK = '/v2/email/outbound-bulk-emails';
const SIGNATURE = '0'.repeat(64);

function basicFormat(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function authorization(change: { service?: string; day?: string; signed?: string } = {}): string {
  const { service = 'ses', day = basicFormat(Date.now()).slice(0, 8), signed = 'host;x-amz-date' } = change;
  return `AWS4-HMAC-SHA256 Credential=AKIDANY/${day}/us-east-1/${service}/aws4_request, SignedHeaders=${signed}, Signature=${SIGNATURE}`;
}

test.each<[string, Record<string, string>, string, number]>([
  ['no signature', {}, 'MissingAuthenticationTokenException', 403],
  ['no date', { authorization: authorization() }, 'IncompleteSignatureException', 400],
  [
    'another scheme',
    { authorization: 'Bearer x', 'x-amz-date': basicFormat(Date.now()) },
    'IncompleteSignatureException',
    400,
  ],
  [
    'another service',
    { authorization: authorization({ service: 'sqs' }), 'x-amz-date': basicFormat(Date.now()) },
    'InvalidSignatureException',
    403,
  ],
  [
    'an unsigned date',
    { authorization: authorization({ signed: 'host' }), 'x-amz-date': basicFormat(Date.now()) },
    'InvalidSignatureException',
    403,
  ],
  [
    'a scope of another day',
    { authorization: authorization({ day: '20200101' }), 'x-amz-date': basicFormat(Date.now()) },
    'InvalidSignatureException',
    403,
  ],
  [
    'a date that is none',
    { authorization: authorization(), 'x-amz-date': 'today' },
    'InvalidSignatureException',
    403,
  ],
])('a request with %s is refused', async (_what, headers, name, status) => {
  const { sandbox } = await open();
  const response = await fetch(`${sandbox.url}${BULK}`, { method: 'POST', headers, body: '{}' });
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, name]);
  expect(await response.json()).toEqual({ message: expect.any(String) });
});

test.each<[string, string, string]>([
  ['no JSON', '{', 'SerializationException'],
  ['no object', '[]', 'BadRequestException'],
  ['a number for an address', '{"FromEmailAddress":1}', 'BadRequestException'],
  ['nothing', '', 'BadRequestException'],
])('a body that is %s is refused', async (_what, body, name) => {
  const { sandbox } = await open();
  const headers = { authorization: authorization(), 'x-amz-date': basicFormat(Date.now()) };
  const response = await fetch(`${sandbox.url}${BULK}`, { method: 'POST', headers, body });
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([400, name]);
});

test('what the sandbox does not know it says so', async () => {
  const { sandbox, read } = await open();
  const headers = { authorization: authorization(), 'x-amz-date': basicFormat(Date.now()) };
  const response = await fetch(`${sandbox.url}/v2/email/contact-lists`, {
    method: 'POST',
    headers,
    body: '{}',
  });
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([
    404,
    'UnknownOperationException',
  ]);
  expect((await read('/elsewhere')).status).toBe(404);
});

test('the date is judged when the whole body has arrived, not when it started to', async () => {
  const clock = new MovableClock();
  const { sandbox } = await open({ clock });
  const body = '{}';
  const headers = {
    authorization: authorization(),
    'x-amz-date': basicFormat(Date.now()),
    'content-length': body.length,
  };
  const answer = await new Promise<string | undefined>((resolve, reject) => {
    const call = request(`${sandbox.url}${BULK}`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.headers['x-amzn-errortype']?.toString());
    });
    call.on('error', reject);
    call.write(body.slice(0, 1), () => {
      clock.move(5 * 60_000 + 2_000);
      call.end(body.slice(1));
    });
  });
  expect(answer).toBe('InvalidSignatureException');
});

test('the answer is dated by the clock of the sandbox', async () => {
  const clock = new MovableClock();
  clock.move(3_600_000);
  const { sandbox } = await open({ clock });
  const response = await fetch(`${sandbox.url}/stats`);
  await response.body?.cancel();
  const date = Date.parse(response.headers.get('date') ?? '');
  expect(date - Date.now()).toBeGreaterThan(3_500_000);
});

test('it listens to this machine only', async () => {
  const { sandbox } = await open();
  expect(new URL(sandbox.url).hostname).toBe('127.0.0.1');
});

test('a port that is taken is reported as such', async () => {
  const { sandbox } = await open();
  await expect(open({ port: sandbox.port })).rejects.toMatchObject({ code: 'SANDBOX_LISTEN' });
});
