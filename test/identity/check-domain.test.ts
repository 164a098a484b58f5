import { describe, expect, test } from 'vitest';
import { blockersOf } from '../../src/identity/blockers.ts';
import { checkDomain } from '../../src/identity/check-domain.ts';
import type {
  DomainCheck,
  DomainItem,
  DomainItemName,
  SesDomainState,
} from '../../src/identity/domain-check.ts';
import type { ConfigurationSetState, SesIdentity } from '../../src/identity/ses-identity.ts';
import { withZone } from '../support/dns/stage.ts';
import type { Zone } from '../support/dns/zone.ts';

const tokens = ['aaa', 'bbb', 'ccc'];
const types = ['SEND', 'DELIVERY', 'BOUNCE', 'COMPLAINT', 'REJECT', 'RENDERING_FAILURE', 'DELIVERY_DELAY'];
const topic = 'arn:aws:sns:ap-northeast-1:1:events';

const identity: SesIdentity = {
  name: 'example.com',
  verified: true,
  dkim: { status: 'SUCCESS', tokens, hostedZone: 'dkim.ses.example', keyLength: 2048, origin: 'easy' },
  mailFrom: { domain: 'bounce.example.com', status: 'SUCCESS' },
};
const set: ConfigurationSetState = {
  tlsRequired: true,
  sendingEnabled: true,
  destinations: [{ name: 'sluice', enabled: true, types, topic }],
};
const ses = stateOf(identity);

const cnames: Zone = Object.fromEntries(
  tokens.map((token) => [`${token}._domainkey.example.com`, { CNAME: `${token}.dkim.ses.example` }]),
);
const envelope: Zone = {
  'bounce.example.com': {
    MX: [[10, 'feedback-smtp.ap-northeast-1.amazonses.com']],
    TXT: ['v=spf1 include:amazonses.com ~all'],
  },
};
const green: Zone = {
  ...cnames,
  ...envelope,
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@example.com'] },
};

function stateOf(
  value: SesIdentity | null,
  configuration: ConfigurationSetState | null = set,
): SesDomainState {
  return {
    identity: { kind: 'answer', value },
    configurationSet: { name: 'sluice', state: { kind: 'answer', value: configuration } },
    region: 'ap-northeast-1',
  };
}

async function check(zone: Zone, state: SesDomainState = ses, domain = 'example.com'): Promise<DomainCheck> {
  const { result } = await withZone(zone, (resolver) =>
    checkDomain({ domain, ses: state, resolver, now: 7 }),
  );
  return result;
}

async function itemOf(
  name: DomainItemName,
  zone: Zone,
  state = ses,
  domain = 'example.com',
): Promise<DomainItem> {
  const found = (await check(zone, state, domain)).items.find(({ item }) => item === name);
  if (!found) throw new Error(`no item ${name}`);
  return found;
}

function statuses({ items }: DomainCheck): Record<string, string> {
  return Object.fromEntries(items.map(({ item, status }) => [item, status]));
}

