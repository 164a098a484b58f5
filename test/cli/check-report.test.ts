import { expect, test } from 'vitest';
import { checkText } from '../../src/cli/check-text.ts';
import { width } from '../../src/core/text-width.ts';
import type { CheckFindings } from '../../src/desk/check-findings.ts';
import { checkReport } from '../../src/desk/check-report.ts';
import type { Profile } from '../../src/identity/profile.ts';
import { type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';
import { mailFacts } from '../../src/queue/mail-facts.ts';
import type { Preflight } from '../../src/queue/preflight.ts';
import { prepareMailing } from '../../src/queue/prepare.ts';
import { SAMPLE_LINK } from '../../src/queue/sample.ts';
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
  const [said] = checkReport(of(102 * 1024 + 1)).warnings;
  expect(said?.message).toMatch(/link to unsubscribe/);
  const transactional = findings(
    { category: 'transactional', content: { subject: 'x', html: '<p>x</p>', text: 'x' } },
    { preflight: { ...found, samples: [sample('x'.repeat(102 * 1024 + 1))] } },
  );
  expect(
    checkReport(transactional)
      .warnings.map(({ message }) => message)
      .join(),
  ).toMatch(/^the html of a sample has 103 KB: Gmail cuts a mail off at 102 KB$/);
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

const counts = (sends: number, bounces: number, complaints = 0) => ({ sends, bounces, complaints });
const QUIET = counts(0, 0);

test('what a campaign takes of each limit that is set is said with its share, and whether it fits', () => {
  const sent = { day: 900, month: 30_000 };
  const change = {
    perDayMax: 2_500,
    perMonthMax: 40_000,
    sent,
    projects: [{ ...shop, perDay: 8_000, perMonth: null }],
    sentOfProject: { day: 6_001, month: 0 },
    warmUp: { allowance: 4_000, used: 0 },
  };
  const { quota, warnings } = checkReport(findings({ project: 'shop' }, change));
  expect(quota).toEqual([
    { whose: 'account', period: 'day', limit: 50_000, used: 10_000, takes: 2_000, share: 0.04, fits: true },
    { whose: 'setting', period: 'day', limit: 2_500, used: 900, takes: 2_000, share: 0.8, fits: false },
    { whose: 'setting', period: 'month', limit: 40_000, used: 30_000, takes: 2_000, share: 0.05, fits: true },
    { whose: 'project', period: 'day', limit: 8_000, used: 6_001, takes: 2_000, share: 0.25, fits: false },
    { whose: 'warm-up', period: 'day', limit: 4_000, used: 0, takes: 2_000, share: 0.5, fits: true },
  ]);
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^this installation may send 1,600 more of its 2,500 in 24 hours/),
    expect.stringMatching(/^its project may send 1,999 more of its 8,000 in 24 hours.*goes on by itself$/),
  ]);
});

test('of a list that nobody has counted nobody says what it takes', () => {
  const preflight = { ...found, counts: null, receivers: null };
  const { quota, blockers } = checkReport(findings({}, { preflight }));
  expect(quota).toMatchObject([{ takes: null, share: null, fits: null }]);
  expect(blockers).toEqual([]);
});

