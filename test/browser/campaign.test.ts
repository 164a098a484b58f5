import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { MAKES_PICTURES, picture, useBrowser } from '../support/browser.ts';
import { useConsole } from '../support/console-stage.ts';

/* What an operator does with campaigns, in a browser, on `sluice up`. */

/** For the pictures there is more to see. */
const [PEOPLE, RUN_MS] = MAKES_PICTURES ? [10_000, 60_000] : [5_000, 0];
vi.setConfig({ testTimeout: 300_000 + RUN_MS });

const browser = useBrowser();
const console_ = useConsole(
  browser.isThere,
  // Sending slows down where events are late by half of it.
  { SLUICE_DOUBT_MS: '10000' },
  {
    account: { perSecond: 300, perDay: 200_000 },
    events: { engagement: { opens: 0.3, clicks: 0.06, bounces: 0.008 } },
    // Whoever is asked for one of these hangs up.
    faults: ({ operation, body }) =>
      operation.startsWith('Send') && body.includes('silent-') ? { kind: 'drop', taken: false } : null,
  },
);

/** The figure of a receipt's row. */
const bucket = (page: Page, label: string) =>
  page
    .locator('[data-live=receipt] tr', { has: page.getByRole('rowheader', { name: label, exact: true }) })
    .locator('td')
    .first();
const figureOf = (text: string) => Number(text.replaceAll(',', ''));
const row = (page: Page, name: string) => page.locator('[data-live=campaigns] tr', { hasText: name });
const state = (page: Page) => page.locator('[data-live=state] .badge').first();

/** So many people, whom nobody expects to answer where they are `silent`. */
const people = (count: number, who = 'reader') =>
  Array.from({ length: count }, (_, index) => ({
    email: `${who}-${index + 1}@example.jp`,
    data: { name: `Reader ${index + 1}` },
  }));

const transactional = (
  id: string,
  name: string,
  recipients: ReturnType<typeof people>,
  perSecond?: number,
) => ({
  id,
  name,
  category: 'transactional' as const,
  sender: { from: 'Example News <news@example.com>' },
  content: { subject: '{{name}}, hello', html: '<p>Dear {{name}}</p>' },
  audience: { kind: 'inline' as const, recipients },
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
      [
        'email,name\nhanako@example.jp,花子\nben@example.jp,Ben\nBen@example.jp,Ben\nnobody,Nobody',
        ...people(598).map(({ email, data }) => `${email},${data.name}`),
      ].join('\n'),
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
  await page.getByRole('heading', { name: 'Send to 600 people?' }).waitFor();
  expect(await page.getByRole('row', { name: /^Duplicates/ }).innerText()).toContain('1');
  await picture(page, 'check');
  await page.getByRole('button', { name: 'Send to 600 people' }).click();
  await page.getByRole('heading', { name: 'Autumn letter', level: 1 }).waitFor();
  await expect.poll(() => state(page).innerText()).toContain('Finished');
  await expect.poll(() => bucket(page, 'Accepted by SES').innerText()).toBe('600');
  expect(await bucket(page, 'Duplicates').innerText()).toBe('1');
  expect(await bucket(page, 'Invalid addresses').innerText()).toBe('1');
  expect(console_.sandbox.store.stats().accepted).toBe(600);
});

test('a campaign that runs is paused in one window, which another one sees, goes on from there, and is cancelled', async () => {
  const [mine, other] = [await browser.window(), await browser.window()];
  await console_.enqueue(transactional('autumn-early', 'Early access, autumn', people(PEOPLE), 40));
  await mine.goto(`${console_.url}/campaigns/autumn-early`);
  await other.goto(`${console_.url}/`);
  const accepted = async () => figureOf(await bucket(mine, 'Accepted by SES').innerText());
  await expect.poll(accepted).toBeGreaterThan(0);
  // One for people a second, and one for what became of the mail.
  await expect.poll(() => mine.locator('[data-chart] canvas').count()).toBe(2);
  await picture(mine, 'campaign', { afterMs: RUN_MS, height: 1_100 });
  await mine.getByRole('button', { name: 'Pause' }).click();
  await mine.getByRole('dialog').getByLabel('Reason').fill('the shop is down');
  await mine.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await expect.poll(() => row(other, 'Early access, autumn').innerText()).toContain('Paused');
  await other.getByRole('link', { name: 'Early access, autumn' }).click();
  expect(await other.locator('[data-live=state]').innerText()).toContain('the shop is down');
  expect(await other.locator('[data-live=timeline]').innerText()).toContain('Paused');
  // Calls that were on their way end.
  await expect.poll(() => state(mine).innerText()).toContain('Paused');
  const stopped = await accepted();
  expect(stopped).toBeLessThan(PEOPLE);
  await other.getByRole('button', { name: 'Resume' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => state(mine).innerText()).toContain('Running');
  // More than the calls that were on their way when it was paused.
  await expect.poll(accepted).toBeGreaterThan(stopped + 100);
  await mine.getByRole('button', { name: 'Cancel campaign' }).click();
  await mine.getByRole('dialog').getByRole('button', { name: 'Cancel campaign' }).click();
  await expect.poll(() => state(other).innerText()).toContain('Cancelled');
});

test('a campaign that is held for what is in doubt is the first thing to see, and ends when somebody has decided', async () => {
  const page = await browser.window();
  await console_.enqueue(transactional('winter', 'Winter catalogue', people(PEOPLE), 60));
  await console_.enqueue(transactional('orders', 'Your order is on its way', people(PEOPLE / 2), 20));
  await console_.enqueue({
    ...transactional('invoices', 'Invoices, November', people(3, 'silent')),
    doubt: 'hold',
  });
  await page.goto(`${console_.url}/`);
  const decisions = page.locator('[data-live=decisions]');
  await decisions.getByText('Held: did SES take the mail?').waitFor();
  expect(await page.locator('main li').first().innerText()).toContain('Invoices, November');
  expect(await row(page, 'Winter catalogue').innerText()).toContain('Running');
  await expect.poll(() => page.locator('[data-live=guard] [role=meter]').count()).toBe(4);
  await picture(page, 'overview', { afterMs: RUN_MS / 3, height: 1_180 });
  await decisions.getByRole('link', { name: 'Invoices, November' }).click();
  await page.getByRole('heading', { name: 'Invoices, November', level: 1 }).waitFor();
  expect(await state(page).innerText()).toContain('Held');
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page
    .getByRole('dialog')
    .getByLabel(/Do not send again/)
    .check();
  await page.getByRole('dialog').getByLabel('Reason').fill('they are told by telephone');
  await page.getByRole('dialog').getByRole('button', { name: 'Decide' }).click();
  await page.getByText('3 were decided').waitFor();
  await expect.poll(() => state(page).innerText()).toContain('Finished');
  expect(await bucket(page, 'Dropped').innerText()).toBe('3');
  if (MAKES_PICTURES) {
    const phone = await browser.window({ language: 'ja', scheme: 'dark', device: 'phone' });
    await phone.goto(`${console_.url}/campaigns/winter`);
    await phone.locator('[data-chart] canvas').first().waitFor();
    await picture(phone, 'campaign-ja-dark-phone');
  }
  await Promise.all(['winter', 'orders'].map((id) => console_.api.campaigns.cancel(id, { by: 'Hanako' })));
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
