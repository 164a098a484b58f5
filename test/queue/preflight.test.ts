import { expect, test } from 'vitest';
import { DuplicateFilter } from '../../src/audience/filter.ts';
import type { AudienceRow, AudienceSource } from '../../src/audience/source.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Planner } from '../../src/queue/planner.ts';
import { preflight } from '../../src/queue/preflight.ts';
import { prepareMailing } from '../../src/queue/prepare.ts';
import { standingOf } from '../../src/queue/standing.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const stamp = { at: 1, source: 'test', detail: null };

const definition = {
  id: 'autumn',
  sender: { from: 'News <news@example.com>' },
  content: {
    subject: 'For {{name}}',
    html: '<p>{{name}} {{plan}} {{email}} <a href="{{unsubscribeUrl}}">stop</a>',
  },
  audience: { kind: 'inline', recipients: [{ email: 'unused@example.com' }] },
} satisfies CampaignInput;

function campaign(change: Partial<CampaignInput> = {}) {
  const parsed = parseCampaign({ ...definition, ...change });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  return parsed.campaign;
}

function mailing(change: Partial<CampaignInput> = {}) {
  const prepared = prepareMailing(campaign(change));
  if (prepared.kind === 'problems') throw new Error(prepared.problems.join());
  return prepared.mailing;
}

function rows(...emails: readonly string[]): AudienceRow[] {
  return emails.map((email, index) => ({
    seq: index + 1,
    email,
    data: { name: `N${index + 1}`, plan: 'free' },
  }));
}

/** A list of everything that lists have: odd case, twice, padded, nothing, nonsense. */
function messy(count: number): AudienceRow[] {
  const kinds = [
    (n: number) => `p${n}@example.com`,
    (n: number) => `P${n - 1}@EXAMPLE.com `,
    (n: number) => `q${n}..x@docomo.ne.jp`,
    () => '',
    (n: number) => `two@@${n}.jp`,
    (n: number) => `r${n}@bücher.example`,
    () => 'plainaddress',
  ];
  return rows(
    ...Array.from({ length: count }, (_unused, index) => kinds[index % kinds.length]?.(index) ?? ''),
  );
}

function source(list: readonly AudienceRow[], fingerprints: readonly string[] = ['f']): AudienceSource {
  let asked = 0;
  return {
    fingerprint: async () => fingerprints[Math.min(asked++, fingerprints.length - 1)] ?? 'f',
    rows: async function* () {
      for (let from = 0; from < list.length; from += 300) yield list.slice(from, from + 300);
    },
  };
}

const store = () => new SuppressionStore(server.redis, keys);

async function check(list: readonly AudienceRow[], change: Partial<CampaignInput> = {}) {
  return preflight({ source: source(list), suppression: store() }, mailing(change));
}

test('the figures are those that the planner comes to for the same list', async () => {
  const list = messy(3_000);
  await store().add({ kind: 'everywhere', reason: 'bounced' }, ['p0@example.com', 'p7@example.com'], stamp);
  const { counts } = await check(list);

  await new Campaigns(server.redis, keys, systemClock).accept(campaign());
  const book = new PlanBook(server.redis, keys, systemClock);
  const start = await book.begin('autumn', 'default');
  if (start.kind !== 'plan') throw new Error('there is nothing to plan');
  const parts = {
    book,
    clock: systemClock,
    dispatch: async () => {},
    allowance: () => ({ window: 1_000, jobBatches: 2, perSecond: 100_000 }),
    mayStay: () => true,
    backlogMax: 1_000,
    peopleMax: Number.POSITIVE_INFINITY,
  };
  const never = new AbortController().signal;
  expect(await new Planner(parts, mailing(), start, new DuplicateFilter()).run(source(list), never)).toBe(
    'planned',
  );
  const planned = await server.redis.hgetall(keys.campaign('autumn'));

  expect(counts).toMatchObject({
    read: Number(planned['read']),
    duplicate: Number(planned['duplicate']),
    invalid: Number(planned['invalid']),
  });
  expect(counts.skipped.bounced).toBe(2);
  expect(counts.sendable + counts.skipped.bounced).toBe(Number(planned['planned']));
  expect(counts.duplicate).toBeGreaterThan(0);
});

test('nothing is written', async () => {
  await store().add({ kind: 'everywhere', reason: 'blocked' }, ['p0@example.com'], stamp);
  const before = await server.redis.keys('*');
  await check(messy(1_000));
  expect((await server.redis.keys('*')).toSorted()).toEqual(before.toSorted());
});

test('rows without an address are counted by reason, the most frequent first, with no more than three examples', async () => {
  const { invalid } = await check(rows('a@@b.jp', 'x', 'y', 'z', 'w', 'ok@example.com', ''));
  expect(invalid.map(({ reason, rows: count }) => [reason, count])).toEqual([
    ['no_at', 4],
    ['many_ats', 1],
    ['empty', 1],
  ]);
  expect(invalid[0]).toMatchObject({
    meaning: 'there is no @',
    examples: [
      { seq: 2, value: 'x' },
      { seq: 3, value: 'y' },
      { seq: 4, value: 'z' },
    ],
  });
});

