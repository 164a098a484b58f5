import { beforeAll, describe, expect, test } from 'vitest';
import { axe } from '../support/axe.ts';
import { type Looks, picture, useBrowser } from '../support/browser.ts';
import { fillConsole, MIXED } from '../support/console-data.ts';
import { useConsole } from '../support/console-stage.ts';
import { eventually } from '../support/eventually.ts';

/* Every page of the console, as different people have it before them, on an installation with a thousand campaigns. */

const browser = useBrowser();
const console_ = useConsole(
  browser.isThere,
  // Sending slows down where events are late by half of it.
  { SLUICE_DOUBT_MS: '10000' },
  {
    // Whoever is asked for this address hangs up.
    faults: ({ operation, body }) =>
      operation.startsWith('Send') && body.includes('silent@') ? { kind: 'drop', taken: false } : null,
  },
);
const CAMPAIGNS = 1_000;
/** Campaigns that are enqueued at a time. */
const AT_ONCE = 50;

const greeting = (id: string) => ({
  id,
  category: 'transactional' as const,
  sender: { from: 'news@example.jp' },
  content: { subject: 'Hello {{name}}', html: '<p>Hello {{name}}</p>' },
  audience: { kind: 'inline' as const, recipients: [{ email: `${id}@example.com`, data: { name: 'Ben' } }] },
});

beforeAll(async () => {
  if (!browser.isThere) return;
  await fillConsole(console_);
  await console_.enqueue(MIXED);
  await console_.enqueue({ ...greeting('silent'), doubt: 'hold' });
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  for (let from = 0; from < CAMPAIGNS; from += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        console_.enqueue({ ...greeting(`later-${from + index}`), sendAt }),
      ),
    );
  await eventually(async () => {
    const [sent, silent] = await Promise.all(['sent', 'silent'].map((id) => console_.api.campaigns.get(id)));
    expect(sent).toMatchObject({
      state: 'finished',
      reason: null,
      counts: { bounced: { hard: 2, soft: 1 }, rejected: 2 },
    });
    expect(silent).toMatchObject({ state: 'held' });
  });
});

const BOARD = '/queues/';
const PATHS = [
  '/',
  '/campaigns',
  '/new-campaign',
  '/campaigns/sent',
  '/campaigns/silent',
  '/campaigns/silent/resolve',
  '/campaigns/sent/preview',
  '/campaigns/sent/errors',
  '/suppression',
  '/suppression/add',
  '/suppression/import',
  '/suppression/sync',
  '/senders',
  '/senders/profiles/news',
  '/senders/projects/shop',
  '/domains',
  '/domains/example.jp',
  '/domains/add',
  '/domains/warm-up',
  '/dmarc/report',
  BOARD,
  '/sign-in',
  '/there-is-no-such-page',
] as const;

/** One of each kind: tables, forms, charts, gauges, a frame. */
const TELLING: readonly (typeof PATHS)[number][] = [
  '/',
  '/new-campaign',
  '/campaigns/sent',
  '/campaigns/silent',
  '/suppression',
  '/senders',
  '/domains/example.jp',
  '/dmarc/report',
  '/sign-in',
];

/** Of what the documentation shows. */
const PICTURES: Readonly<Partial<Record<string, string>>> = {
  '/suppression': 'suppression',
  '/domains/example.jp': 'domain',
};

/** What Bull Board brings with it: buttons and a picture without a name, and pale letters on its keys. Nothing is on it that the console does not have. */
const isOfBoard = (fault: string) => /^(button-name|svg-img-alt|color-contrast .*: kbd) /.test(fault);

const LOOKS: readonly Looks[] = [
  { language: 'en', scheme: 'light', device: 'desktop' },
  { language: 'ja', scheme: 'dark', device: 'phone' },
];

describe.each(LOOKS)('in $language, $scheme, on a $device', (looks) => {
  test('no page has anything that keeps somebody from using it, or is wider than the window', async () => {
    const page = await browser.window({ ...looks, expected: [/404 \(Not Found\)/] });
    const found: string[] = [];
    for (const path of looks.language === 'en' ? PATHS : TELLING) {
      const answer = await page.goto(`${console_.url}${path}`);
      const status = path === '/there-is-no-such-page' ? 404 : 200;
      if (answer?.status() !== status) found.push(`${path}: ${answer?.status()}`);
      // Bull Board is made by its script.
      if (path === BOARD) await page.getByText('campaigns').first().waitFor();
      const shown = PICTURES[path];
      if (shown !== undefined && looks.language === 'en') await picture(page, shown);
      const faults = (await axe(page)).filter((fault) => path !== BOARD || !isOfBoard(fault));
      found.push(...faults.map((fault) => `${path}: ${fault}`));
      if ((await page.locator('html').getAttribute('lang')) !== looks.language) found.push(`${path}: lang`);
      if (await page.evaluate('document.documentElement.scrollWidth > window.innerWidth'))
        found.push(`${path}: wider than the window`);
    }
    expect(found).toEqual([]);
  });
});

