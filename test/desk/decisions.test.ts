import { expect, test } from 'vitest';
import { type DecisionFacts, decisionsOf } from '../../src/desk/decisions.ts';
import type { OpenCampaign } from '../../src/queue/campaigns.ts';

const WORKER = { name: 'w', roles: ['plan', 'send', 'log'], ses: 'aws' as const, marketingObstacle: null };
const FINE: DecisionFacts = {
  open: [],
  heldSince: new Map(),
  workers: [WORKER],
  backlog: { entries: 3, oldestMs: 200, dead: 0 },
  holdsAt: 100_000,
  setAside: 0,
  feedbackLagMs: 500,
  doubtMs: 900_000,
  account: { perSecond: 100, perDay: 50_000, sentLast24Hours: 10_000, at: 0 },
  sent: { day: 10_000, month: 10_000 },
  perDayMax: null,
  perMonthMax: 1_000_000,
  projects: [],
  checks: [],
};

function campaign(id: string, change: Partial<OpenCampaign>): OpenCampaign {
  return {
    id,
    project: 'default',
    category: 'marketing',
    epoch: 0,
    isPlanned: true,
    isEnding: false,
    notBefore: null,
    paused: false,
    held: null,
    doubt: 'auto',
    hasCanary: false,
    waitsForCanary: false,
    pending: 0,
    inDoubt: 0,
    ...change,
  };
}

const hold = (code: string, until: number | null) => ({
  code,
  reason: `why ${code}`,
  until,
  about: {},
  stored: '',
});
const briefly = (change: Partial<DecisionFacts>) =>
  decisionsOf({ ...FINE, ...change }).map(({ urgency, code, campaign: id }) => [urgency, code, id]);

test('where all is well nobody is bothered', () => {
  expect(decisionsOf(FINE)).toEqual([]);
});

test('a hold that lifts by itself wants nobody, the others do', () => {
  const open = [
    campaign('a', { held: hold('QUOTA_DAY', 5) }),
    campaign('b', { held: hold('GUARD', null) }),
    campaign('c', { held: hold('GUARD', null), isEnding: true }),
  ];
  expect(briefly({ open })).toEqual([['now', 'GUARD', 'b']]);
  expect(decisionsOf({ ...FINE, open })[0]?.said).toBe('b is held: why GUARD');
});

test('a role that nobody has is urgent where work waits for it', () => {
  expect(briefly({ workers: [] })).toEqual([
    ['now', 'NO_WORKER', null],
    ['soon', 'NO_WORKER', null],
    ['soon', 'NO_WORKER', null],
  ]);
  const open = [campaign('a', {})];
  const workers = [{ ...WORKER, roles: ['log', 'plan'] }];
  expect(briefly({ workers, open })).toEqual([['now', 'NO_WORKER', null]]);
});

test('the most urgent comes first', () => {
  const facts = {
    open: [campaign('a', { inDoubt: 3 }), campaign('b', { held: hold('DOUBT', null), inDoubt: 2 })],
    backlog: { entries: 100_000, oldestMs: 90_000, dead: 2 },
    setAside: 1,
    feedbackLagMs: 800_000,
    sent: { day: 1, month: 900_000 },
  };
  expect(briefly(facts)).toEqual([
    ['now', 'DOUBT', 'b'],
    ['now', 'LOG_BEHIND', null],
    ['now', 'EVENTS_LATE', null],
    ['soon', 'DEAD_LETTERS', null],
    ['soon', 'DEAD_LETTERS', null],
    ['soon', 'QUOTA', null],
    ['note', 'DOUBT', 'a'],
  ]);
});

test('each limit that is nearly used up is named', () => {
  const project = {
    name: 'shop',
    perSecond: null,
    perDay: 100,
    perMonth: null,
    bounceRate: null,
    complaintRate: null,
    organisation: null,
    domainRules: null,
    used: { day: 90, month: 90 },
  };
  const account = { perSecond: 1, perDay: 1_000, sentLast24Hours: 899, at: 0 };
  const said = decisionsOf({ ...FINE, account, perDayMax: 11_000, projects: [project] });
  expect(said.map((one) => one.said.slice(0, 60))).toEqual([
    '10,000 of the 11,000 recipients that SLUICE_MAX_PER_DAY allo',
    '90 of the 100 recipients that the project shop allows in 24 ',
  ]);
});

test('a domain that may not send is named with what it lacks', () => {
  const item = (name: 'dkim' | 'tls', status: 'missing' | 'unasked') => ({
    item: name,
    status,
    found: 'none',
    expected: null,
    todo: [],
  });
  const check = { domain: 'example.com', at: 1_000, spfTree: [], spfLookups: null };
  const checks = [
    { ...check, items: [item('dkim', 'missing')] },
    { ...check, domain: 'fine.example', items: [item('tls', 'unasked')] },
  ];
  expect(decisionsOf({ ...FINE, checks })).toEqual([
    {
      urgency: 'soon',
      code: 'DOMAIN',
      about: { domain: 'example.com', items: 'dkim' },
      campaign: null,
      said: 'example.com may not send: DKIM; sluice domain check example.com says what to do',
      since: '1970-01-01T00:00:01.000Z',
    },
  ]);
});

test('a thousand campaigns that are held are not a thousand lines', () => {
  const open = Array.from({ length: 1_000 }, (_, index) =>
    campaign(`c${index}`, { held: hold('GUARD', null) }),
  );
  expect(decisionsOf({ ...FINE, open })).toHaveLength(100);
});
