import { expect, test } from 'vitest';
import { dnsServersOf } from '../../src/cli/wire.ts';
import { loadConfig } from '../../src/config/load.ts';

const config = (env: Readonly<Record<string, string>>) => loadConfig('client-without-redis', env);
const SANDBOX = { SLUICE_SES: 'sandbox' };

test('the resolvers that are set go before everything else', () => {
  expect(
    dnsServersOf(config({ ...SANDBOX, SLUICE_DNS_SERVERS: '127.0.0.1:5353' }), 'http://127.0.0.1:4579'),
  ).toEqual(['127.0.0.1:5353']);
});

test('a sandbox is asked on the port of its endpoint, and SES never is', () => {
  expect(dnsServersOf(config(SANDBOX), 'http://127.0.0.1:4579')).toEqual(['127.0.0.1:4579']);
  expect(dnsServersOf(config(SANDBOX), 'http://localhost:4579/')).toEqual(['localhost:4579']);
  expect(dnsServersOf(config(SANDBOX), 'http://[::1]:4579')).toEqual(['[::1]:4579']);
  expect(dnsServersOf(config(SANDBOX), 'http://sandbox:4579')).toEqual(['sandbox:4579']);
  expect(dnsServersOf(config(SANDBOX), null)).toEqual([]);
  expect(dnsServersOf(config({ SLUICE_SES: 'aws' }), 'http://127.0.0.1:4579')).toEqual([]);
});
