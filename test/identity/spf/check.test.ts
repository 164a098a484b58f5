import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DnsAnswer, Resolver } from '../../../src/identity/resolver.ts';
import { checkSpf, type SpfCheck } from '../../../src/identity/spf/check.ts';
import { parseSpf } from '../../../src/identity/spf/record.ts';
import { merged, withSes } from '../../../src/identity/spf/suggest.ts';
import { withZone } from '../../support/dns/stage.ts';
import type { Zone } from '../../support/dns/zone.ts';

const domain = 'example.com';

async function checked(zone: Zone): Promise<SpfCheck> {
  return (await withZone(zone, (resolver) => checkSpf(domain, resolver))).result;
}

async function ofRecord(text: string, others: Zone = {}): Promise<SpfCheck> {
  return checked({ [domain]: { TXT: [text] }, ...others });
}

describe('an SPF record that lets SES send', () => {
  test('is fine, with its cost and its tree', async () => {
    const check = await ofRecord('v=spf1 a include:amazonses.com ~all', {
      [domain]: {
        TXT: ['google-site-verification=x', 'v=spf1 a include:amazonses.com ~all'],
        A: ['192.0.2.1'],
      },
    });
    expect(check.judgement).toMatchObject({ status: 'ok', expected: null, todo: [] });
    expect(check.judgement.found).toContain('2 of 10 DNS look-ups');
    expect(check.lookups).toBe(2);
    expect(check.tree).toEqual([
      'example.com  v=spf1 a include:amazonses.com ~all',
      '  a (1 look-up)',
      '  include:amazonses.com (1 look-up)',
      '    ip4:199.255.192.0/22',
      '    ip4:54.240.0.0/18',
      '    -all',
      '  ~all',
    ]);
  });

  test('may do so by a record that it includes, or is redirected to', async () => {
    const senders = { '_spf.example.com': { TXT: ['v=spf1 include:amazonses.com ~all'] } };
    expect((await ofRecord('v=spf1 include:_spf.example.com ~all', senders)).judgement.status).toBe('ok');
    expect((await ofRecord('v=spf1 redirect=_spf.example.com', senders)).judgement.status).toBe('ok');
  });

  test('counts terms with macros and does not follow them', async () => {
    const check = await ofRecord('v=spf1 exists:%{i}._spf.%{d} include:amazonses.com ~all');
    expect(check.judgement.status).toBe('ok');
    expect(check.lookups).toBe(2);
    expect(check.judgement.found).toContain('1 term has a macro that only a mail decides');
  });

  test('may have strings of 600 bytes, and is told how it is split', async () => {
    const networks = Array.from({ length: 30 }, (_, index) => `ip4:192.0.${index}.0/24`).join(' ');
    const text = `v=spf1 ${networks} include:amazonses.com ~all`;
    const { judgement } = await checked({
      [domain]: { TXT: [[text.slice(0, 255), text.slice(255, 510), text.slice(510)]] },
    });
    expect(judgement.status).toBe('advice');
    expect(judgement.todo.join('\n')).toContain(`in strings of 255 + 255 + ${text.length - 510}`);
    expect(judgement.todo.join('\n')).toContain('Make it shorter than 450 bytes');
  });

  test.each<[string, string, Zone, RegExp]>([
    ['+all', 'v=spf1 include:amazonses.com +all', {}, /Replace \+all by ~all/],
    ['?all', 'v=spf1 include:amazonses.com ?all', {}, /Replace \?all by ~all/],
    ['no all', 'v=spf1 include:amazonses.com', {}, /Add ~all at the end/],
    ['ptr', 'v=spf1 ptr include:amazonses.com ~all', {}, /Replace ptr by ip4: and ip6: networks/],
    [
      'terms behind all',
      'v=spf1 include:amazonses.com ~all ip4:192.0.2.1',
      {},
      /Move ip4:192\.0\.2\.1 before all/,
    ],
    [
      'redirect beside all',
      'v=spf1 include:amazonses.com ~all redirect=x.example',
      {},
      /a redirect is ignored/,
    ],
    [
      'duplicates',
      'v=spf1 include:amazonses.com include:amazonses.com ~all',
      {},
      /Remove one include:amazonses\.com/,
    ],
    [
      'a void look-up',
      'v=spf1 a:gone.example.com include:amazonses.com ~all',
      {},
      /Remove a:gone\.example\.com: DNS has nothing/,
    ],
  ])('could be better with %s', async (_, text, zone, todo) => {
    const { judgement } = await ofRecord(text, zone);
    expect(judgement.status).toBe('advice');
    expect(judgement.todo.join('\n')).toMatch(todo);
  });
});

