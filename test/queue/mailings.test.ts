import { beforeEach, describe, expect, test } from 'vitest';
import { ProfileBook } from '../../src/identity/profile.ts';
import { Mailings } from '../../src/queue/mailings.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { campaignOf, ProfileStage, people } from '../support/profile-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const OWN = 'https://example.com/stop?m={{email}}&id={{customer_id}}';
const stamp = { at: 1, source: 'test', detail: null };
let stage: ProfileStage;

beforeEach(() => {
  stage = new ProfileStage(server);
});

const sentTo = () => stage.ses.calls.flatMap(({ entries }) => entries.map(({ to }) => to));

/** What Redis was asked since this was called, by command. */
async function counted(): Promise<() => Promise<(command: string) => number>> {
  await server.redis.config('RESETSTAT');
  return async () => {
    const stats = await server.redis.info('commandstats');
    return (command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };
}

describe('a campaign with a profile', () => {
  test('goes out as the profile says at each batch, also within one job', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(150)));
    stage.ses.onCall = async () => {
      if (stage.ses.calls.length > 1) return;
      const unsubscribe = 'https://example.com/stop?m={{email}}';
      await stage.set({ from: 'Shop <shop@example.com>', replyTo: [], unsubscribe });
    };
    expect(await stage.send('autumn')).toEqual({ kind: 'settled' });
    const [first, ...others] = stage.ses.calls;
    expect(first).toMatchObject({ from: 'Example News <news@example.com>', replyTo: ['help@example.com'] });
    expect(first?.entries[0]?.headers[0]?.value).toMatch(/^<https:\/\/mail\.example\.com\/u\//);
    expect(others).toHaveLength(2);
    for (const call of others) {
      expect(call).toMatchObject({ from: 'Shop <shop@example.com>', replyTo: [] });
      for (const { to, headers } of call.entries)
        expect(headers[0]?.value).toBe(`<https://example.com/stop?m=${encodeURIComponent(to)}>`);
    }
    const senders = (await stage.events())
      .filter(({ event_type }) => event_type === 'accepted')
      .map(({ sender }) => sender);
    expect([senders.filter((sender) => sender === 'news@example.com').length, senders.length]).toEqual([
      50, 150,
    ]);
  });

  test('notes its From address with the campaign, and mends what a slower worker noted after it', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(50)));
    expect(await stage.campaigns.sender('autumn')).toBe('news@example.com');
    await stage.set({ from: 'SHOP@example.com' });
    const mailings = new Mailings(stage.campaigns, new ProfileBook(server.redis, stage.keys));
    const sendable = await mailings.of('autumn');
    await sendable?.next();
    expect(await stage.campaigns.sender('autumn')).toBe('shop@example.com');
    await stage.campaigns.noteSender('autumn', 'news@example.com');
    await sendable?.next();
    expect(await stage.campaigns.sender('autumn')).toBe('shop@example.com');
  });

  test('compiles its templates once, and makes nothing anew while the profile says the same', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(1)));
    const mailings = new Mailings(stage.campaigns, new ProfileBook(server.redis, stage.keys));
    const sendable = await mailings.of('autumn');
    const first = await sendable?.next();
    expect(await sendable?.next()).toBe(first);
    await stage.set({ from: 'shop@example.com' });
    const second = await sendable?.next();
    expect(second?.mailing.sender).toBe('shop@example.com');
    expect(second?.mailing.mail).toBe(first?.mailing.mail);
  });

  test('has its own URL in the header, and in every part of the mail', async () => {
    await stage.set({ unsubscribe: OWN });
    await stage.begin(campaignOf(people(2)));
    // Without a link of ours an installation needs no public URL.
    expect(await stage.send('autumn', false)).toEqual({ kind: 'settled' });
    const [call] = stage.ses.calls;
    const url = 'https://example.com/stop?m=p1%40example.com&id=c%2F1';
    expect(call?.entries[1]?.headers).toEqual([
      { name: 'List-Unsubscribe', value: `<${url}>` },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ]);
    const { slots = [] } = call?.entries[1] ?? {};
    expect(slots).toContain(url);
    expect(slots).toContain(url.replaceAll('&', '&amp;').replaceAll('=', '&#x3D;'));
  });

  test('claims no one click where the URL does not take it', async () => {
    await stage.set({ unsubscribe: OWN, oneClick: false });
    await stage.begin(campaignOf(people(1)));
    await stage.send('autumn');
    expect(stage.ses.calls[0]?.entries[0]?.headers.map(({ name }) => name)).toEqual(['List-Unsubscribe']);
  });

  test('that is transactional has no link and no header, whatever the profile says', async () => {
    const content = { subject: 'x', text: 'Your order {{unsubscribeUrl}}' };
    for (const [index, unsubscribe] of ['none', 'sluice', OWN].entries()) {
      await stage.set({ unsubscribe, oneClick: unsubscribe !== 'none' });
      const id = `order-${index}`;
      await stage.begin(campaignOf(people(1), { id, category: 'transactional', content }));
      expect(await stage.send(id, false)).toEqual({ kind: 'settled' });
    }
    expect(stage.ses.calls).toHaveLength(3);
    for (const { entries } of stage.ses.calls)
      expect([entries[0]?.headers, entries[0]?.slots]).toEqual([[], ['']]);
  });

  test('rejects whose URL cannot be written, each with the reason, and nobody else', async () => {
    await stage.set({ unsubscribe: OWN });
    const [anna, ben, carl] = people(3);
    if (!anna || !ben || !carl) throw new Error('three people');
    const long = { ...ben, data: { ...ben.data, customer_id: '花'.repeat(100) } };
    await stage.begin(campaignOf([anna, long, carl]));
    expect(await stage.send('autumn')).toEqual({ kind: 'settled' });
    expect(sentTo()).toEqual([anna.email, carl.email]);
    expect((await stage.events()).find(({ event_type }) => event_type === 'rejected')).toMatchObject({
      recipient: ben.email,
      reason: 'UNSUBSCRIBE_URL',
      diagnostic: expect.stringMatching(/List-Unsubscribe has \d+ characters, 870 at most/),
    });
    expect(await stage.counter('autumn', 'rejected')).toBe(1);
    expect(await stage.counter('autumn', 'accepted')).toBe(2);
  });

  test('a column that a row lacks is empty in its URL, and holds up nobody', async () => {
    await stage.set({ unsubscribe: OWN });
    await stage.begin(
      campaignOf([{ email: 'a@example.com', data: { name: 'A' } }, { email: 'b@example.com' }]),
    );
    expect(await stage.send('autumn')).toEqual({ kind: 'settled' });
    expect(stage.ses.calls[0]?.entries.map(({ headers }) => headers[0]?.value)).toEqual([
      '<https://example.com/stop?m=a%40example.com&id=>',
      '<https://example.com/stop?m=b%40example.com&id=>',
    ]);
  });
});

