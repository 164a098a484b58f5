import type { Page } from 'playwright-core';
import { beforeEach, expect, test, vi } from 'vitest';
import type { FaultAction } from '../../src/sandbox/fault.ts';
import { picture, useBrowser } from '../support/browser.ts';
import { useConsole } from '../support/console-stage.ts';

/* What an operator does with campaigns, in a browser, on `sluice up`. */

/** What takes a second here takes many on a machine with more to do. */
const PATIENT = { timeout: 40_000, interval: 100 };
vi.setConfig({ testTimeout: 90_000 });

let fault: FaultAction | null = null;
const browser = useBrowser();
const console_ = useConsole(
  browser.isThere,
  { SLUICE_DOUBT_MS: '1000' },
  { faults: ({ operation }) => (operation.startsWith('Send') ? fault : null) },
);
beforeEach(() => {
  fault = null;
});

/** The figure of a receipt's row. */
const bucket = (page: Page, label: string) =>
  page
    .locator('[data-live=receipt] tr', { has: page.getByRole('rowheader', { name: label, exact: true }) })
    .locator('td')
    .first();
const figureOf = (text: string) => Number(text.replaceAll(',', ''));
const state = (page: Page) => page.locator('[data-live=state] .badge').first();

/** So many people who have asked for the mail. */
const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ email: `reader-${index + 1}@example.jp` }));

const letter = { subject: 'Hello', html: '<p>Hello</p>' };
const transactional = (id: string, count: number, perSecond?: number) => ({
  id,
  category: 'transactional' as const,
  sender: { from: 'news@example.com' },
  content: letter,
  audience: { kind: 'inline' as const, recipients: people(count) },
  ...(perSecond === undefined ? {} : { limits: { perSecond } }),
});

test('a list is uploaded, a campaign written, checked and sent, and its receipt is final without a reload', async () => {
  const page = await browser.window();
  await page.goto(`${console_.url}/`);
  await page.getByRole('link', { name: 'New campaign' }).click();
  await page.getByLabel('File', { exact: true }).setInputFiles({
    name: 'autumn.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      'email,name\nhanako@example.jp,花子\nben@example.jp,Ben\nben@example.jp,Ben\nnobody,Nobody\n',
    ),
  });
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('✓ autumn.csv').waitFor();
  await page.getByLabel('Uploaded list').selectOption('autumn.csv');
  await page.getByLabel('Id', { exact: true }).fill('autumn');
  await page.getByLabel('Name', { exact: true }).fill('Autumn letter');
  await page.getByLabel('From address').fill('News <news@example.com>');
  await page.getByLabel('Subject').fill('{{name}}, it is autumn');
  await page.locator('#html').fill('<p>Dear {{name}}</p><p><a href="{{unsubscribeUrl}}">Unsubscribe</a></p>');
  await page.getByRole('button', { name: 'Check' }).first().click();
  await page.getByRole('heading', { name: 'Send to 2 people?' }).waitFor();
  expect(await page.getByRole('row', { name: /^Duplicates/ }).innerText()).toContain('1');
  await picture(page, 'check');
  await page.getByRole('button', { name: 'Send to 2 people' }).click();
  await page.getByRole('heading', { name: 'Autumn letter', level: 1 }).waitFor();
  await expect.poll(() => state(page).innerText(), PATIENT).toContain('Finished');
  await expect.poll(() => bucket(page, 'Accepted by SES').innerText()).toBe('2');
  expect(await bucket(page, 'Duplicates').innerText()).toBe('1');
  expect(await bucket(page, 'Invalid addresses').innerText()).toBe('1');
  expect(console_.sandbox.store.stats().accepted).toBe(2);
});

