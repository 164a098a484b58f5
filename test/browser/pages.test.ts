import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { axe } from '../support/axe.ts';
import { type Looks, picture, useBrowser } from '../support/browser.ts';
import { useConsole } from '../support/console-stage.ts';

/* Every page of the console, as different people have it before them, on an installation with a thousand campaigns. */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const browser = useBrowser();
const console_ = useConsole(browser.isThere);
const CAMPAIGNS = 1_000;
/** Campaigns that are enqueued at a time. */
const AT_ONCE = 20;

beforeAll(async () => {
  if (!browser.isThere) return;
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  const campaign = (id: string) => ({
    id,
    category: 'transactional' as const,
    sender: { from: 'news@example.com' },
    content: { subject: 'Hello {{name}}', html: '<p>Hello {{name}}</p>' },
    audience: { kind: 'inline' as const, recipients: [{ email: `${id}@example.jp`, data: { name: 'Ben' } }] },
  });
  for (let from = 0; from < CAMPAIGNS; from += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        console_.enqueue({ ...campaign(`later-${from + index}`), sendAt }),
      ),
    );
  await console_.enqueue(campaign('sent'));
  await vi.waitFor(() => expect(console_.sandbox.store.stats().accepted).toBe(1), {
    timeout: 60_000,
    interval: 100,
  });
});

const PATHS = [
  '/',
  '/campaigns',
  '/campaigns/new',
  '/campaigns/sent',
  '/campaigns/later-7/pause',
  '/campaigns/sent/preview',
  '/campaigns/sent/errors',
  '/suppression',
  '/suppression/add',
  '/suppression/import',
  '/senders',
  '/senders/profiles',
  '/senders/projects',
  '/domains',
  '/domains/add',
  '/dmarc',
  '/sign-in',
  '/there-is-no-such-page',
] as const;

const LOOKS: readonly Looks[] = [
  { language: 'en', scheme: 'light', device: 'desktop' },
  { language: 'ja', scheme: 'dark', device: 'phone' },
];

describe.each(LOOKS)('in $language, $scheme, on a $device', (looks) => {
  test('no page has anything that keeps somebody from using it, or is wider than the window', async () => {
    const page = await browser.window({ ...looks, expected: [/404 \(Not Found\)/] });
    const found: string[] = [];
    for (const path of PATHS) {
      const answer = await page.goto(`${console_.url}${path}`);
      const status = path === '/there-is-no-such-page' ? 404 : 200;
      if (answer?.status() !== status) found.push(`${path}: ${answer?.status()}`);
      found.push(...(await axe(page)).map((finding) => `${path}: ${finding}`));
      if ((await page.locator('html').getAttribute('lang')) !== looks.language) found.push(`${path}: lang`);
      if (await page.evaluate('document.documentElement.scrollWidth > window.innerWidth'))
        found.push(`${path}: wider than the window`);
    }
    expect(found).toEqual([]);
  });
});

/** What can have the focus and is seen, marked with numbers, so that each can be told from the others. */
const MARK = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter((each) => each.checkVisibility() && !each.disabled && !each.closest('details:not([open]) > :not(summary)'))
  .map((each, index) => { each.dataset.walk = String(index); return String(index); })`;
const AT = `document.activeElement?.dataset.walk ?? ''`;

async function walk(page: Page, steps: number): Promise<Set<string>> {
  const reached = new Set<string>();
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab');
    reached.add(String(await page.evaluate(AT)));
  }
  return reached;
}

describe('by keyboard', () => {
  test.each(['/', '/campaigns/later-7', '/campaigns/new', '/suppression'])(
    'everything on %s is reached',
    async (path) => {
      const page = await browser.window();
      await page.goto(`${console_.url}${path}`);
      // A page that is replaced while somebody walks on it would lose the marks.
      await page.evaluate('window.stop()');
      const marks = await page.evaluate<string[]>(MARK);
      const wanted = marks.slice(0, 60);
      const reached = await walk(page, wanted.length + 5);
      expect(wanted.filter((mark) => !reached.has(mark))).toEqual([]);
      expect(wanted.length).toBeGreaterThan(10);
    },
  );

  test('a question keeps the focus, goes with Escape, and gives it back', async () => {
    const page = await browser.window();
    await page.goto(`${console_.url}/campaigns/later-8`);
    const button = page.getByRole('button', { name: 'Pause' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let step = 0; step < 8; step += 1) {
      await page.keyboard.press('Tab');
      // Between the last element and the first the browser has the focus itself.
      expect(
        await page.evaluate(
          `document.activeElement.closest('dialog, body').localName + (document.activeElement === document.body)`,
        ),
      ).toMatch(/^(dialogfalse|bodytrue)$/);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await button.evaluate((element) => element.matches(':focus'))).toBe(true);
  });
});

describe('with a thousand campaigns', () => {
  test.each(['/', '/campaigns'])('%s stays small', async (path) => {
    const page = await browser.window();
    const before = await commands();
    const answer = await page.goto(`${console_.url}${path}`);
    expect((await answer?.body())?.length).toBeLessThan(400_000);
    expect(await page.locator('*').count()).toBeLessThan(5_000);
    // Those of workers in the meantime are among them.
    expect((await commands()) - before).toBeLessThan(3_000);
    await picture(page, path === '/' ? 'overview-thousand' : 'campaigns');
  });

  test('all of them are found, page by page', async () => {
    const page = await browser.window();
    await page.goto(`${console_.url}/campaigns`);
    expect(await page.getByText('1,001').count()).toBeGreaterThan(0);
    const first = await page.locator('tbody tr').count();
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL(/after=/);
    expect(first).toBe(await page.locator('tbody tr').count());
    await page.getByLabel('Find').fill('later-3');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'later-3', level: 1 }).waitFor();
  });
});

async function commands(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await console_.redis.info('stats'))?.[1]);
}

describe('without script', () => {
  test('a campaign can be read, paused and resumed', async () => {
    const page = await browser.window({ hasScript: false });
    await page.goto(`${console_.url}/campaigns/later-9`);
    expect(await page.locator('[data-live=state]').innerText()).toContain('Scheduled');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByLabel('Reason').fill('not yet');
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await page.locator('[data-live=state]').innerText()).toContain('not yet');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    expect(await page.locator('[data-live=state]').innerText()).toContain('Scheduled');
  });
});