describe('nobody gets a broken link, and nobody is lost', () => {
  /** Holds it as the worker does, and goes on as `resume` does. */
  async function heldAndMended(mend: () => Promise<void>, reason: RegExp): Promise<void> {
    const end = await stage.send('autumn');
    if (end.kind !== 'hold') throw new Error(`it ended as ${end.kind}`);
    expect(end.hold).toMatchObject({ code: 'PROFILE', reason: expect.stringMatching(reason), until: null });
    expect(stage.ses.calls).toEqual([]);
    expect(await stage.counter('autumn', 'pending')).toBe(60);
    await stage.campaigns.hold('autumn', 'default', end.hold);
    expect(await stage.send('autumn')).toEqual({ kind: 'parked' });
    await mend();
    const held = (await stage.campaigns.look('autumn'))?.held;
    if (!held) throw new Error('the campaign is not held');
    await stage.campaigns.release('autumn', 'default', 'mended', held);
    expect(await stage.send('autumn')).toEqual({ kind: 'settled' });
    expect(sentTo()).toEqual(people(60).map(({ email }) => email));
  }

  test('where a URL reads a column that was not planned', async () => {
    await stage.set({ unsubscribe: OWN });
    await stage.begin(campaignOf(people(60)));
    await stage.set({ unsubscribe: 'https://example.com/stop?s={{shop}}' });
    await heldAndMended(() => stage.set({ unsubscribe: OWN }), /now reads \{\{shop\}\}.*set the URL back/);
  });

  test('where a URL takes the place of our own link', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(60)));
    await stage.set({ unsubscribe: OWN });
    await heldAndMended(() => stage.set(), /now reads \{\{customer_id\}\}/);
  });

  test('where the profile is removed', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(60)));
    await stage.settings.removeProfile('news', { by: 'test', reason: null });
    await heldAndMended(() => stage.set(), /there is no profile "news".*then resume/);
  });

  test('where the profile has no link any more', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(60)));
    await stage.set({ unsubscribe: 'none', oneClick: false });
    await heldAndMended(() => stage.set(), /"news" has a wrong unsubscribe: it is none/);
  });

  test('where a campaign is cancelled whose profile is gone: everybody is accounted for', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(60)));
    await stage.settings.removeProfile('news', { by: 'test', reason: null });
    await stage.campaigns.cancel('autumn', 'default', { by: 'test', reason: 'wrong' });
    expect(await stage.send('autumn')).toEqual({ kind: 'settled' });
    expect(await stage.counter('autumn', 'cancelled')).toBe(60);
    const cancelled = (await stage.events()).filter(({ event_type }) => event_type === 'cancelled');
    expect(new Set(cancelled.map(({ sender }) => sender))).toEqual(new Set(['news@example.com']));
  });
});

