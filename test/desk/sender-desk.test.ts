import { beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { AskedDomains } from '../../src/desk/parts.ts';
import { DomainInspector } from '../../src/identity/inspector.ts';
import type { SesIdentity } from '../../src/identity/ses-identity.ts';
import { parseCampaign } from '../../src/queue/campaign.ts';
import { NO_LIMITS, Pace } from '../../src/send/pace.ts';
import { campaignInput, type DeskStage, deskStage, HANA } from '../support/desk-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
let stage: DeskStage;

beforeEach(() => {
  stage = deskStage(server);
});

describe('profiles', () => {
  const news = { name: 'news', from: 'News <news@example.com>' };

  test('are set with what the command line takes for granted, listed and removed', async () => {
    const { senders } = stage.desk;
    const whole = { ...news, replyTo: [], unsubscribe: 'sluice', oneClick: true };
    expect(await senders.setProfile(news, HANA)).toEqual(whole);
    expect(await senders.setProfile({ ...news, name: 'receipts', unsubscribe: 'none' }, HANA)).toMatchObject({
      oneClick: false,
    });
    expect((await senders.profiles()).map(({ name }) => name)).toEqual(['news', 'receipts']);
    expect(await senders.removeProfile('news', HANA)).toEqual(whole);
    await expect(senders.removeProfile('news', HANA)).rejects.toMatchObject({ kind: 'missing' });
  });

  test.each([
    [{ name: 'news' }, ['from: is missing']],
    [{ ...news, reply: 'x' }, [expect.stringContaining('reply: is no field of a profile')]],
    [{ ...news, replyTo: 'x' }, [expect.stringMatching(/^replyTo: /)]],
    [
      { ...news, from: 'nobody', unsubscribe: 'x' },
      [expect.stringMatching(/^from/), expect.stringMatching(/^unsub/)],
    ],
    ['news', [expect.stringMatching(/^the profile: /)]],
  ])('what is wrong is said by its field: %j', async (input, problems) => {
    const setting = stage.desk.senders.setProfile(input, HANA);
    await expect(setting).rejects.toMatchObject({ kind: 'wrong', problems });
    expect(await stage.desk.senders.profiles()).toEqual([]);
  });
});

describe('projects', () => {
  test('change in what is named, and null takes a setting away', async () => {
    const { senders } = stage.desk;
    await senders.setProject('shop', { perDay: 100, bounceRate: 0.05, organisation: 'Example KK' }, HANA);
    expect(await senders.setProject('shop', { perDay: null, perSecond: 2.5 }, HANA)).toMatchObject({
      name: 'shop',
      perDay: null,
      perSecond: 2.5,
      bounceRate: 0.05,
      organisation: 'Example KK',
      used: { day: 0, month: 0 },
    });
    expect((await senders.projects()).map(({ name }) => name)).toEqual(['shop']);
  });

  test.each([
    [{ perDay: 0 }, 'perDay: may be a whole number'],
    [{ perDay: '5' }, 'perDay: may be a whole number'],
    [{ bounceRate: 2 }, 'bounceRate: may be a share'],
    [{ domainRules: 'none' }, 'domainRules: may be all, marketing, ses, or null'],
    [{ perHour: 1 }, 'perHour: is no setting of a project'],
    [[], 'the change must be an object'],
    [null, 'the change must be an object'],
  ])('a change that is wrong is refused: %j', async (change, said) => {
    await expect(stage.desk.senders.setProject('shop', change, HANA)).rejects.toThrow(said);
    expect(await stage.desk.senders.projects()).toEqual([]);
  });

  test('a name that no campaign could have is refused', async () => {
    await expect(stage.desk.senders.setProject('a:b', {}, HANA)).rejects.toThrow('is no name of a project');
  });

  test('a campaign that its limits held goes on when they are raised', async () => {
    const { desk, client } = stage;
    await desk.senders.setProject('shop', { perDay: 1 }, HANA);
    await desk.campaigns.submit(campaignInput('autumn', { project: 'shop' }));
    const hold = { code: 'PROJECT_DAY', reason: 'full', until: Date.now() + 3_600_000 } as const;
    await client.campaigns.hold('autumn', 'shop', hold);
    await desk.senders.setProject('shop', { bounceRate: 0.1 }, HANA);
    expect((await desk.campaigns.receipt('autumn')).state).toBe('held');
    await desk.senders.setProject('shop', { perDay: 1_000 }, HANA);
    expect((await desk.campaigns.receipt('autumn')).state).toBe('queued');
  });

  test('what a project has used is shown', async () => {
    await stage.desk.senders.setProject('shop', { perDay: 100 }, HANA);
    const [shop] = await stage.client.projects.list();
    const pace = new Pace(server.redis, stage.client.keys);
    await pace.take(40, [{ name: 'account', perSecond: 1_000 }], 0, { ...NO_LIMITS, project: shop ?? null });
    expect((await stage.desk.senders.projects())[0]?.used).toEqual({ day: 40, month: 40 });
  });
});

test('the guard shows who is held by it, by project', async () => {
  const { desk, client } = stage;
  for (const [id, project] of [
    ['b', 'shop'],
    ['a', 'shop'],
    ['c', 'default'],
  ] as const) {
    await desk.campaigns.submit(campaignInput(id, { project }));
    await client.campaigns.hold(id, project, { code: 'GUARD', reason: `why ${id}`, until: null });
  }
  await desk.campaigns.submit(campaignInput('d'));
  await client.campaigns.hold('d', 'default', { code: 'QUOTA_DAY', reason: 'full', until: 5 });
  expect((await desk.senders.guard()).held.map(({ campaign }) => campaign)).toEqual(['a', 'b', 'c']);
  expect(await desk.senders.guard('shop')).toEqual({
    rates: [],
    spam: [],
    held: [
      { campaign: 'a', project: 'shop', reason: 'why a' },
      { campaign: 'b', project: 'shop', reason: 'why b' },
    ],
  });
});

describe('domains', () => {
  /** An SES that knows what it was told. */
  function asked(isAway = false): () => Promise<AskedDomains> {
    const known = new Map<string, SesIdentity>();
    const identities: AskedDomains['identities'] = {
      get: async (name) => {
        if (isAway) throw new Fault('SES_IDENTITY', 'SES is away');
        return known.get(name) ?? null;
      },
      create: async (name) => {
        const identity: SesIdentity = {
          name,
          verified: false,
          dkim: {
            status: 'PENDING',
            origin: 'easy',
            tokens: ['a', 'b', 'c'],
            hostedZone: null,
            keyLength: null,
          },
          mailFrom: null,
        };
        known.set(name, identity);
        return identity;
      },
      restartDkim: async () => {},
      setMailFrom: async () => {},
      remove: async (name) => known.delete(name),
      region: async () => 'eu-west-1',
      close: () => {},
    };
    const unasked = async () => ({ kind: 'unasked', reason: 'nobody answers' }) as const;
    const inspector = new DomainInspector({
      book: stage.client.domains,
      resolver: async () => ({
        txt: unasked,
        cname: unasked,
        mx: unasked,
        addresses: unasked,
        names: unasked,
      }),
      identities,
      configurationSet: async () => null,
      clock: stage.parts.clock,
    });
    return async () => ({ identities, inspector });
  }

  test('one is registered, shown with its records, checked, moved and removed', async () => {
    const { desk } = deskStage(server, {}, { openDomains: asked() });
    const { senders } = desk;
    const added = await senders.addDomain({ name: 'News.Example.com' }, HANA);
    expect(added).toMatchObject({
      name: 'news.example.com',
      organisation: 'default',
      trouble: null,
      check: null,
    });
    expect(added.records.map(({ relativeName }) => relativeName)).toContain('a._domainkey.news');
    expect(added.zone).toContain('a._domainkey.news.example.com.');
    const { records, zone } = await senders.domain('news.example.com');
    expect({ records, zone }).toEqual({ records: added.records, zone: added.zone });
    const check = await senders.checkDomain('news.example.com');
    expect(check).toMatchObject({ domain: 'news.example.com', ready: false });
    expect((await senders.domains())[0]?.check?.at).toBe(check.checkedAt);
    expect((await senders.domain('news.example.com')).lastCheck).toEqual(check);
    await expect(
      senders.moveDomain('news.example.com', 'Example KK', { by: 'Hana', reason: null }),
    ).rejects.toThrow('reason: say why');
    expect(await senders.moveDomain('news.example.com', 'Example KK', HANA)).toEqual({
      organisation: 'Example KK',
      domains: ['news.example.com'],
    });
    await expect(
      senders.addDomain({ name: 'shop.example.com', organisation: 'Other' }, HANA),
    ).rejects.toMatchObject({ kind: 'conflict' });
    expect(await senders.removeDomain('news.example.com', false, HANA)).toEqual({ name: 'news.example.com' });
    for (const ask of [
      () => senders.domain('news.example.com'),
      () => senders.moveDomain('news.example.com', 'Example KK', HANA),
      () => senders.removeDomain('news.example.com', true, HANA),
    ])
      await expect(ask()).rejects.toMatchObject({ kind: 'missing' });
  });

  test('where SES is away the view says so, and shows what is known', async () => {
    const here = deskStage(server, {}, { openDomains: asked() });
    await here.desk.senders.addDomain({ name: 'example.com' }, HANA);
    const { desk } = deskStage(server, {}, { openDomains: asked(true) });
    expect(await desk.senders.domain('example.com')).toMatchObject({
      name: 'example.com',
      records: [],
      zone: '',
      trouble: 'SES is away',
    });
  });

  test('one that a campaign sends from is not removed', async () => {
    const { desk, client } = deskStage(server, {}, { openDomains: asked() });
    await desk.senders.addDomain({ name: 'example.com' }, HANA);
    await client.campaigns.accept(stored('autumn'), 'news@mail.example.com');
    await expect(desk.senders.removeDomain('example.com', false, HANA)).rejects.toMatchObject({
      kind: 'conflict',
      problems: [expect.stringContaining('in use by autumn')],
    });
  });

  test.each([
    [{ name: 'co.jp' }, 'is a public suffix'],
    [{ name: 'no domain' }, 'is no domain'],
    [{}, 'name: is missing'],
    [{ name: 'example.com', mailFrom: 'example.com' }, 'mailFrom is "example.com"'],
    [{ name: 'example.com', organisation: ' ' }, 'organisation is " "'],
    [{ name: 'example.com', dkimLength: 512 }, 'dkimLength: may be 1024 or 2048'],
    [{ name: 'example.com', owner: 'x' }, 'owner: is no field of a domain'],
  ])('an order that is wrong is refused: %j', async (order, said) => {
    const { desk } = deskStage(server, {}, { openDomains: asked() });
    await expect(desk.senders.addDomain(order, HANA)).rejects.toThrow(said);
    expect(await desk.senders.domains()).toEqual([]);
  });
});

test('of DMARC reports that are not there nothing is told', async () => {
  const store = {
    name: 'x',
    add: async () => true,
    settle: async () => {},
    months: async () => [],
    reports: none,
  };
  const { desk } = deskStage(server, {}, { openReports: async () => store });
  await expect(desk.senders.dmarc({})).rejects.toMatchObject({ kind: 'missing' });
  await expect(desk.senders.dmarc({ month: '2026-13' })).rejects.toThrow('month: “2026-13” is no month');
  await expect(desk.senders.dmarc({ domain: 'no domain' })).rejects.toThrow('is no domain');
});

async function* none() {}

function stored(id: string) {
  const parsed = parseCampaign(campaignInput(id));
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  return parsed.campaign;
}
