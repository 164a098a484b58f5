import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bounded } from '../../src/identity/bounded.ts';
import { remembering } from '../../src/identity/remembering-resolver.ts';
import type { Resolver } from '../../src/identity/resolver.ts';
import { createResolver } from '../../src/identity/system-resolver.ts';
import { type DnsServer, startDnsServer } from '../support/dns/server.ts';

const long = ['a'.repeat(255), 'b'.repeat(255), 'c'.repeat(90)];

let server: DnsServer;
let resolver: Resolver;
/** Who waits for silence waits for all of it. */
let hasty: Resolver;

beforeAll(async () => {
  server = await startDnsServer({
    'example.com': {
      TXT: ['v=spf1 -all', ['in ', 'two']],
      MX: [[10, 'Mail.Example.com']],
      A: ['192.0.2.1'],
      AAAA: ['2001:db8::1'],
    },
    'long.example.com': { TXT: [long] },
    'truncated.example.com': { TXT: ['by tcp'], fault: 'truncated' },
    'alias.example.com': { CNAME: 'alias2.example.com' },
    'alias2.example.com': { CNAME: 'example.com' },
    'dangling.example.com': { CNAME: 'nowhere.example.net' },
    'loop.example.com': { CNAME: 'loop.example.com' },
    '*.wild.example.com': { CNAME: 'example.com' },
    'four.example.com': { A: ['192.0.2.4'] },
    '1.2.0.192.in-addr.arpa': { PTR: ['mail.example.com'] },
    '9.2.0.192.in-addr.arpa': { fault: 'servfail' },
    'servfail.example.com': { fault: 'servfail' },
    'refused.example.com': { fault: 'refused' },
    'silent.example.com': { fault: 'silent' },
    'garbage.example.com': { fault: 'garbage' },
    'lame.example.com': { fault: 'lame' },
    'below.nothing.example.com': { A: ['192.0.2.5'] },
  });
  resolver = createResolver({ servers: [server.address], timeoutMs: 20_000 });
  hasty = createResolver({ servers: [server.address], timeoutMs: 2_000 });
});

afterAll(() => server.close());

describe('what DNS says is found', () => {
  test('as TXT records in their strings', async () => {
    expect(await resolver.txt('example.com')).toEqual({
      kind: 'found',
      records: [['v=spf1 -all'], ['in ', 'two']],
    });
  });

  test('also where a record of 600 bytes fits into no answer by UDP', async () => {
    expect(await resolver.txt('long.example.com')).toEqual({ kind: 'found', records: [long] });
    expect(server.asked).toContain('tcp TXT long.example.com');
  });

  test('also where the server only answers by TCP', async () => {
    expect(await resolver.txt('truncated.example.com')).toEqual({ kind: 'found', records: [['by tcp']] });
  });

  test('behind a chain of CNAMEs', async () => {
    expect(await resolver.txt('alias.example.com')).toMatchObject({ kind: 'found' });
    expect(await resolver.cname('alias.example.com')).toEqual({
      kind: 'found',
      records: ['alias2.example.com'],
    });
  });

  test('by a wildcard', async () => {
    expect(await resolver.cname('any.wild.example.com')).toEqual({ kind: 'found', records: ['example.com'] });
  });

  test('as mail exchangers in lower case', async () => {
    expect(await resolver.mx('example.com')).toEqual({
      kind: 'found',
      records: [{ exchange: 'mail.example.com', priority: 10 }],
    });
  });

  test('as addresses of both families, and of one where there is one', async () => {
    expect(await resolver.addresses('example.com')).toEqual({
      kind: 'found',
      records: ['192.0.2.1', '2001:db8::1'],
    });
    expect(await resolver.addresses('four.example.com')).toEqual({ kind: 'found', records: ['192.0.2.4'] });
  });

  test('as names of an address', async () => {
    expect(await resolver.names('192.0.2.1')).toEqual({ kind: 'found', records: ['mail.example.com'] });
  });
});