describe('unsubscribing counts for an address', () => {
  const both = ['p0@example.com', 'p1@example.com'];

  test('two profiles with one address share it, two addresses do not', async () => {
    await stage.set();
    await stage.set({ name: 'same', from: 'The other name <NEWS@example.com>' });
    await stage.set({ name: 'shop', from: 'shop@example.com' });
    const store = new SuppressionStore(server.redis, stage.keys);
    await store.add({ kind: 'sender', sender: 'news@example.com' }, ['p0@example.com'], stamp);
    for (const [profile, expected] of [
      ['news', ['p1@example.com']],
      ['same', ['p1@example.com']],
      ['shop', both],
    ] as const) {
      stage.ses.calls.length = 0;
      await stage.begin(campaignOf(people(2), { id: `for-${profile}`, sender: { profile } }));
      await stage.send(`for-${profile}`);
      expect([profile, sentTo()]).toEqual([profile, expected]);
    }
  });

  test('and where the address of a profile changes, the next claim asks the list of the new one', async () => {
    const store = new SuppressionStore(server.redis, stage.keys);
    await store.add(
      { kind: 'sender', sender: 'shop@example.com' },
      ['p0@example.com', 'p60@example.com'],
      stamp,
    );
    await stage.set();
    await stage.begin(campaignOf(people(100)));
    stage.ses.onCall = () => stage.set({ from: 'shop@example.com' });
    await stage.send('autumn');
    expect(sentTo()).toContain('p0@example.com');
    expect(sentTo()).not.toContain('p60@example.com');
    expect(sentTo()).toHaveLength(99);
  });
});

describe('what it costs', () => {
  test('a campaign that has its sender itself asks Redis for nothing before a batch', async () => {
    await stage.begin(campaignOf(people(1), { sender: { from: 'news@example.com' } }));
    const sendable = await new Mailings(stage.campaigns, stage.profiles).of('autumn');
    const asked = await counted();
    const first = sendable?.next();
    expect(first).toMatchObject({ mailing: { sender: 'news@example.com' }, obstacle: null });
    expect(sendable?.next()).toBe(first);
    const calls = await asked();
    expect(['hget', 'hmget', 'hgetall', 'get', 'mget', 'evalsha'].map(calls)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a profile is one read a batch, and what was noted of the campaign another in the same round trip', async () => {
    await stage.set();
    await stage.begin(campaignOf(people(1)));
    const sendable = await new Mailings(stage.campaigns, stage.profiles).of('autumn');
    await sendable?.next();
    const asked = await counted();
    await sendable?.next();
    const calls = await asked();
    expect([calls('hget'), calls('hset')]).toEqual([2, 0]);
  });
});