describe('a domain with everything in place', () => {
  test('is green in all of its items', async () => {
    const found = await check(green);
    expect(statuses(found)).toEqual({
      identity: 'ok',
      dkim: 'ok',
      dkim_records: 'ok',
      spf: 'ok',
      dmarc: 'ok',
      alignment: 'ok',
      mail_from: 'ok',
      tls: 'ok',
      events: 'ok',
    });
    expect(found).toMatchObject({ domain: 'example.com', at: 7, spfLookups: 1 });
    expect(found.spfTree[0]).toBe('bounce.example.com  v=spf1 include:amazonses.com ~all');
    expect(blockersOf(found, { allowUnauthenticated: false })).toEqual([]);
  });

  test('is asked for each name once', async () => {
    const { asked } = await withZone(green, (resolver) =>
      checkDomain({ domain: 'example.com', ses, resolver, now: 0 }),
    );
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  test('may send from its subdomains, and be written in its own letters', async () => {
    const below = await check(green, ses, 'news.example.com');
    expect(blockersOf(below, { allowUnauthenticated: false })).toEqual([]);
    const ascii = 'xn--r8jz45g.jp';
    const zone = Object.fromEntries(
      Object.entries(green).map(([name, records]) => [name.replace('example.com', ascii), records]),
    );
    const own: SesIdentity = {
      ...identity,
      name: '例え.jp',
      mailFrom: { domain: 'bounce.例え.jp', status: 'SUCCESS' },
    };
    const found = await check(zone, stateOf(own), '例え.JP');
    expect(found.domain).toBe(ascii);
    expect(Object.values(statuses(found)).filter((status) => status !== 'ok')).toEqual(['advice']);
    expect(found.items.find(({ item }) => item === 'dmarc')?.todo.join()).toContain(
      'Reports to example.com are not sent',
    );
  });
});

describe('the CNAMEs of DKIM', () => {
  const without = (...names: string[]) =>
    Object.fromEntries(
      Object.entries(green).filter(([name]) => !names.some((label) => name.startsWith(label))),
    );

  test('are missing one by one', async () => {
    const item = await itemOf('dkim_records', without('bbb'));
    expect(item.status).toBe('missing');
    expect(item.found).toBe('2 of 3 CNAMEs are right: bbb._domainkey.example.com is not there.');
    expect(item.expected).toBe('bbb._domainkey.example.com CNAME bbb.dkim.ses.example');
    expect(item.todo).toEqual(['Set the CNAME bbb._domainkey.example.com to bbb.dkim.ses.example']);
  });

  test('are wrong where they point elsewhere', async () => {
    const item = await itemOf('dkim_records', {
      ...green,
      'aaa._domainkey.example.com': { CNAME: 'aaa.dkim.old.example' },
    });
    expect(item.status).toBe('wrong');
    expect(item.found).toContain('points to aaa.dkim.old.example');
  });

  test('are told where the panel has added the domain to the name', async () => {
    const item = await itemOf('dkim_records', {
      ...without('aaa'),
      'aaa._domainkey.example.com.example.com': { CNAME: 'aaa.dkim.ses.example' },
    });
    expect(item.status).toBe('missing');
    expect(item.found).toContain('aaa._domainkey.example.com.example.com is');
    expect(item.todo[0]).toContain('enter aaa._domainkey there');
  });

  test('are told where the panel has added the domain to the target', async () => {
    const item = await itemOf('dkim_records', {
      ...green,
      'aaa._domainkey.example.com': { CNAME: 'aaa.dkim.ses.example.example.com' },
    });
    expect(item.todo[0]).toContain('has added example.com to the target');
  });

  test('are missing behind a wildcard that answers for everything', async () => {
    const item = await itemOf('dkim_records', {
      ...without('aaa', 'bbb', 'ccc'),
      '*.example.com': { CNAME: 'parked.example.net' },
    });
    expect(item.status).toBe('missing');
    expect(item.found).toContain('a wildcard answers in its place and points to parked.example.net');
  });

  test('are right beside a wildcard', async () => {
    const item = await itemOf('dkim_records', {
      ...green,
      '*._domainkey.example.com': { CNAME: 'parked.example.net' },
    });
    expect(item.status).toBe('ok');
    expect(item.found).toContain('A wildcard CNAME');
  });

  test('are wrong as TXT records', async () => {
    const item = await itemOf('dkim_records', {
      ...green,
      'aaa._domainkey.example.com': { TXT: ['p=MIGf'] },
    });
    expect(item.status).toBe('wrong');
    expect(item.found).toContain('has a TXT record in place of a CNAME');
  });

  test('are never missing where nobody could say', async () => {
    for (const fault of ['servfail', 'silent'] as const) {
      const item = await itemOf('dkim_records', { ...green, 'aaa._domainkey.example.com': { fault } });
      expect(item).toMatchObject({ status: 'unasked', todo: [] });
    }
  });

  test('are not needed for keys of the owner', async () => {
    const own: SesIdentity = { ...identity, dkim: { ...identity.dkim, origin: 'own', tokens: ['selector'] } };
    const { asked, result } = await withZone(green, (resolver) =>
      checkDomain({ domain: 'example.com', ses: stateOf(own), resolver, now: 0 }),
    );
    expect(result.items.find(({ item }) => item === 'dkim_records')?.status).toBe('ok');
    expect(asked.join()).not.toContain('_domainkey');
  });
});

describe('what SES says', () => {
  test.each([
    ['PENDING', 'looks for 72 hours'],
    ['FAILED', 'has stopped looking'],
    ['NOT_STARTED', 'has not been started'],
  ] as const)('of DKIM, %s, blocks always, and says what to do', async (status, words) => {
    const found = await check(green, stateOf({ ...identity, dkim: { ...identity.dkim, status } }));
    const item = found.items.find((each) => each.item === 'dkim');
    expect(item).toMatchObject({ status: 'wrong' });
    expect(item?.found).toContain(words);
    expect(item?.todo).not.toEqual([]);
    expect(blockersOf(found, { allowUnauthenticated: true })).toEqual([item]);
  });

  test('of DKIM, TEMPORARY_FAILURE, is what nobody knows: SES signs on, and nothing is held', async () => {
    const dkim = { ...identity.dkim, status: 'TEMPORARY_FAILURE' } as const;
    const found = await check(green, stateOf({ ...identity, dkim }));
    const item = found.items.find((each) => each.item === 'dkim');
    expect(item).toMatchObject({ status: 'unasked' });
    expect(item?.found).toContain('can not read them now');
    expect(item?.todo).not.toEqual([]);
    expect(blockersOf(found, { allowUnauthenticated: false })).toEqual([]);
    const revoked = await check(green, stateOf({ ...identity, verified: false, dkim }));
    expect(blockersOf(revoked, { allowUnauthenticated: true }).map((each) => each.item)).toEqual([
      'identity',
    ]);
  });

  test('that signing is switched off blocks always, whatever is in DNS', async () => {
    const found = await check(green, stateOf({ ...identity, dkim: { ...identity.dkim, isOff: true } }));
    const [item] = blockersOf(found, { allowUnauthenticated: true });
    expect(item).toMatchObject({ item: 'dkim', status: 'wrong' });
    expect(item?.found).toContain('switched off');
  });

  test('that it has no such identity blocks always', async () => {
    const found = await check(green, stateOf(null));
    expect(blockersOf(found, { allowUnauthenticated: true }).map(({ item }) => item)).toEqual([
      'identity',
      'dkim',
    ]);
    expect(found.items[0]?.todo[0]).toContain('sluice domain add example.com');
  });

  test('that it is not verified blocks always', async () => {
    const found = await check(green, stateOf({ ...identity, verified: false }));
    expect(blockersOf(found, { allowUnauthenticated: true }).map(({ item }) => item)).toEqual(['identity']);
  });

  test('where it could not be asked blocks nothing', async () => {
    const failure = { kind: 'failure', name: 'AccessDeniedException', message: 'not allowed' } as const;
    const found = await check(
      {},
      { identity: failure, configurationSet: { name: 'sluice', state: failure }, region: null },
    );
    expect(statuses(found)).toEqual({
      identity: 'unasked',
      dkim: 'unasked',
      dkim_records: 'unasked',
      spf: 'unasked',
      dmarc: 'missing',
      alignment: 'unasked',
      mail_from: 'unasked',
      tls: 'unasked',
      events: 'unasked',
    });
    expect(blockersOf(found, { allowUnauthenticated: true })).toEqual([]);
    expect(found.items[0]?.found).toBe('SES could not be asked: AccessDeniedException: not allowed');
  });
});

describe('the custom MAIL FROM domain', () => {
  test.each<[string, Zone[string], RegExp]>([
    ['no MX', { TXT: ['v=spf1 include:amazonses.com ~all'] }, /it has no MX record/],
    [
      'two MX',
      {
        ...envelope['bounce.example.com'],
        MX: [
          [10, 'feedback-smtp.ap-northeast-1.amazonses.com'],
          [20, 'b.example.com'],
        ],
      },
      /2 MX records, and SES wants exactly one/,
    ],
    [
      'the MX of another region',
      { ...envelope['bounce.example.com'], MX: [[10, 'feedback-smtp.us-east-1.amazonses.com']] },
      /not SES's of ap-northeast-1/,
    ],
    ['no SPF', { MX: [[10, 'feedback-smtp.ap-northeast-1.amazonses.com']] }, /it has no SPF record/],
  ])('is not right with %s', async (_, records, words) => {
    const item = await itemOf('mail_from', { ...green, 'bounce.example.com': records });
    expect(['wrong', 'missing']).toContain(item.status);
    expect(item.found).toMatch(words);
    expect(item.expected).not.toBeNull();
  });

  test.each(['PENDING', 'FAILED', 'TEMPORARY_FAILURE'] as const)(
    'is wrong while SES says %s',
    async (status) => {
      const item = await itemOf(
        'mail_from',
        green,
        stateOf({ ...identity, mailFrom: { domain: 'bounce.example.com', status } }),
      );
      expect(item).toMatchObject({ status: 'wrong', expected: 'MAIL FROM status SUCCESS' });
      expect(item.found).toContain(status);
    },
  );

  test('is advised where there is none, and then the SPF record is of From itself', async () => {
    const plain = stateOf({ ...identity, mailFrom: null });
    const found = await check(
      { ...green, 'example.com': { TXT: ['v=spf1 include:amazonses.com ~all'] } },
      plain,
    );
    expect(statuses(found)).toMatchObject({ mail_from: 'advice', spf: 'ok', alignment: 'ok' });
    expect(found.items.find(({ item }) => item === 'alignment')?.found).toContain('DMARC passes by DKIM');
    expect(await itemOf('spf', green, plain)).toMatchObject({ status: 'missing' });
  });

  test('leaves a line about a record of From itself that is broken', async () => {
    const item = await itemOf('spf', { ...green, 'example.com': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] } });
    expect(item.status).toBe('advice');
    expect(item.found).toContain(
      "example.com itself, which is not the envelope's domain, has a broken record: it has 2 SPF records",
    );
  });
});