test('a rule of the guard that is broken keeps a campaign from being sent, by the limits that will hold for it', () => {
  const guard = { hour: QUIET, week: counts(1_000, 51) };
  const projects = [{ ...shop, bounceRate: 0.08 }];
  const blockers = (input: Partial<CampaignInput>, change: Partial<CheckFindings>) =>
    checkReport(findings(input, { guard, ...change })).blockers.map(({ code }) => code);
  expect(blockers({}, {})).toEqual(['GUARD']);
  expect(blockers({ project: 'shop' }, { projects })).toEqual([]);
  expect(blockers({ project: 'shop', limits: { bounceRate: 0.03 } }, { projects })).toEqual(['GUARD']);
  expect(blockers({}, { guard: { hour: QUIET, week: counts(199, 199) } })).toEqual([]);
  const report = checkReport(findings({}, { guard }));
  expect(report.guard).toMatchObject({
    project: 'default',
    sender: 'news@example.com',
    limits: { bounceRate: 0.05, complaintRate: 0.001 },
    hour: { sends: 0, bounceRate: null },
    week: { sends: 1_000, bounceRate: 0.051, complaintRate: 0 },
    broken: [{ rule: 'week', measure: 'bounces' }],
  });
  expect(checkText(report, NOW)).toMatch(/^autumn\n {2}would not be sent: 5\.1 % of the last 7 days' mail/);
});

test('a rule that is nearly broken is warned of, and keeps nothing from being sent', () => {
  const report = checkReport(findings({}, { guard: { hour: QUIET, week: counts(1_000, 45) } }));
  expect(report.blockers).toEqual([]);
  expect(report.warnings).toMatchObject([
    { code: 'GUARD_NEAR', message: expect.stringContaining('4.5 % of') },
  ]);
});

test('workers that lack what unsubscribe links are made of keep marketing mail from being sent, and no other', () => {
  const marketing = { kind: 'unable', workers: 1, of: 3 } as const;
  const of = (input: Partial<CampaignInput>, change: Partial<CheckFindings> = { marketing }) => {
    const { blockers, warnings } = checkReport(findings(input, change));
    return [...blockers.map(({ message }) => message), ...warnings.map(({ code }) => code)];
  };
  expect(of({})).toEqual([
    "1 of 3 workers can't make unsubscribe links: set SLUICE_PUBLIC_URL and SLUICE_SECRET for all of them",
  ]);
  const plain = { subject: 'x', text: 'hello' };
  expect(of({ category: 'transactional', content: plain })).toEqual([]);
  expect(of({}, { marketing: { kind: 'unknown' } })).toEqual(['CONFIGURATION']);
});

const spfItem = {
  item: 'spf',
  status: 'missing',
  found: 'no record at bounce.example.com',
  expected: 'v=spf1 include:amazonses.com ~all',
  todo: ['add the TXT record to bounce.example.com'],
} as const;
const dkimItem = { item: 'dkim', status: 'ok', found: 'SUCCESS', expected: null, todo: [] } as const;
const domain = {
  domain: 'example.com',
  at: NOW - 180_000,
  items: [dkimItem, spfItem],
  spfTree: [],
  spfLookups: null,
};

test('a domain that fails keeps a campaign from being sent; each item is shown, with what to do and the age', () => {
  const report = checkReport(
    findings(
      {},
      {
        domain,
        domainBlockers: [spfItem],
        isBulkSender: true,
        spamRate: { domain: 'example.com', rate: 0.0005, at: NOW },
      },
    ),
  );
  expect(report.blockers).toEqual([
    {
      code: 'DOMAIN',
      message: 'example.com, spf: no record at bounce.example.com; add the TXT record to bounce.example.com',
    },
  ]);
  expect(report.domain).toMatchObject({
    name: 'example.com',
    check: { at: '2026-11-27T08:57:00.000Z', items: [{ item: 'dkim' }, { item: 'spf' }] },
    isBulkSender: true,
    spamRate: { rate: 0.0005, at: '2026-11-27T09:00:00.000Z' },
  });
  const text = checkText(report, NOW);
  expect(text).toContain(`the domain example.com  (checked 3 min ago)
  ok             DKIM
  missing        SPF           no record at bounce.example.com
                               expected: v=spf1 include:amazonses.com ~all
                               → add the TXT record to bounce.example.com
  Gmail takes it for a bulk sender; spam rate of example.com at Gmail 0.05 %, as of 2026-11-27`);
});

test('without a check of the domain nothing is said to be in order', () => {
  const report = checkReport(findings());
  expect(report.domain).toEqual({ name: 'example.com', check: null, isBulkSender: null, spamRate: null });
  expect(checkText(report, NOW)).toContain('the domain example.com\n  was not checked');
});

test('receivers that the list goes to are shown with their rules, the largest first, and the others in one line', () => {
  const preflight = { ...found, receivers: { docomo: 3, gmail: 1_200 } };
  const report = checkReport(findings({}, { preflight, domain }));
  expect(report.receivers.map(({ receiver, recipients }) => [receiver, recipients])).toEqual([
    ['gmail', 1_200],
    ['yahoo', 0],
    ['yahoo-japan', 0],
    ['outlook', 0],
    ['docomo', 3],
    ['au', 0],
    ['softbank', 0],
  ]);
  const [, rules = ''] = checkText(report, NOW).split("receivers' rules\n");
  expect(rules).toMatch(/^ {2}Gmail, 1,200 recipients\n[^]* {2}NTT docomo, 3 recipients\n/);
  expect(rules).toContain(`    not met  bulk-authentication*: SPF and DKIM both authenticate the mail
             spf: no record at bounce.example.com
             https://support.google.com/a/answer/81126`);
  expect(rules).toContain(
    'nobody of the list is at: Yahoo and AOL, Yahoo! JAPAN, Outlook.com, au (KDDI), SoftBank',
  );
});

test('what is found in the content is told, and a hidden link counts against the receivers’ rule', () => {
  const hidden = `<p>${'words '.repeat(20)}</p><a style="display:none" href="${SAMPLE_LINK}">stop</a>`;
  const preflight = {
    ...found,
    receivers: { gmail: 1 },
    samples: [{ ...sample(hidden), text: SAMPLE_LINK }],
  };
  const report = checkReport(findings({}, { preflight }));
  expect(report.content).toMatchObject([{ code: 'UNSUBSCRIBE_HIDDEN', level: 'warning', rows: [1] }]);
  expect(report.receivers[0]?.rules.find(({ id }) => id === 'gmail-visible-link')).toMatchObject({
    status: 'unmet',
  });
  expect(report.blockers).toEqual([]);
});

test('the first lines say what would become of it', () => {
  const verdict = (change: Partial<CheckFindings>) =>
    checkText(checkReport(findings({}, change)), NOW).split('\n')[1];
  expect(verdict({})).toBe('  would be sent, to 2,000 people');
  const broken = { hour: QUIET, week: counts(1_000, 900) };
  expect(verdict({ standing: 'known', guard: broken })).toBe('  would not be sent again');
  expect(verdict({ standing: 'different' })).toMatch(
    /^ {2}would not be sent: the id "autumn" was used before/,
  );
  const nobody = { ...found, counts: { ...found.counts, sendable: 0 } };
  expect(verdict({ preflight: nobody })).toBe('  nothing would be sent: nobody is left to send to');
});

test('no line of the page is wider than the terminal, but for words that are', () => {
  const preflight = {
    ...found,
    receivers: { gmail: 900, docomo: 20, outlook: 7 },
    samples: [
      { ...sample(`<p>x</p><a href="${SAMPLE_LINK}">${'株式会社'.repeat(9)}</a>`), text: '長'.repeat(200) },
    ],
  };
  const change = {
    preflight,
    domain,
    domainBlockers: [spfItem],
    guard: { hour: QUIET, week: counts(9_999, 990) },
  };
  const text = checkText(checkReport(findings({}, change)), NOW, 80);
  const wide = text.split('\n').filter((line) => width(line) > 80 && !/^ *https:\S+$/.test(line));
  expect(wide).toEqual([]);
});

test('the page shows a long text once, and of other samples how they begin', () => {
  const text = Array.from({ length: 20 }, (_, line) => `line ${line + 1}`).join('\n');
  const samples = [1, 2, 3].map((seq) => ({ ...sample('<p>x</p>'), seq, text }));
  const page = checkText(checkReport(findings({}, { preflight: { ...found, samples } })), NOW);
  expect(page.match(/\| line \d+/g)).toHaveLength(8 + 3 + 3);
  expect(page).toMatch(/ {2}\| line 8\n {2}\| … 12 more lines, which --json has\n/);
});

test('what no campaign can be told of is a word on the page, with the reason in the JSON', () => {
  const report = checkReport(findings({}, { preflight: { ...found, receivers: { docomo: 5 } } }));
  const page = checkText(report, NOW);
  expect(page).toMatch(/ {4}unseen {3}from-spf, from-dns, unknown-users, filters\n/);
  expect(page).toMatch(/ {2}unseen: Sluice can not look at it/);
  const docomo = report.receivers.find(({ receiver }) => receiver === 'docomo');
  expect(docomo?.rules.find(({ id }) => id === 'docomo-filters')).toMatchObject({
    status: 'unknown',
    isUnknowable: true,
    why: expect.stringMatching(/each user/),
  });
});

test('a campaign of a few is over in less than a second', () => {
  const few = { ...found, counts: { ...found.counts, sendable: 2 } };
  expect(checkText(checkReport(findings({}, { preflight: few })), NOW)).toContain(
    'takes less than a second at 100 a second',
  );
});