test('who is suppressed is counted under the rule that the claim would name', async () => {
  const suppression = store();
  await suppression.add({ kind: 'sender', sender: 'news@example.com' }, ['u@x.jp', 'b@x.jp'], stamp);
  await suppression.add({ kind: 'sender', sender: 'other@example.com' }, ['o@x.jp'], stamp);
  await suppression.add({ kind: 'everywhere', reason: 'bounced' }, ['b@x.jp'], stamp);
  await suppression.add({ kind: 'everywhere', reason: 'complained' }, ['c@x.jp'], stamp);
  await suppression.add({ kind: 'everywhere', reason: 'blocked' }, ['k@x.jp'], stamp);
  const list = rows('U@x.jp', 'b@x.jp', 'c@x.jp', 'k@x.jp', 'o@x.jp', 'u@x.jp');
  expect((await check(list)).counts).toEqual({
    read: 6,
    duplicate: 1,
    invalid: 0,
    skipped: { unsubscribed: 1, bounced: 1, complained: 1, blocked: 1 },
    sendable: 1,
  });
  const override = { sendToUnsubscribed: true, override: { by: 'me', reason: 'a recall' } };
  expect((await check(list, override)).counts).toMatchObject({
    skipped: { unsubscribed: 0, bounced: 1, complained: 1, blocked: 1 },
    sendable: 2,
  });
});

test('those who would get it are counted at receivers whose rules are known, and nobody else', async () => {
  await store().add({ kind: 'everywhere', reason: 'bounced' }, ['b@gmail.com'], stamp);
  const list = rows(
    'a@Gmail.com',
    'A@gmail.com',
    'b@gmail.com',
    'c..d@docomo.ne.jp',
    'e@hotmail.co.jp',
    'f@x.jp',
  );
  expect((await check(list)).receivers).toEqual({ gmail: 1, docomo: 1, outlook: 1 });
});

test('the suppression list is asked once for a thousand rows, whatever the chunks of the list', async () => {
  const asked: number[] = [];
  const suppression = {
    rules: async (addresses: readonly string[]) => {
      asked.push(addresses.length);
      return addresses.map(() => null);
    },
  };
  const list = rows(...Array.from({ length: 2_500 }, (_unused, index) => `p${index}@example.com`));
  await preflight({ source: source(list), suppression }, mailing());
  expect(asked).toEqual([1_000, 1_000, 500]);
});

test('variables that rows lack or leave empty are counted among those who would get the mail', async () => {
  const list: AudienceRow[] = [
    { seq: 1, email: 'a@x.jp', data: { name: 'A', plan: 'free', unread: 1 } },
    { seq: 2, email: 'b@x.jp', data: { name: ' ', plan: null } },
    { seq: 3, email: 'c@x.jp', data: { plan: 0 } },
    { seq: 4, email: 'nobody', data: {} },
    { seq: 5, email: 'a@x.jp', data: {} },
  ];
  expect((await check(list)).variables).toEqual([
    { name: 'name', inList: true, missing: 1, empty: 1, suggestion: null },
    { name: 'plan', inList: true, missing: 0, empty: 1, suggestion: null },
  ]);
});

test('a variable that no row has is named with the column that was meant', async () => {
  const content = { subject: '{{nmae}}', text: '{{PLAN}} {{zip}} {{constructor}}' };
  const { variables } = await check(rows('a@x.jp'), { content });
  expect(variables.map(({ name, inList, suggestion }) => [name, inList, suggestion])).toEqual([
    ['nmae', false, 'name'],
    ['PLAN', false, 'plan'],
    ['zip', false, null],
    ['constructor', false, null],
  ]);
});

test('a column that only a row without an address has is in the list all the same', async () => {
  const list = [...rows('a@x.jp'), { seq: 2, email: '', data: { zip: '1' } }];
  const { variables } = await check(list, { content: { subject: 'x', text: '{{zip}}' } });
  expect(variables).toEqual([{ name: 'zip', inList: true, missing: 1, empty: 0, suggestion: null }]);
});

test('the samples are the mail of the first three who would get it, with a link that leads nowhere', async () => {
  await store().add({ kind: 'everywhere', reason: 'bounced' }, ['b@x.jp'], stamp);
  const { samples } = await check(rows('bad', 'b@x.jp', 'A@x.jp', 'a@x.jp', 'c@x.jp', 'd@x.jp', 'e@x.jp'));
  expect(samples.map(({ seq, recipient, subject }) => [seq, recipient, subject])).toEqual([
    [3, 'A@x.jp', 'For N3'],
    [5, 'c@x.jp', 'For N5'],
    [6, 'd@x.jp', 'For N6'],
  ]);
  const html = '<p>N3 free A@x.jp <a href="https://unsubscribe.invalid/u/the-readers-own-link">stop</a>';
  expect(samples[0]).toMatchObject({ html, htmlBytes: html.length });
  expect(samples[0]?.text).toContain('N3 free A@x.jp stop [https://unsubscribe.invalid/');
});

test('transactional mail has no link in its samples either', async () => {
  const { samples } = await check(rows('a@x.jp'), { category: 'transactional' });
  expect(samples[0]?.html).toBe('<p>N1 free a@x.jp <a href="">stop</a>');
});

test('a list that is written over while it is read is said to have changed', async () => {
  const suppression = store();
  const list = rows('a@x.jp');
  const steady = await preflight({ source: source(list), suppression }, mailing());
  const changed = await preflight({ source: source(list, ['f1', 'f2']), suppression }, mailing());
  expect([steady.hasChanged, changed.hasChanged]).toEqual([false, true]);
});

test('a list without a row has nothing to say', async () => {
  const found = await check([]);
  expect(found).toMatchObject({ counts: { read: 0, sendable: 0 }, invalid: [], samples: [] });
});

test('an id is new, known with the same content, or used for other content', async () => {
  const standing = (change: Partial<CampaignInput> = {}) => standingOf(server.redis, keys, campaign(change));
  expect(await standing()).toBe('new');
  await new Campaigns(server.redis, keys, systemClock).accept(campaign());
  expect([await standing(), await standing({ name: 'Another' })]).toEqual(['known', 'different']);
});