describe('alignment', () => {
  const strict = (tags: string): Zone => ({
    ...green,
    '_dmarc.example.com': { TXT: [`v=DMARC1; p=none; ${tags}; rua=mailto:a@example.com`] },
  });

  test('is relaxed by the organisational domain', async () => {
    const item = await itemOf('alignment', green, ses, 'news.example.com');
    expect(item.status).toBe('ok');
    expect(item.found).toContain('DMARC passes by either');
  });

  test('fails where DKIM and the envelope are strict and of the parent, and blocks', async () => {
    const found = await check(strict('adkim=s; aspf=s'), ses, 'news.example.com');
    const item = found.items.find((each) => each.item === 'alignment');
    expect(item).toMatchObject({ status: 'wrong', expected: 'DKIM signed as news.example.com' });
    expect(item?.todo[0]).toContain('adkim=r');
    expect(blockersOf(found, { allowUnauthenticated: false })).toEqual([item]);
    expect(blockersOf(found, { allowUnauthenticated: true })).toEqual([]);
  });

  test('by SPF alone could be better', async () => {
    const item = await itemOf('alignment', strict('adkim=s'), ses, 'news.example.com');
    expect(item.status).toBe('advice');
    expect(item.found).toContain('DMARC passes by SPF alone');
  });

  test('tells where receivers by the two RFCs differ', async () => {
    const item = await itemOf(
      'alignment',
      {
        ...cnames,
        ...envelope,
        '_dmarc.news.example.com': { TXT: ['v=DMARC1; p=none; rua=mailto:a@example.com'] },
      },
      ses,
      'news.example.com',
    );
    expect(item.status).toBe('advice');
    expect(item.found).toContain('by the tree walk of RFC 9989 do not');
    expect(item.todo[0]).toContain('_dmarc.example.com');
  });

  test('is not judged where the policy could not be asked for', async () => {
    const item = await itemOf(
      'alignment',
      { ...green, '_dmarc.example.com': { fault: 'servfail' } },
      ses,
      'news.example.com',
    );
    expect(item.status).toBe('unasked');
  });
});

