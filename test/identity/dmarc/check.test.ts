import { describe, expect, test } from 'vitest';
import { checkDmarc, type DmarcCheck } from '../../../src/identity/dmarc/check.ts';
import { organisationByWalk, walkDmarc } from '../../../src/identity/dmarc/walk.ts';
import { withZone } from '../../support/dns/stage.ts';
import type { Zone } from '../../support/dns/zone.ts';

const watched = 'v=DMARC1; p=none; rua=mailto:dmarc@example.com';

async function checked(zone: Zone, domain = 'news.example.com'): Promise<DmarcCheck> {
  return (await withZone(zone, (resolver) => checkDmarc(domain, resolver))).result;
}

describe('a DMARC policy', () => {
  test('of the domain itself counts, and p=none is accepted, with the next step', async () => {
    const { item, modes } = await checked({ '_dmarc.news.example.com': { TXT: [watched] } });
    expect(item).toMatchObject({ item: 'dmarc', status: 'ok', expected: null });
    expect(item.found).toBe(
      `_dmarc.news.example.com has "${watched}": p=none, mail that fails is delivered as ever.`,
    );
    expect(item.todo).toEqual([
      'Next, when the reports of some weeks show that your own mail passes: v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com; pct=25; t=y',
    ]);
    expect(modes).toMatchObject({ adkim: 'r', aspf: 'r' });
  });

  test('is inherited from the organisational domain, and then sp counts', async () => {
    const record = 'v=DMARC1; p=reject; sp=quarantine; adkim=s; rua=mailto:dmarc@example.com';
    const { item, modes } = await checked({ '_dmarc.example.com': { TXT: [record] } });
    expect(item).toMatchObject({ status: 'ok', todo: [] });
    expect(item.found).toContain('inherits');
    expect(item.found).toContain('sp=quarantine, mail that fails goes to the spam folder');
    expect(modes).toMatchObject({ adkim: 's', aspf: 'r' });
  });

  test('that is nowhere is missing, and the first record is given', async () => {
    const { item, modes } = await checked({ 'news.example.com': { A: ['192.0.2.1'] } });
    expect(item).toMatchObject({
      status: 'missing',
      expected: 'v=DMARC1; p=none; pct=100; adkim=r; aspf=r; rua=mailto:dmarc-reports@example.com',
    });
    expect(item.todo[0]).toContain('_dmarc.example.com');
    expect(modes).toEqual({ adkim: 'r', aspf: 'r' });
  });

  test('that is there twice counts as none', async () => {
    const { item } = await checked({ '_dmarc.news.example.com': { TXT: [watched, 'v=DMARC1; p=reject'] } });
    expect(item.status).toBe('wrong');
    expect(item.found).toContain('2 DMARC records, which count as none');
  });

  test.each([
    ['no policy', 'v=DMARC1;'],
    ['a wrong policy', 'v=DMARC1; p=all; rua=mailto:a@example.com'],
    ['a tag twice', 'v=DMARC1; p=none; rua=mailto:a@example.com; p=reject'],
    ['the version at its end', 'p=none; v=DMARC1'],
    ['the version in small letters', 'v=dmarc1; p=none'],
  ])('is wrong with %s', async (_, record) => {
    const { item } = await checked({ '_dmarc.news.example.com': { TXT: [record] } });
    expect(item.status).toBe('wrong');
    expect(item.found).toContain(record);
    expect(item.expected).toContain('v=DMARC1; p=none');
  });

  test('could be better where it asks for no reports, or a tag is ignored', async () => {
    const { item } = await checked({
      '_dmarc.news.example.com': { TXT: ['v=DMARC1; p=none; adkim=relaxed'] },
    });
    expect(item.status).toBe('advice');
    expect(item.todo.join('\n')).toContain('adkim=relaxed is no value of adkim');
    expect(item.todo.join('\n')).toContain('Ask for reports');
  });

  test('that could not be asked for is never missing', async () => {
    for (const fault of ['servfail', 'silent'] as const) {
      const { item, modes } = await checked({
        '_dmarc.news.example.com': { fault },
        '_dmarc.example.com': { TXT: [watched] },
      });
      expect(item).toMatchObject({ status: 'unasked', todo: [] });
      expect(modes).toBeNull();
    }
    const above = await checked({ '_dmarc.example.com': { fault: 'servfail' } });
    expect(above.item.status).toBe('unasked');
  });
});