describe('what DNS says there is not', () => {
  test.each([
    ['no such name', 'nowhere.example.com', 'name'],
    ['a name without such a record', 'four.example.com', 'record'],
    ['a name that only others lie under', 'nothing.example.com', 'record'],
    ['a CNAME that leads nowhere', 'dangling.example.com', 'name'],
  ])('is none: %s', async (_, name, what) => {
    expect(await resolver.txt(name)).toEqual({ kind: 'none', what });
  });
});

describe('what DNS does not say', () => {
  test.each([
    ['servfail', 'the resolver could not get an answer from the name servers of the domain (SERVFAIL)'],
    ['refused', 'the resolver refused to answer (REFUSED)'],
    ['silent', 'the resolver gave no answer in 2 s'],
    ['lame', 'the resolver gave no answer in 2 s'],
  ])('is never "missing": %s', async (name, reason) => {
    expect(await hasty.txt(`${name}.example.com`)).toEqual({ kind: 'unasked', reason });
    expect(await hasty.addresses(`${name}.example.com`)).toMatchObject({ kind: 'unasked' });
  });

  test.each(['garbage', 'loop'])('is never "missing": %s', async (name) => {
    expect(await hasty.txt(`${name}.example.com`)).toMatchObject({ kind: 'unasked' });
  });

  test('is told where no resolver is there', async () => {
    const gone = await startDnsServer();
    await gone.close();
    const deaf = createResolver({ servers: [gone.address], timeoutMs: 2_000 });
    const answer = await deaf.txt('example.com');
    expect(answer.kind).toBe('unasked');
  });

  test('throws for no name, however odd', async () => {
    for (const name of [
      '',
      '.',
      'a..b',
      'x'.repeat(300),
      `${'y'.repeat(64)}.com`,
      '\u0000',
      'a b',
      '例え.jp',
    ]) {
      expect((await resolver.txt(name)).kind).not.toBe('found');
      expect((await resolver.names(name)).kind).not.toBe('found');
    }
  });
});

describe('the answers of a check', () => {
  test('are asked for once, in whatever case, also at the same time', async () => {
    server.asked.length = 0;
    const remembered = remembering(resolver, new AbortController().signal);
    const [one, two] = await Promise.all([remembered.txt('example.com'), remembered.txt('EXAMPLE.com.')]);
    expect(two).toBe(one);
    expect(await remembered.txt('example.com')).toBe(one);
    expect(server.asked).toEqual(['TXT example.com']);
  });

  test('are none any more when the time of the check is over', async () => {
    const over = new AbortController();
    const remembered = remembering(resolver, over.signal);
    const before = await remembered.txt('example.com');
    over.abort();
    server.asked.length = 0;
    expect(await remembered.txt('example.com')).toBe(before);
    expect(await remembered.mx('example.com')).toEqual({
      kind: 'unasked',
      reason: 'the time of the check was over',
    });
    expect(server.asked).toEqual([]);
  });

  test('are fresh in the next one', async () => {
    const other = await startDnsServer({ 'example.com': { TXT: ['one'] } });
    const asking = createResolver({ servers: [other.address], timeoutMs: 20_000 });
    expect(await asking.txt('example.com')).toMatchObject({ records: [['one']] });
    other.serve({ 'example.com': { TXT: ['two'] } });
    expect(await asking.txt('example.com')).toMatchObject({ records: [['two']] });
    await other.close();
  });
});

test('no more tasks run at a time than are allowed, and all of them run', async () => {
  const limited = bounded(3);
  let running = 0;
  let most = 0;
  const done = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      limited(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return index;
      }),
    ),
  );
  expect(done).toHaveLength(20);
  expect(most).toBe(3);
});

test('names of an address that nobody could tell are not "none", and the hosts file is not asked', async () => {
  expect(await resolver.names('192.0.2.9')).toMatchObject({ kind: 'unasked' });
  expect(await resolver.names('127.0.0.1')).toEqual({ kind: 'none', what: 'name' });
});