describe('the configuration set', () => {
  test('has to require TLS', async () => {
    const item = await itemOf('tls', green, stateOf(identity, { ...set, tlsRequired: false }));
    expect(item).toMatchObject({ status: 'wrong', expected: 'TlsPolicy REQUIRE' });
    expect(item.todo.join()).toContain('sluice setup');
  });

  test('has to publish all events, by destinations that are switched on', async () => {
    const destinations = [
      { name: 'a', enabled: true, types: ['SEND', 'BOUNCE'], topic },
      { name: 'b', enabled: false, types, topic },
    ];
    const item = await itemOf('events', green, stateOf(identity, { ...set, destinations }));
    expect(item.status).toBe('wrong');
    expect(item.found).toBe(
      'sluice publishes no DELIVERY, DELIVERY_DELAY, COMPLAINT, REJECT, RENDERING_FAILURE; b is switched off.',
    );
    const none = await itemOf('events', green, stateOf(identity, { ...set, destinations: [] }));
    expect(none.status).toBe('missing');
  });

  test('has to be there, and to send', async () => {
    expect((await itemOf('tls', green, stateOf(identity, null))).status).toBe('missing');
    expect((await itemOf('events', green, { ...ses, configurationSet: null })).found).toContain(
      'SLUICE_CONFIGURATION_SET',
    );
    const paused = await itemOf('events', green, stateOf(identity, { ...set, sendingEnabled: false }));
    expect(paused).toMatchObject({ status: 'wrong' });
    expect(paused.found).toContain('sending is paused for sluice');
  });
});

