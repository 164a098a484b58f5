import { describe, expect, test } from 'vitest';
import { organisationalDomain, sameOrganisation } from '../../src/identity/organisational-domain.ts';

describe('the organisational domain', () => {
  test.each([
    ['example.com', 'example.com'],
    ['a.b.Example.COM.', 'example.com'],
    ['mail.example.co.jp', 'example.co.jp'],
    ['_dmarc.news.example.co.jp', 'example.co.jp'],
    ['mail.例え.jp', 'xn--r8jz45g.jp'],
    ['mail.xn--r8jz45g.jp', 'xn--r8jz45g.jp'],
    ['city.kobe.jp', 'city.kobe.jp'],
    ['a.b.c.kobe.jp', 'b.c.kobe.jp'],
    ['news.example.unknowntld', 'example.unknowntld'],
  ])('of %s is %s', (name, expected) => {
    expect(organisationalDomain(name)).toBe(expected);
  });

  test.each(['co.jp', 'com', '', 'a..b', '192.0.2.1', 'a b.com', `${'a'.repeat(64)}.com`, 'x'.repeat(2_000)])(
    'of %j is none',
    (name) => {
      expect(organisationalDomain(name)).toBeNull();
    },
  );

  test('tells customers of one hosting company apart', () => {
    expect(organisationalDomain('x.a.github.io')).toBe('a.github.io');
    expect(sameOrganisation('a.github.io', 'b.github.io')).toBe(false);
  });

  test('joins what belongs to one owner, however it is written', () => {
    expect(sameOrganisation('news.例え.jp', 'BOUNCE.xn--r8jz45g.jp.')).toBe(true);
    expect(sameOrganisation('example.co.jp', 'example.jp')).toBe(false);
    expect(sameOrganisation('co.jp', 'co.jp')).toBe(true);
  });
});
