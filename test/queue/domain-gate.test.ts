import { beforeEach, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { DomainBook } from '../../src/identity/domain-book.ts';
import type { DomainCheck, DomainItem } from '../../src/identity/domain-check.ts';
import { ProjectBook, type ProjectSettings } from '../../src/identity/project.ts';
import { DomainGate, type Sending } from '../../src/queue/domain-gate.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const keys = new Keys('{test}');
const ROWS = Buffer.from('a block');
const NEWS: Sending = {
  project: 'shop',
  category: 'marketing',
  sender: 'news@mail.example.com',
  stage: 'begin',
};
const RECEIPT: Sending = { ...NEWS, category: 'transactional' };

let book: DomainBook;
let projects: ProjectBook;
let clock: MovableClock;
let asked: string[];

beforeEach(() => {
  book = new DomainBook(server.redis, keys);
  projects = new ProjectBook(server.redis, keys);
  clock = new MovableClock();
  asked = [];
});

type Found = Partial<Record<DomainItem['item'], DomainItem['status']>>;

function checkOf(found: Found, onlyFor?: string): DomainCheck {
  const items: DomainItem['item'][] = ['identity', 'dkim', 'spf', 'dmarc', 'alignment'];
  return {
    domain: 'mail.example.com',
    at: clock.now(),
    items: items.map((item) => {
      const status = found[item] ?? 'ok';
      return { item, status, found: `${item} is ${status}`, expected: null, todo: [] };
    }),
    spfTree: [],
    spfLookups: null,
    onlyFor,
  };
}

/** A gate behind which somebody finds this, one after the other; the last of them again and again. */
function gate(...found: (Found | Error)[]): DomainGate {
  const inspect = async (sender: string) => {
    const next = found[Math.min(asked.length, found.length - 1)] ?? {};
    asked.push(sender);
    if (next instanceof Error) throw next;
    const check = checkOf(next);
    await book.noteCheck(check);
    return check;
  };
  return new DomainGate({ book, projects, inspect, clock, logger: silentLogger });
}

const set = (change: Partial<ProjectSettings>) => projects.put('shop', change, ROWS);

test('a domain of which nothing is wrong may send', async () => {
  expect(await gate({}).obstacle(NEWS)).toBeNull();
});

test('what SES says holds every campaign, and the hold names what is lacking and who tells more', async () => {
  await set({ domainRules: 'ses' });
  const hold = await gate({ dkim: 'missing', spf: 'missing' }).obstacle(RECEIPT);
  expect(hold).toEqual({
    code: 'DOMAIN',
    about: { domain: 'mail.example.com', items: 'dkim' },
    reason:
      'the domain mail.example.com may not send yet (DKIM: dkim is missing): sluice domain check mail.example.com says what to do; then resume the campaign',
    until: null,
  });
});

test.each([
  ['all', NEWS, true],
  ['all', RECEIPT, true],
  [null, RECEIPT, true],
  ['marketing', NEWS, true],
  ['marketing', RECEIPT, false],
  ['ses', NEWS, false],
  ['ses', RECEIPT, false],
] as const)(
  'with the domain rules %s missing SPF and DMARC hold %o: %s',
  async (domainRules, sending, isHeld) => {
    await set({ domainRules });
    const hold = await gate({ spf: 'missing', dmarc: 'wrong' }).obstacle(sending);
    expect(hold !== null).toBe(isHeld);
  },
);

test('a campaign that is being sent is stopped by what SES says, and not by a record that DNS has lost', async () => {
  const underWay = { ...NEWS, stage: 'go-on' as const };
  expect(await gate({ spf: 'missing', dmarc: 'missing' }).obstacle(underWay)).toBeNull();
  clock.move(60_000);
  expect(await gate({ identity: 'wrong' }).obstacle(underWay)).toMatchObject({ code: 'DOMAIN' });
});

test('what could not be asked holds nobody', async () => {
  expect(await gate({ identity: 'unasked', dkim: 'unasked', spf: 'unasked' }).obstacle(NEWS)).toBeNull();
  expect(await gate(new Error('SES is away')).obstacle(NEWS)).toBeNull();
});

test('a domain of another organisation holds the campaign, whatever is found of it, and one that nobody registered does not', async () => {
  const owned = { name: 'example.com', primary: 'example.com', organisation: 'Example KK', addedAt: 1 };
  await book.add(owned, ROWS);
  const refused = await gate({}).obstacle(NEWS);
  expect(refused?.reason).toMatch(
    /belongs to the organisation "Example KK", and the project "shop" to "default"/,
  );
  await set({ organisation: 'Example KK' });
  expect(await gate({}).obstacle(NEWS)).toBeNull();
  expect(await gate({}).obstacle({ ...NEWS, project: 'other', sender: 'a@example.net' })).toBeNull();
});

test('a domain that is in order is asked for every ten minutes, one that is not every twenty seconds', async () => {
  const fit = gate({});
  await fit.obstacle(NEWS);
  clock.move(9 * 60_000);
  await fit.obstacle(NEWS);
  expect(asked).toHaveLength(1);
  clock.move(2 * 60_000);
  await fit.obstacle(NEWS);
  expect(asked).toHaveLength(2);

  const mended = gate({}, {}, { dmarc: 'missing' }, {});
  clock.move(11 * 60_000);
  expect(await mended.obstacle(NEWS)).not.toBeNull();
  clock.move(10_000);
  expect(await mended.obstacle(NEWS)).not.toBeNull();
  expect(asked).toHaveLength(3);
  clock.move(11_000);
  expect(await mended.obstacle(NEWS)).toBeNull();
});

test('what was asked before by another process counts', async () => {
  await book.noteCheck(checkOf({ identity: 'missing' }));
  expect(await gate({}).obstacle(NEWS)).not.toBeNull();
  expect(asked).toEqual([]);
});

test('campaigns that begin together ask once', async () => {
  const one = gate({});
  await Promise.all(Array.from({ length: 50 }, () => one.obstacle(NEWS)));
  expect(asked).toEqual(['news@mail.example.com']);
});

test('a campaign that was resumed asks anew what held it, and not what is in order', async () => {
  const mended = gate({ dkim: 'missing' }, {});
  expect(await mended.obstacle(NEWS)).not.toBeNull();
  expect(await mended.obstacle(NEWS)).not.toBeNull();
  expect(asked).toHaveLength(1);
  expect(await mended.obstacle({ ...NEWS, stage: 'resume' })).toBeNull();
  expect(await mended.obstacle({ ...NEWS, stage: 'resume' })).toBeNull();
  expect(asked).toHaveLength(2);
});

test('what was found for one address of a domain that has no identity of its own says nothing of another', async () => {
  await book.noteCheck(checkOf({ identity: 'missing' }, 'mail.example.com'));
  expect(await gate({}).obstacle(NEWS)).toBeNull();
  expect(asked).toEqual([NEWS.sender]);
  await book.noteCheck(checkOf({ identity: 'missing' }, NEWS.sender));
  expect(await gate({}).obstacle(NEWS)).not.toBeNull();
  expect(asked).toHaveLength(1);
});

test('transactional mail goes out by what was found up to a day ago, and what is so by now is asked behind it', async () => {
  await set({ domainRules: 'all' });
  let answer: () => void = () => {};
  const slow = new Promise<void>((done) => {
    answer = done;
  });
  await book.noteCheck(checkOf({ mail_from: 'unasked' }));
  clock.move(3 * 60 * 60_000);
  const inspect = async (sender: string) => {
    asked.push(sender);
    await slow;
    const check = checkOf({ dkim: 'wrong' });
    await book.noteCheck(check);
    return check;
  };
  const waiting = new DomainGate({ book, projects, inspect, clock, logger: silentLogger });
  expect(await waiting.obstacle(RECEIPT)).toBeNull();
  expect(await waiting.obstacle(RECEIPT)).toBeNull();
  expect(asked).toHaveLength(1);
  answer();
  await eventually(async () => expect(await waiting.obstacle(RECEIPT)).not.toBeNull());
});

test('a domain of which nobody could tell is asked for again after twenty seconds, and not for each campaign', async () => {
  const silent = gate(new Error('SES is away'), new Error('SES is away'), { dkim: 'missing' });
  for (let campaign = 0; campaign < 5; campaign += 1) expect(await silent.obstacle(NEWS)).toBeNull();
  expect(asked).toHaveLength(1);
  expect(await silent.obstacle({ ...NEWS, stage: 'resume' })).toBeNull();
  expect(asked).toHaveLength(2);
  clock.move(21_000);
  expect(await silent.obstacle(NEWS)).not.toBeNull();
});

test('a record of any length makes a reason that can be read', async () => {
  const check = checkOf({ spf: 'wrong' });
  const items = check.items.map((item) => ({ ...item, found: 'x'.repeat(4_000) }));
  await book.noteCheck({ ...check, items });
  expect((await gate({}).obstacle(NEWS))?.reason.length).toBeLessThan(600);
});