describe('what a hostile zone says', () => {
  test('can neither steer a terminal nor fill it', async () => {
    const nasty = `v=spf1 \u001b[2J\n${'x'.repeat(9_000)} -all`;
    const strings = nasty.match(/[^]{1,250}/g) ?? [];
    const found = await check({ ...green, 'bounce.example.com': { TXT: [strings] } });
    const said = [...found.spfTree, ...found.items.flatMap((item) => [item.found, ...item.todo])];
    expect(said.every((line) => !/\p{Cc}/u.test(line))).toBe(true);
    expect(said.every((line) => line.length < 4_200)).toBe(true);
    expect(said.join('\n')).toContain('\\u{1b}[2J');
  });
});

describe('an identity that is an address', () => {
  test('is judged by its domain', async () => {
    const found = await check(green, stateOf({ ...identity, name: 'news@example.com' }));
    expect(statuses(found)).toMatchObject({ dkim_records: 'ok', alignment: 'ok' });
  });
});

describe('DNS that does not answer', () => {
  test('blocks nothing', async () => {
    const silent: Zone = { com: { fault: 'servfail' }, '*.com': { fault: 'servfail' } };
    const found = await check(silent);
    expect(statuses(found)).toMatchObject({
      dkim_records: 'unasked',
      spf: 'unasked',
      dmarc: 'unasked',
      mail_from: 'unasked',
    });
    expect(blockersOf(found, { allowUnauthenticated: false })).toEqual([]);
  });
});
