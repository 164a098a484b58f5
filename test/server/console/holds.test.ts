import { describe, expect, test } from 'vitest';
import { type About, HOLD_CODES, type HoldCode } from '../../../src/core/hold-code.ts';
import { ALERT_CODES, type AlertCode } from '../../../src/desk/decisions.ts';
import { decisionSaids, holdSaids } from '../../../src/server/console/hold-view.ts';
import { LANGUAGES } from '../../../src/server/language.ts';
import { campaignInput } from '../../support/desk-stage.ts';
import { useRedis } from '../../support/redis.ts';
import { consoleStage, wordsOf } from './stage.ts';

const redis = useRedis();

const RATE = { count: 600, sends: 10_000, rate: 0.06, limit: 0.05 };
const QUOTA = { used: 50_000, limit: 50_000 };

/** What each code is about, in every form that it is made in. */
const HOLDS: Readonly<Record<HoldCode, readonly About[]>> = {
  GUARD: [
    { rule: 'hour', measure: 'bounces', ...RATE },
    { rule: 'week', measure: 'complaints', ...RATE },
    { rule: 'campaign', measure: 'bounces', ...RATE },
    { rule: 'gmail', measure: 'spam', rate: 0.004, limit: 0.003, domain: 'example.jp', date: '2026-11-28' },
  ],
  CANARY: [
    { found: 'bounces', confidence: 0.95, ...RATE },
    { found: 'complaints', confidence: 0.95, ...RATE },
    { found: 'silent', sends: 1_000, heardOf: 20 },
    { found: 'open', sends: 80_000, bounces: 3_000, complaints: 54 },
  ],
  DOUBT: [{ count: 12 }],
  LOG_BACKLOG: [{ entries: 50_000 }],
  QUOTA_DAY: [QUOTA],
  QUOTA_MONTH: [QUOTA],
  PROJECT_DAY: [{ ...QUOTA, project: 'shop' }],
  PROJECT_MONTH: [{ ...QUOTA, project: 'shop' }],
  WARM_UP: [{ ...QUOTA, domain: 'example.jp' }],
  PROFILE: [{ profile: 'news' }, { column: 'token' }],
  CONFIGURATION: [{}],
  DOMAIN: [
    { domain: 'example.jp', items: 'dkim spf' },
    { domain: 'example.jp', project: 'shop', owner: 'other' },
  ],
  SES_QUOTA: [{}],
  SES_PAUSED: [{}],
  SES_CREDENTIALS: [{}],
  SES_SUSPENDED: [{}],
  SES_IDENTITY: [{}],
  SES_CONFIGURATION: [{}],
  SES_ACCESS: [{}],
  SES_REFUSED: [{}],
  SES_CLIENT: [{}],
};

const ALERTS: Readonly<Record<AlertCode, readonly About[]>> = {
  DOUBT: [
    { count: 3, doubtMs: 900_000, policy: 'auto' },
    { count: 3, doubtMs: 900_000, policy: 'hold' },
  ],
  NO_WORKER: [{ role: 'plan' }, { role: 'send' }, { role: 'log' }],
  LOG_BEHIND: [{ entries: 20_000, oldestMs: 90_000, holdsAt: 50_000 }],
  DEAD_LETTERS: [{ rows: 2 }, { messages: 3 }],
  EVENTS_LATE: [{ lagMs: 500_000, share: 0.4 }],
  QUOTA: [
    { owner: 'account', project: '', ...QUOTA, days: 1 },
    { owner: 'SLUICE_MAX_PER_MONTH', project: '', ...QUOTA, days: 30 },
    { owner: 'project', project: 'shop', ...QUOTA, days: 1 },
  ],
  DOMAIN: [{ domain: 'example.jp', items: 'identity dkim' }],
};

const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

function expectWhole(language: string, texts: readonly (string | null)[]): void {
  for (const text of texts) {
    expect(text).toMatch(/\S{2}/);
    expect(text).not.toMatch(/undefined|–|sluice (?:resume|domain|project|profile|resolve|guard)/);
    expect([text, JAPANESE.test(text ?? '')]).toEqual([text, language === 'ja']);
  }
}

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(HOLD_CODES)('a hold for %s has words of the console, with its figures and no command', (code) => {
    for (const about of HOLDS[code]) {
      const { title, said, todo } = holdSaids({ language }, code, about);
      expectWhole(language, [title, said, todo]);
    }
  });

  test.each(ALERT_CODES)('what needs a decision for %s has words of the console', (code) => {
    for (const about of ALERTS[code]) {
      const decision = { urgency: 'note', code, campaign: null, said: '', since: null, about } as const;
      const { title, said, todo } = decisionSaids({ language }, decision);
      expectWhole(language, [title, said, todo]);
    }
  });
});

test('of a hold without its figures, or of a code that nobody knows, the own words of the program are shown', () => {
  expect(holdSaids({ language: 'ja' }, 'QUOTA_DAY', {}).said).toBeNull();
  expect(holdSaids({ language: 'ja' }, 'NEW_ONE', {})).toEqual({ title: 'NEW_ONE', said: null, todo: null });
});

test('a hold is said in Japanese wherever it is shown, and in the words of the program beside it', async () => {
  const stage = await consoleStage(redis);
  await stage.desk.campaigns.submit(campaignInput('autumn'));
  const reason = '50000 recipients were sent to within 24 hours, and 50000 may be';
  await stage.client.campaigns.hold('autumn', 'default', {
    code: 'QUOTA_DAY',
    reason,
    until: null,
    about: QUOTA,
  });
  for (const path of ['/', '/campaigns', '/campaigns/autumn', '/campaigns/autumn/resume']) {
    const { text } = await stage.get(path, { 'accept-language': 'ja' });
    expect([path, wordsOf(text)]).toEqual([
      path,
      expect.stringContaining('24時間の上限 50,000人のうち、50,000人に送信しました。'),
    ]);
    expect(text.replaceAll(/<div lang="en">.*?<\/div>/g, '')).not.toContain(reason);
  }
  const page = await stage.get('/campaigns/autumn', { 'accept-language': 'ja' });
  expect(page.text).toContain(`<div lang="en"><code>QUOTA_DAY</code> ${reason}</div>`);
});

test('what an operator typed is shown as it was typed', async () => {
  const stage = await consoleStage(redis);
  await stage.desk.campaigns.submit(campaignInput('autumn'));
  await stage.desk.campaigns.pause('autumn', { by: 'Hana', reason: 'wrong list' });
  const { text } = await stage.get('/campaigns/autumn', { 'accept-language': 'ja' });
  expect(text).toContain('</strong>wrong list');
});

test('a rule that holds several campaigns is one decision, which names them', async () => {
  const stage = await consoleStage(redis);
  for (const id of ['autumn', 'winter']) {
    await stage.desk.campaigns.submit(campaignInput(id, { name: `Letter of ${id}` }));
    await stage.client.campaigns.hold(id, 'default', {
      code: 'GUARD',
      reason: 'too many',
      until: null,
      about: { rule: 'hour', measure: 'bounces', ...RATE },
    });
  }
  const { text } = await stage.get('/');
  expect(text.split('Held: too many bounces or complaints')).toHaveLength(2);
  const [, decisions = ''] = /data-live="decisions"(.*?)<\/section>/s.exec(text) ?? [];
  expect(wordsOf(decisions)).toMatch(/Letter of \w+ · Letter of \w+/);
});