describe('an SPF record is wrong', () => {
  test.each([
    [
      'where SES is not in it',
      'v=spf1 mx:mail.example.com -all',
      'v=spf1 mx:mail.example.com include:amazonses.com -all',
    ],
    ['where SES is behind all', 'v=spf1 -all include:amazonses.com', 'v=spf1 include:amazonses.com -all'],
    ['where SES is refused', 'v=spf1 -include:amazonses.com -all', 'v=spf1 include:amazonses.com -all'],
    ['where SES is neutral', 'v=spf1 ?include:amazonses.com ~all', 'v=spf1 include:amazonses.com ~all'],
    ['where nothing is in it', 'v=spf1', 'v=spf1 include:amazonses.com ~all'],
    [
      'where it only redirects',
      'v=spf1 redirect=_spf.other.example',
      'v=spf1 include:amazonses.com redirect=_spf.other.example',
    ],
  ])('%s, and the record is given that lets SES send', async (_, text, expected) => {
    const { judgement } = await ofRecord(text, {
      'mail.example.com': { MX: [[10, 'a.example.com']] },
      '_spf.other.example': { TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
    });
    expect(judgement.status).toBe('wrong');
    expect(judgement.found).toContain('it does not allow SES');
    // A redirect is read where no term matches; with `all` added it would be ignored.
    expect(judgement.expected).toBe(expected);
    expect(judgement.todo[0]).toBe(`Set the TXT record at example.com to: ${expected}`);
  });

  test('where there are two, which are merged into one', async () => {
    const check = await checked({
      [domain]: { TXT: ['v=spf1 ip4:192.0.2.1 -all', 'v=spf1 include:amazonses.com ~all'] },
    });
    expect(check.judgement.status).toBe('wrong');
    expect(check.judgement.found).toContain('2 SPF records, which counts as none (permerror)');
    expect(check.judgement.expected).toBe('v=spf1 ip4:192.0.2.1 include:amazonses.com ~all');
    expect(check.broken).toEqual(['it has 2 SPF records']);
  });

  test('with eleven look-ups, and says what to do to get under ten', async () => {
    const services = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [
        `s${index}.example.net`,
        { TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
      ]),
    );
    const includes = Object.keys(services).map((name) => `include:${name}`);
    const check = await ofRecord(`v=spf1 a ${includes.join(' ')} include:amazonses.com ~all`, {
      ...services,
      's0.example.net': { TXT: ['v=spf1 -all'] },
      [domain]: { A: ['192.0.2.1'], TXT: [`v=spf1 a ${includes.join(' ')} include:amazonses.com ~all`] },
    });
    expect(check.lookups).toBe(11);
    expect(check.judgement.status).toBe('wrong');
    expect(check.judgement.found).toContain('it needs 11 DNS look-ups, and at most 10 are allowed');
    const todo = check.judgement.todo.join('\n');
    expect(todo).toContain('Replace a by the ip4: and ip6: networks');
    expect(todo).toContain('include:s0.example.net costs 1 of the look-ups');
    expect(todo).toContain('send from a subdomain');
    expect(todo).toContain('Put include:amazonses.com first');
  });

  test('not yet with ten', async () => {
    const hosts = Array.from({ length: 9 }, (_, index) => `a${index}.example.net`);
    const zone = Object.fromEntries(hosts.map((host) => [host, { A: ['192.0.2.1'] }]));
    const text = `v=spf1 ${hosts.map((host) => `a:${host}`).join(' ')} include:amazonses.com ~all`;
    expect((await ofRecord(text, zone)).judgement.status).toBe('ok');
  });

  test('with three void look-ups', async () => {
    const { judgement } = await ofRecord(
      'v=spf1 a:x.example.com mx:y.example.com a:z.example.com include:amazonses.com ~all',
    );
    expect(judgement.status).toBe('wrong');
    expect(judgement.found).toContain('3 look-ups find nothing (void), and at most 2 may');
  });

  test('with an include that has no record, or two', async () => {
    const gone = await ofRecord('v=spf1 include:gone.example.net include:amazonses.com ~all');
    expect(gone.judgement.found).toContain('it includes gone.example.net, which has no SPF record');
    const two = await ofRecord('v=spf1 include:two.example.net include:amazonses.com ~all', {
      'two.example.net': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] },
    });
    expect(two.judgement.found).toContain('two.example.net, which it includes, has 2 SPF records');
    expect([gone.judgement.status, two.judgement.status]).toEqual(['wrong', 'wrong']);
  });

  test('with a loop, and the walk ends', async () => {
    const { result, asked } = await withZone(
      {
        [domain]: { TXT: ['v=spf1 include:a.example.net include:amazonses.com ~all'] },
        'a.example.net': { TXT: ['v=spf1 include:b.example.net -all'] },
        'b.example.net': { TXT: ['v=spf1 include:a.example.net -all'] },
      },
      (resolver) => checkSpf(domain, resolver),
    );
    expect(result.judgement.status).toBe('wrong');
    expect(result.judgement.found).toContain('it includes a.example.net in a loop');
    expect(asked.length).toBeLessThan(6);
  });

  test('with an mx of eleven mail exchangers', async () => {
    const exchangers = Array.from({ length: 11 }, (_, index): [number, string] => [
      10,
      `m${index}.example.net`,
    ]);
    const { judgement } = await ofRecord('v=spf1 mx:many.example.net include:amazonses.com ~all', {
      'many.example.net': { MX: exchangers },
    });
    expect(judgement.found).toContain('mx:many.example.net has 11 mail exchangers');
  });

  test('with a fault in its grammar, also in a record that it includes', async () => {
    expect((await ofRecord('v=spf1 ipv4:192.0.2.1 include:amazonses.com ~all')).judgement.found).toContain(
      'ip4 may be meant',
    );
    const { judgement } = await ofRecord('v=spf1 include:bad.example.net include:amazonses.com ~all', {
      'bad.example.net': { TXT: ['v=spf1 ip4:nowhere -all'] },
    });
    expect(judgement.found).toContain('the record of bad.example.net, which it includes: ip4:nowhere');
    expect(judgement.status).toBe('wrong');
  });
});

