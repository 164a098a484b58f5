import { expect, test } from 'vitest';
import { callerOf, isLoopbackName, remoteness } from '../../src/server/caller.ts';

test.each([
  ['127.0.0.1', 'localhost:3000'],
  ['127.0.0.1', '127.0.0.1:3000'],
  ['127.8.9.1', '127.8.9.1'],
  ['::ffff:127.0.0.1', 'LOCALHOST:8080'],
  ['::1', '[::1]:3000'],
])('a request from %s to %s comes from this machine', (address, host) => {
  expect(remoteness(address, { host })).toBeNull();
});

test.each([
  ['10.0.0.5', 'localhost:3000'],
  ['172.17.0.1', '127.0.0.1:3000'],
  ['::ffff:10.0.0.5', 'localhost'],
  ['fe80::1', '[::1]'],
  ['127.0.0.1.evil.example', 'localhost'],
  [undefined, 'localhost'],
])('one from %s does not, whatever its Host says', (address, host) => {
  expect(remoteness(address, { host })).toBe('it comes from another machine');
});

test.each([
  'evil.example',
  'localhost.evil.example:3000',
  '127.0.0.1.evil.example',
  'localhost@evil.example',
  'evil.example#localhost',
  'localhost:3000:1',
  '0.0.0.0:3000',
  '[::]:3000',
  '2130706433',
  '',
])('the Host %j is not that of this machine', (host) => {
  expect(remoteness('127.0.0.1', { host })).toBe('its Host is not that of this machine');
});

test.each([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'fly-client-ip',
  'client-ip',
  'x-envoy-external-address',
  'x-original-forwarded-for',
  'x-original-host',
  'x-amzn-trace-id',
  'cdn-loop',
])('%s shows that a proxy is between', (name) => {
  expect(remoteness('127.0.0.1', { host: 'localhost', [name]: '127.0.0.1' })).toBe(
    `it came through a proxy (header ${name})`,
  );
});

test('only names of this machine are loopback', () => {
  expect(['127.0.0.1', '::1', 'localhost', '127.1.2.3'].map(isLoopbackName)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['0.0.0.0', '::', '10.0.0.1', 'sluice.internal'].map(isLoopbackName)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('an IPv6 network is one caller', () => {
  expect(callerOf({ ip: '2001:db8:1:1::1' })).toBe(callerOf({ ip: '2001:db8:1:1:ffff::2' }));
  expect(callerOf({ ip: '2001:db8:1:2::1' })).not.toBe(callerOf({ ip: '2001:db8:1:1::1' }));
  expect(callerOf({ ip: '::ffff:10.0.0.1' })).toBe('::ffff:10.0.0.1');
});

test('a caller is an address, and whatever else a proxy hands on is one caller', () => {
  expect(callerOf({ ip: '203.0.113.7:51234' })).toBe('203.0.113.7');
  expect(callerOf({ ip: '[2001:db8:1:1::1]:51234' })).toBe('2001:db8:1:1');
  for (const ip of ['', 'unknown', '_hidden', 'x'.repeat(8_000), '203.0.113.7.1', '203.0.113.7:5:6'])
    expect(callerOf({ ip })).toBe('unknown');
});
