import { expect, test } from 'vitest';
import { reverseName } from '../../src/identity/reverse-name.ts';

test.each([
  ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
  // The example of RFC 3596 2.5.
  ['4321:0:1:2:3:4:567:89ab', 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa'],
  ['2001:DB8::25', '5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
  ['::', `${'0.'.repeat(32)}ip6.arpa`],
  ['::ffff:192.0.2.1', `1.0.2.0.0.0.0.c.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`],
  ['fe80::1%eth0', null],
  ['example.jp', null],
])('the names of %s are under %s', (ip, name) => {
  expect(reverseName(ip)).toBe(name);
});