test('a record whose grammar is wrong is no base for the one that is given', async () => {
  const { judgement } = await ofRecord('v=spf1 ipv4:192.0.2.1 -all');
  expect(judgement).toMatchObject({ status: 'wrong', expected: null });
  expect(judgement.todo[0]).toBe(
    'Put include:amazonses.com before the all of the TXT record at example.com.',
  );
});

describe('strings that are joined without a space', () => {
  test('are told where they make a term that is wrong', async () => {
    const { judgement } = await checked({
      [domain]: {
        TXT: [['v=spf1 include:amazonses.com include:a.example.net', 'include:b.example.net ~all']],
      },
    });
    expect(judgement.status).toBe('wrong');
    expect(judgement.todo.join('\n')).toContain(
      'Put a space between "include:a.example.net" and "include:b.example.net"',
    );
  });
});

describe('an SPF record that is not there', () => {
  test('is missing, with the one to add', async () => {
    for (const zone of [{}, { [domain]: { A: ['192.0.2.1'] } }]) {
      const check = await checked(zone);
      expect(check.judgement).toMatchObject({
        status: 'missing',
        expected: 'v=spf1 include:amazonses.com ~all',
      });
      expect(check).toMatchObject({ tree: [], lookups: null });
    }
  });

  test('is told where something looks like one', async () => {
    expect((await ofRecord('"v=spf1 include:amazonses.com ~all"')).judgement.found).toContain(
      'does not begin with "v=spf1 "',
    );
  });

  test('is never missing where nobody could say', async () => {
    for (const fault of ['servfail', 'silent', 'refused'] as const) {
      const { judgement } = await checked({ [domain]: { fault } });
      expect(judgement).toMatchObject({ status: 'unasked', todo: [] });
      expect(judgement.found).toContain('could not be asked for');
    }
  });

  test('nor where an include could not be asked for', async () => {
    const { judgement } = await ofRecord('v=spf1 include:silent.example.net ~all', {
      'silent.example.net': { fault: 'servfail' },
    });
    expect(judgement.status).toBe('unasked');
    expect(judgement.found).toContain('SERVFAIL');
  });
});

