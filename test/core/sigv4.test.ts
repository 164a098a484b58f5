import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { SigV4, type UnsignedRequest } from '../../src/core/sigv4.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const DATED = Date.UTC(2015, 7, 30, 12, 36);

const request = (change: Partial<UnsignedRequest> = {}): UnsignedRequest => ({
  method: 'GET',
  path: '/',
  host: 'example.amazonaws.com',
  contentType: null,
  body: Buffer.alloc(0),
  dated: DATED,
  ...change,
});

test('a request is signed as in the test suite that AWS has published (get-vanilla)', () => {
  expect(new SigV4('us-east-1', 'service').headers(request(), CREDENTIALS)).toEqual({
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
      'SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  });
});

test('a request with a body and a session token is signed over both', () => {
  const body = Buffer.from('{"Subject":"山田さんへ"}');
  const headers = new SigV4('ap-northeast-1', 'ses').headers(
    request({ method: 'POST', path: '/v2/email/outbound-emails', contentType: 'application/json', body }),
    { ...CREDENTIALS, sessionToken: 'token/+=' },
  );
  expect(headers['x-amz-security-token']).toBe('token/+=');
  const canonical = `POST\n/v2/email/outbound-emails\n\ncontent-type:application/json\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\nx-amz-security-token:token/+=\n\ncontent-type;host;x-amz-date;x-amz-security-token\n${createHash('sha256').update(body).digest('hex')}`;
  const scope = '20150830/ap-northeast-1/ses/aws4_request';
  const text = `AWS4-HMAC-SHA256\n20150830T123600Z\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const day = mac(`AWS4${CREDENTIALS.secretAccessKey}`, '20150830');
  const key = mac(mac(mac(day, 'ap-northeast-1'), 'ses'), 'aws4_request');
  expect(headers['authorization']).toContain(`Signature=${mac(key, text).toString('hex')}`);
});

test('another day, and other credentials, have other keys', () => {
  const signer = new SigV4('us-east-1', 'service');
  const first = signer.headers(request(), CREDENTIALS);
  signer.headers(request({ dated: DATED + 86_400_000 }), CREDENTIALS);
  signer.headers(request(), { ...CREDENTIALS, secretAccessKey: 'other' });
  expect(signer.headers(request(), CREDENTIALS)).toEqual(first);
  expect(signer.headers(request(), { ...CREDENTIALS, secretAccessKey: 'other' })).not.toEqual(first);
});