test('a campaign that runs is paused in one window, which another one sees, goes on from there, and is cancelled', async () => {
  const [mine, other] = [await browser.window(), await browser.window()];
  await console_.enqueue(transactional('slow', 5_000, 40));
  await mine.goto(`${console_.url}/campaigns/slow`);
  await other.goto(`${console_.url}/campaigns/slow`);
  await expect
    .poll(async () => figureOf(await bucket(mine, 'Accepted by SES').innerText()), PATIENT)
    .toBeGreaterThan(0);
  await mine.getByRole('button', { name: 'Pause' }).click();
  await mine.getByRole('dialog').getByLabel('Reason').fill('the shop is down');
  await mine.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await expect.poll(() => state(other).innerText(), PATIENT).toContain('Paused');
  expect(await other.locator('[data-live=state]').innerText()).toContain('the shop is down');
  await expect.poll(() => other.locator('[data-live=timeline]').innerText()).toContain('Paused');
  const stopped = figureOf(await bucket(other, 'Accepted by SES').innerText());
  expect(stopped).toBeLessThan(5_000);
  await other.getByRole('button', { name: 'Resume' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await expect
    .poll(async () => figureOf(await bucket(mine, 'Accepted by SES').innerText()), PATIENT)
    .toBeGreaterThan(stopped);
  await picture(mine, 'campaign');
  await mine.getByRole('button', { name: 'Cancel campaign' }).click();
  await mine.getByRole('dialog').getByRole('button', { name: 'Cancel campaign' }).click();
  await expect.poll(() => state(other).innerText(), PATIENT).toContain('Cancelled');
});

test('a campaign that is held for what is in doubt ends when somebody has decided', async () => {
  fault = { kind: 'drop', taken: false };
  const page = await browser.window();
  await console_.enqueue({ ...transactional('doubtful', 3), doubt: 'hold' });
  await page.goto(`${console_.url}/campaigns/doubtful`);
  await expect.poll(() => state(page).innerText(), PATIENT).toContain('Held');
  await page.getByRole('link', { name: 'Overview' }).click();
  expect(await page.locator('[data-live=decisions]').innerText()).toContain('doubtful');
  await picture(page, 'overview');
  await page.goBack();
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page
    .getByRole('dialog')
    .getByLabel(/Do not send again/)
    .check();
  await page.getByRole('dialog').getByLabel('Reason').fill('they are told by telephone');
  await page.getByRole('dialog').getByRole('button', { name: 'Decide' }).click();
  await page.getByText('3 were decided').waitFor();
  await expect.poll(() => state(page).innerText(), PATIENT).toContain('Finished');
  expect(await bucket(page, 'Dropped').innerText()).toBe('3');
});

test('nothing that a campaign carries is run by the console, nor in the frame with the mail', async () => {
  const evil = '"><script>window.__ran = 1</script><img src=x onerror="window.__ran = 1">';
  const page = await browser.window({ expected: [/sandbox|Content Security Policy/] });
  await console_.enqueue({
    id: 'evil',
    name: evil,
    category: 'transactional',
    sender: { from: `"${evil.replaceAll('"', "'")}" <news@example.com>` },
    content: {
      subject: `{{name}} ${evil}`,
      html: `<p>{{{name}}}</p>${evil}<a href="javascript:window.__ran=1">x</a>`,
    },
    audience: { kind: 'inline', recipients: [{ email: 'evil@example.jp', data: { name: evil } }] },
    tags: {},
  });
  const ran = async () => {
    const found = await Promise.all(
      page.frames().map((frame) => frame.evaluate('window.__ran').catch(() => undefined)),
    );
    return found.filter((each) => each !== undefined);
  };
  const paths = [
    '/',
    '/campaigns',
    '/campaigns/evil',
    '/campaigns/evil/pause',
    '/campaigns/evil/preview',
    '/campaigns/evil/mail',
    '/campaigns/evil/errors',
  ];
  for (const path of paths) {
    await page.goto(`${console_.url}${path}`);
    await page.waitForLoadState('load');
    expect([path, await ran()]).toEqual([path, []]);
  }
  await page.goto(`${console_.url}/campaigns`);
  expect(await page.getByRole('link', { name: evil }).count()).toBe(1);
});