/** Notes which elements had the focus, and whether it was to be seen there; gives how many can have it. */
const WATCH = `(() => {
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((each) => each.checkVisibility() && !each.disabled && !each.closest('details:not([open]) > :not(summary)'));
  globalThis.missed = new Set(all);
  globalThis.unseen = [];
  document.addEventListener('focusin', ({ target }) => {
    missed.delete(target);
    if (getComputedStyle(target).outlineStyle === 'none') unseen.push(target.outerHTML.slice(0, 100));
  });
  return all.length;
})()`;
const NOTED = `({ missed: [...missed].map((each) => each.outerHTML.slice(0, 100)), unseen })`;
/** A field for a date and a time has a stop for each of its parts. */
const MORE_STOPS = 12;

describe('by keyboard', () => {
  test('everything that can be used is reached, and shows where the focus is', async () => {
    const page = await browser.window();
    for (const path of ['/campaigns/later-7', '/new-campaign', '/suppression']) {
      await page.goto(`${console_.url}${path}`);
      const count = Number(await page.evaluate(WATCH));
      expect(count).toBeGreaterThan(10);
      for (let step = 0; step < count + MORE_STOPS; step += 1) await page.keyboard.press('Tab');
      expect([path, await page.evaluate(NOTED)]).toEqual([path, { missed: [], unseen: [] }]);
    }
  });

  test('a question keeps the focus, goes with Escape, and gives it back', async () => {
    const page = await browser.window();
    await page.goto(`${console_.url}/campaigns/later-8`);
    const button = page.getByRole('button', { name: 'Pause' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await axe(page)).toEqual([]);
    for (let step = 0; step < 6; step += 1) {
      await page.keyboard.press('Tab');
      // Between the last element and the first the browser has the focus itself.
      expect(await page.evaluate('document.activeElement.closest("dialog, body").localName')).toMatch(
        step === 0 ? /^dialog$/ : /^(dialog|body)$/,
      );
      expect(await page.evaluate('document.activeElement.closest("header, main")?.localName ?? null')).toBe(
        null,
      );
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await button.evaluate((element) => element.matches(':focus'))).toBe(true);
  });

  test('what is loaded in the place of a button has the focus that the button had', async () => {
    const page = await browser.window();
    await page.goto(`${console_.url}/campaigns/sent`);
    await page.getByRole('button', { name: 'Read the errors from the log' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Read again' }).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.closest("section")?.id')).toBe('errors');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("section")?.id')).toBe('errors');
  });
});

describe('with a thousand campaigns', () => {
  test.each(['/', '/campaigns'])('%s stays small', async (path) => {
    const page = await browser.window();
    const answer = await page.request.get(`${console_.url}${path}`);
    expect((await answer.body()).length).toBeLessThan(300_000);
    await page.goto(`${console_.url}${path}`);
    expect(await page.locator('*').count()).toBeLessThan(4_000);
  });

  test('all of them are found, page by page or by the id', async () => {
    const page = await browser.window();
    await page.goto(`${console_.url}/campaigns`);
    expect(await page.getByText('1,002').count()).toBeGreaterThan(0);
    const names = () => page.locator('tbody th').allInnerTexts();
    const first = await names();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.waitForURL(/after=/);
    const second = await names();
    expect(second).toHaveLength(first.length);
    expect(second.filter((name) => first.includes(name))).toEqual([]);
    await page.getByLabel('Open by id').fill('later-3');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'later-3', level: 1 }).waitFor();
  });
});

describe('without script', () => {
  test('all pages are read, and a campaign is paused and resumed', async () => {
    const page = await browser.window({ hasScript: false });
    for (const [path, text] of [
      ['/', 'Held: did SES take the mail?'],
      ['/campaigns/sent', 'Hard bounces'],
      ['/campaigns/sent/errors', 'General'],
      ['/suppression', 'Blocked'],
      ['/domains/example.jp', '_domainkey'],
      ['/dmarc/report', '198.51.100.7'],
    ] as const) {
      await page.goto(`${console_.url}${path}`);
      expect([path, await page.locator('main').innerText()]).toEqual([path, expect.stringContaining(text)]);
    }
    await page.goto(`${console_.url}/campaigns/later-9`);
    const state = page.locator('[data-live=state]');
    expect(await state.innerText()).toContain('Scheduled');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByLabel('Reason').fill('not yet');
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await state.innerText()).toContain('not yet');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    expect(await state.innerText()).toContain('Scheduled');
  });
});