describe('hostile zones', () => {
  test('cost a bounded number of look-ups, whatever they say', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((label) => `${label}.example.net`);
    const term = fc.oneof(
      fc
        .tuple(
          fc.constantFrom('include:', '?include:', 'redirect=', 'a:', 'mx:', 'exists:'),
          fc.constantFrom(...names),
        )
        .map((parts) => parts.join('')),
      fc.constantFrom(
        'all',
        'ptr',
        'ip4:192.0.2.1',
        'include:%{d}.example.net',
        'junk',
        'include:amazonses.com',
      ),
    );
    const zone = fc.array(fc.array(term, { maxLength: 40 }), {
      minLength: names.length,
      maxLength: names.length,
    });
    await fc.assert(
      fc.asyncProperty(zone, async (records) => {
        let asked = 0;
        const resolver = resolverOf((name) => {
          asked += 1;
          const terms = records[names.indexOf(name)];
          return terms
            ? { kind: 'found', records: [[`v=spf1 ${terms.join(' ')}`]] }
            : { kind: 'none', what: 'name' };
        });
        const check = await checkSpf('a.example.net', resolver);
        expect(['ok', 'advice', 'wrong', 'missing', 'unasked']).toContain(check.judgement.status);
        expect(asked).toBeLessThanOrEqual(80);
        expect(check.tree.length).toBeLessThanOrEqual(201);
      }),
      { numRuns: 100 },
    );
  });

  test('that include a new name for ever come to an end', async () => {
    let asked = 0;
    const resolver = resolverOf((name) => {
      asked += 1;
      const includes = Array.from({ length: 20 }, (_, index) => `include:n${index}.${name.slice(-100)}`);
      return { kind: 'found', records: [[`v=spf1 ${includes.join(' ')} -all`]] };
    });
    const check = await checkSpf(domain, resolver);
    expect(asked).toBeLessThanOrEqual(80);
    expect(check.judgement.found).toMatch(/it needs more than \d+ DNS look-ups/);
  });
});

test('a record with thousands of terms is not called wrong for what was not read', async () => {
  const text = `v=spf1 ${'ip4:192.0.2.1 '.repeat(4_000)}include:amazonses.com -all`;
  const { judgement, tree } = await checkSpf(
    domain,
    resolverOf(() => ({ kind: 'found', records: [[text]] })),
  );
  expect(judgement.status).toBe('unasked');
  expect(tree.length).toBeLessThanOrEqual(201);
});

test('a record of 64 KB in one word is judged at once', async () => {
  const strings = [
    'v=spf1 ',
    ...Array.from({ length: 128 }, () => 'x'.repeat(250)),
    ' ',
    ...Array.from({ length: 128 }, () => 'y'.repeat(250)),
  ];
  const { judgement } = await checkSpf(
    domain,
    resolverOf(() => ({ kind: 'found', records: [strings] })),
  );
  expect(judgement.status).toBe('wrong');
});

describe('name servers that do not answer', () => {
  test('are not asked for everything that hangs on them', async () => {
    const hosts = Array.from({ length: 9 }, (_, index) => `a:h${index}.example.net`);
    let failed = 0;
    const resolver: Resolver = {
      ...resolverOf(() => ({
        kind: 'found',
        records: [[`v=spf1 ${hosts.join(' ')} include:amazonses.com -all`]],
      })),
      addresses: async () => {
        failed += 1;
        return { kind: 'unasked', reason: 'silence' };
      },
    };
    const { judgement } = await checkSpf(domain, resolver);
    expect(failed).toBe(4);
    expect(judgement.status).toBe('unasked');
  });
});

describe('a record that is suggested', () => {
  test('has no fault, and lets SES send, whatever it was made of', () => {
    const term = fc.constantFrom(
      'a',
      'mx',
      'ip4:192.0.2.1',
      'include:x.example',
      '-include:amazonses.com',
      '~all',
      '-all',
      '?all',
      '+all',
    );
    fc.assert(
      fc.property(fc.array(term), fc.array(term), (one, two) => {
        const [a, b] = [`v=spf1 ${one.join(' ')}`, `v=spf1 ${two.join('  ')}`];
        for (const text of [withSes(a), merged([a, b])]) {
          const { mechanisms, faults } = parseSpf(text);
          const names = mechanisms.map(({ text: written }) => written);
          expect(faults).toEqual([]);
          expect(names.filter((name) => name === 'include:amazonses.com')).toHaveLength(1);
          expect(names.indexOf('include:amazonses.com')).toBeLessThan(
            mechanisms.findIndex(({ name }) => name === 'all'),
          );
        }
      }),
    );
  });
});

function resolverOf(txt: (name: string) => DnsAnswer<readonly string[]>): Resolver {
  const nothing = async () => ({ kind: 'none', what: 'record' }) as const;
  return { txt: async (name) => txt(name), cname: nothing, mx: nothing, addresses: nothing, names: nothing };
}
