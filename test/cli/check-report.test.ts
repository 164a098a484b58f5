import { expect, test } from 'vitest';
import type { CheckFindings } from '../../src/cli/check-findings.ts';
import { checkReport } from '../../src/cli/check-report.ts';
import { checkText } from '../../src/cli/check-text.ts';
import type { Profile } from '../../src/identity/profile.ts';
import { type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';
import { mailFacts } from '../../src/queue/mail-facts.ts';
import type { Preflight } from '../../src/queue/preflight.ts';
import { prepareMailing } from '../../src/queue/prepare.ts';
import { NEWS } from '../support/profile-stage.ts';

const NOW = Date.parse('2026-11-27T09:00:00Z');
const account = { perSecond: 100, perDay: 50_000, sentLast24Hours: 10_000, at: NOW - 5_000 };

const definition: CampaignInput = {
  id: 'autumn',
  sender: { from: 'news@example.com' },
  content: { subject: 'x', html: '<a href="{{unsubscribeUrl}}">stop</a>', text: 'stop: {{unsubscribeUrl}}' },
  audience: { kind: 'inline', recipients: [{ email: 'a@example.com' }] },
};

const found: Preflight = {
  counts: {
    read: 2_010,
    duplicate: 3,
    invalid: 2,
    skipped: { unsubscribed: 5, bounced: 0, complained: 0, blocked: 0 },
    sendable: 2_000,
  },
  invalid: [],
  variables: [],
  receivers: {},
  samples: [],
  hasChanged: false,
};

function findings(
  input: Partial<CampaignInput> = {},
  change: Partial<CheckFindings> = {},
  profile: Profile | null = null,
): CheckFindings {
  const parsed = parseCampaign({ ...definition, ...input });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  const prepared = prepareMailing(parsed.campaign, profile);
  if (prepared.kind === 'problems') throw new Error(prepared.problems.join());
  return {
    campaign: parsed.campaign,
    mailing: prepared.mailing,
    preflight: found,
    standing: 'new',
    mail: mailFacts(parsed.campaign),
    account,
    perSecondMax: null,
    perDayMax: null,
    perMonthMax: null,
    projects: [],
    sent: { day: 0, month: 0 },
    sentOfProject: { day: 0, month: 0 },
    warmUp: null,
    guard: null,
    marketing: { kind: 'able' },
    domain: null,
    domainBlockers: [],
    foreignDomain: null,
    isBulkSender: null,
    spamRate: null,
    ...change,
  };
}

const codes = (of: CheckFindings) => checkReport(of).warnings.map(({ code }) => code);
const sample = (html: string) => ({
  seq: 1,
  recipient: 'a@x.jp',
  subject: 's',
  html,
  text: 't',
  htmlBytes: Buffer.byteLength(html),
});

test('a campaign in order has no warnings', () => {
  expect(codes(findings())).toEqual([]);
});

const NO_SETTINGS = {
  perSecond: null,
  perDay: null,
  perMonth: null,
  bounceRate: null,
  complaintRate: null,
  organisation: null,
  domainRules: null,
};
const shop = { name: 'shop', ...NO_SETTINGS };

test('a project that was not set up is named, with the one that was meant; "default" need not be', () => {
  const messages = (project: string | undefined, projects: CheckFindings['projects']) =>
    checkReport(findings(project === undefined ? {} : { project }, { projects })).warnings.map(
      ({ code, message }) => `${code} ${message}`,
    );
  expect(messages(undefined, [shop])).toEqual([]);
  expect(messages('shop', [shop])).toEqual([]);
  expect(messages('shpo', [shop])).toEqual([
    'PROJECT_UNKNOWN the project "shpo" was not set up (did you mean "shop"?): no limits of its own apply until `sluice project set shpo`',
  ]);
  expect(messages('quite-other', [])).toEqual([
    expect.stringMatching(/^PROJECT_UNKNOWN the project "quite-other" was not set up: no limits/),
  ]);
});

test.each([
  ['what the workers may send', {}, {}, 100, 'account'],
  ['the setting here where it is lower', {}, { perSecondMax: 20 }, 20, 'setting'],
  ['the workers’ rate where the setting is higher', {}, { perSecondMax: 1_000 }, 100, 'account'],
  [
    'the project’s',
    { project: 'shop', limits: { perSecond: 40 } },
    { projects: [{ ...shop, perSecond: 25 }] },
    25,
    'project',
  ],
  ['the campaign’s own limit', { limits: { perSecond: 5 } }, {}, 5, 'campaign'],
  ['the setting where no worker has been running', {}, { account: null, perSecondMax: 20 }, 20, 'setting'],
] as const)('the time is that of the lowest rate: %s', (_what, input, change, perSecond, limitedBy) => {
  const { rate, durationMs } = checkReport(findings(input, change));
  expect(rate).toMatchObject({ perSecond, limitedBy });
  expect(durationMs).toBe((2_000 / perSecond) * 1000);
});

test('without a worker and without a setting the time is not known, and the text says so', () => {
  const report = checkReport(findings({}, { account: null }));
  expect(report).toMatchObject({
    rate: { perSecond: null, limitedBy: null, account: null },
    durationMs: null,
  });
  expect(checkText(report, NOW)).toContain('not known: no worker has been running');
});

test('an unsubscribe URL that does not take one click is warned of', () => {
  const unsubscribe = 'https://example.com/stop?m={{email}}';
  const of = (oneClick: boolean) =>
    findings({ sender: { profile: 'news' } }, {}, { ...NEWS, unsubscribe, oneClick });
  expect(codes(of(true))).toEqual([]);
  expect(codes(of(false))).toEqual(['NO_ONE_CLICK']);
});

test('transactional mail with a link that will be empty is warned of', () => {
  expect(codes(findings({ category: 'transactional' }))).toEqual(['LINK_EMPTY']);
});

test('a text part that nobody wrote is warned of', () => {
  const html = '<p>Hello</p> {{unsubscribeUrl}}';
  expect(codes(findings({ content: { subject: 'x', html } }))).toEqual(['TEXT_MADE']);
  const images = '<img src="{{unsubscribeUrl}}">';
  expect(codes(findings({ content: { subject: 'x', html: images } }))).toEqual(['TEXT_MISSING']);
});

test('html that Gmail would clip is warned of', () => {
  const of = (bytes: number) =>
    findings({}, { preflight: { ...found, samples: [sample('x'.repeat(bytes))] } });
  expect(codes(of(102 * 1024))).toEqual([]);
  expect(codes(of(102 * 1024 + 1))).toEqual(['HTML_CLIPPED']);
});

test('a variable that no row has is warned of, with what was meant', () => {
  const variable = { name: 'nmae', inList: false, missing: 9, empty: 0, suggestion: 'name' };
  const lacking = { ...variable, name: 'points', inList: true };
  const { warnings } = checkReport(findings({}, { preflight: { ...found, variables: [variable, lacking] } }));
  expect(warnings).toMatchObject([
    { code: 'VARIABLE_UNKNOWN', message: expect.stringContaining('{{name}}?') },
  ]);
});

test('a quota that the campaign does not fit in is warned of', () => {
  expect(codes(findings({}, { account: { ...account, sentLast24Hours: 48_000 } }))).toEqual([]);
  expect(codes(findings({}, { account: { ...account, sentLast24Hours: 48_001 } }))).toEqual(['QUOTA']);
  expect(codes(findings({}, { account: { ...account, perDay: null } }))).toEqual([]);
});

test('an id that was used for other content, a list that changed, and one that leaves nobody are warned of', () => {
  expect(codes(findings({}, { standing: 'different' }))).toEqual(['ID_USED']);
  expect(codes(findings({}, { standing: 'known' }))).toEqual([]);
  expect(codes(findings({}, { preflight: { ...found, hasChanged: true } }))).toEqual(['LIST_CHANGED']);
  const nobody = { ...found, counts: { ...found.counts, sendable: 0 } };
  expect(codes(findings({}, { preflight: nobody }))).toEqual(['NOBODY']);
});

test('what stands in a list cannot steer the terminal, and does not break the lines', () => {
  const invalid = [
    {
      reason: 'no_at' as const,
      meaning: 'there is no @',
      rows: 1,
      examples: [
        {
          seq: 1,
          value: '\u001b[2Jgone\r\nsluice: 株式会社株式会社株式会社株式会社株式会社株式会社株式会社',
        },
      ],
    },
  ];
  const samples = [{ ...sample('x'), subject: '\u001b]0;title\u0007', text: 'one\ntwo\u001b[31m' }];
  const text = checkText(checkReport(findings({}, { preflight: { ...found, invalid, samples } })), NOW);
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(text.split('\n').filter((line) => line.startsWith('sluice:'))).toEqual([]);
  expect(text).toContain('  | one\n  | two');
});

test('a canary is said with its size, but not where the list is no longer', () => {
  const canary = (given: CampaignInput['canary']) => checkReport(findings({ canary: given })).canary;
  expect(canary({ recipients: 500, waitSeconds: 60 })).toEqual({ recipients: 500, waitMs: 60_000 });
  expect(canary({ share: 0.1 })).toEqual({ recipients: 201, waitMs: 900_000 });
  expect(canary(true)).toBeNull();
  expect(canary(undefined)).toBeNull();
  expect(checkText(checkReport(findings({ canary: { recipients: 500 } })), NOW)).toContain(
    'canary: the first 500 are sent to, and 15 min are waited for what SES says of them',
  );
});

test.each([
  [0.0031, ['GUARD'], []],
  [0.003, ['GUARD'], []],
  [0.001, [], ['GUARD_NEAR']],
  [0.0009, [], []],
])('of mail to Gmail that is called spam %d is told as the guard takes it', (rate, blockers, warnings) => {
  const spamRate = { domain: 'example.com', rate, at: Date.UTC(2026, 10, 25) };
  const report = checkReport(findings({}, { spamRate }));
  expect(report.blockers.map(({ code }) => code)).toEqual(blockers);
  expect(report.warnings.map(({ code }) => code).filter((code) => code === 'GUARD_NEAR')).toEqual(warnings);
  expect(report.domain.spamRate).toEqual({ domain: 'example.com', rate, at: '2026-11-25T00:00:00.000Z' });
});