describe('reports to another organisation', () => {
  const record = 'v=DMARC1; p=none; rua=mailto:x@reports.example.net,mailto:own@bounce.example.com';

  test('need its consent', async () => {
    const { item } = await checked({ '_dmarc.news.example.com': { TXT: [record] } });
    expect(item.status).toBe('advice');
    expect(item.todo[0]).toContain('Reports to reports.example.net are not sent');
    expect(item.todo[0]).toContain('news.example.com._report._dmarc.reports.example.net');
    expect(item.todo.join('\n')).not.toContain('bounce.example.com are not sent');
  });

  test('go there with it, also by a wildcard', async () => {
    const { item } = await checked({
      '_dmarc.news.example.com': { TXT: [record] },
      '*._report._dmarc.reports.example.net': { TXT: ['v=DMARC1;'] },
    });
    expect(item.status).toBe('ok');
  });
});

describe('the tree walk', () => {
  test('asks for eight names at most', async () => {
    const { asked } = await withZone({}, (resolver) =>
      walkDmarc('a.b.c.d.e.f.g.h.i.j.example.com', resolver),
    );
    expect(asked).toEqual([
      'TXT _dmarc.a.b.c.d.e.f.g.h.i.j.example.com',
      'TXT _dmarc.g.h.i.j.example.com'.replace('g.h.i.j', 'f.g.h.i.j'),
      'TXT _dmarc.g.h.i.j.example.com',
      'TXT _dmarc.h.i.j.example.com',
      'TXT _dmarc.i.j.example.com',
      'TXT _dmarc.j.example.com',
      'TXT _dmarc.example.com',
      'TXT _dmarc.com',
    ]);
  });

  test.each<[string, Zone, string]>([
    [
      'the highest name with a record',
      { '_dmarc.example.com': { TXT: [watched] }, '_dmarc.a.example.com': { TXT: [watched] } },
      'example.com',
    ],
    [
      'the name with psd=n',
      {
        '_dmarc.example.com': { TXT: [watched] },
        '_dmarc.a.example.com': { TXT: ['v=DMARC1; p=none; psd=n'] },
      },
      'a.example.com',
    ],
    [
      'one below the name with psd=y',
      { '_dmarc.example.com': { TXT: ['v=DMARC1; p=none; psd=y'] } },
      'a.example.com',
    ],
    ['the name itself where there is no record', {}, 'news.a.example.com'],
  ])('finds the organisation: %s', async (_, zone, expected) => {
    const { result } = await withZone(zone, (resolver) => walkDmarc('news.a.example.com', resolver));
    expect(organisationByWalk('news.a.example.com', result)).toBe(expected);
  });

  test('says where receivers by public suffixes find another policy', async () => {
    const { item } = await checked({ '_dmarc.github.io': { TXT: [watched] } }, 'news.example.github.io');
    expect(item.status).toBe('advice');
    expect(item.found).toContain('_dmarc.github.io');
    expect(item.todo.join('\n')).toContain('those by RFC 7489 (public suffixes) find no record');
  });

  test('finds the policy of a public suffix that says it is one', async () => {
    const { item } = await checked(
      { '_dmarc.jp': { TXT: ['v=DMARC1; p=reject; psd=y; rua=mailto:a@registry.jp'] } },
      'news.example.jp',
    );
    expect(item.found).toContain('_dmarc.jp');
  });
});
