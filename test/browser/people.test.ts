import { beforeAll, describe, expect, test } from 'vitest';
import { createSealer } from '../../src/send/token.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { axe } from '../support/axe.ts';
import { picture, useBrowser } from '../support/browser.ts';
import { keys, useConsole } from '../support/console-stage.ts';

/* Who comes to the server with a browser: an operator who signs in, and a reader who wants no more mail. */

const TOKEN = 'the-token-of-this-test-is-long-enough';
const SECRET = 'the key of this test is long enough too';
const browser = useBrowser();
const console_ = useConsole(browser.isThere, { SLUICE_API_TOKEN: TOKEN, SLUICE_SECRET: SECRET });

const suppressed = async (address: string) => {
  const [found = []] = await new SuppressionStore(console_.redis, keys).check([address]);
  return found.map(({ target }) => target);
};

describe('an operator', () => {
  test('is asked for the token, refused with a wrong one, and taken to where they wanted with the right one', async () => {
    const page = await browser.window({ expected: [/401 \(Unauthorized\)/] });
    await page.goto(`${console_.url}/suppression`);
    expect(page.url()).toContain('/sign-in');
    expect(await axe(page)).toEqual([]);
    await page.getByLabel('Your name').fill('Hanako');
    await page.getByLabel('API token').fill('a wrong one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This is not the API token.').waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.getByLabel('API token').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${console_.url}/suppression`);
    const cookies = (await page.context().cookies()).filter(({ httpOnly }) => httpOnly);
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: expect.stringMatching(/Strict|Lax/) }]);
    expect(await page.getByText('Hanako').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/sign-in/);
    await page.goto(`${console_.url}/campaigns`);
    expect(page.url()).toContain('/sign-in');
  });

  test('imports a list with bad rows, is told which, and finds who was on it', async () => {
    const page = await browser.window();
    await page.goto(`${console_.url}/sign-in?next=/suppression/import`);
    await page.getByLabel('Your name').fill('Hanako');
    await page.getByLabel('API token').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Why these addresses get no mail').selectOption('blocked');
    await page.locator('input[type=file]').setInputFiles({
      name: 'blocked.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        'email\nben@example.jp\nnobody\nanna@example.jp\n<img src=x onerror=window.__ran=1>@example.jp\n',
      ),
    });
    await page.getByRole('button', { name: 'Import' }).click();
    await page.getByRole('heading', { name: 'The list is imported' }).waitFor();
    const main = await page.locator('main').innerText();
    expect(main).toContain('nobody');
    expect(main).toContain('There is no @.');
    expect(await page.evaluate('window.__ran')).toBeUndefined();
    expect(await axe(page)).toEqual([]);
    await picture(page, 'import');
    expect(await suppressed('ben@example.jp')).toMatchObject([{ kind: 'everywhere', reason: 'blocked' }]);
    await page.goto(`${console_.url}/suppression`);
    await page.getByLabel('Addresses, one a line').fill('anna@example.jp');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByRole('cell', { name: 'Blocked' }).first().waitFor();
  });
});

test('what keeps somebody from using a page is found by these tests', async () => {
  const page = await browser.window();
  await page.setContent('<p style="color: #ccc; background: #fff">pale</p><input>');
  const found = (await axe(page)).map((finding) => finding.split(' ')[0]);
  expect(found).toEqual(expect.arrayContaining(['color-contrast', 'label']));
});

describe('a reader', () => {
  let path = '';
  beforeAll(() => {
    const reader = {
      sender: 'news@example.com',
      campaign: 'autumn',
      recipients: [{ address: 'hanako@example.co.jp', seq: 1 }],
    };
    path = `/u/${createSealer([SECRET]).seal(reader)[0] ?? ''}`;
  });

  test('stops the mail and has it again, on a page that keeps nobody out', async () => {
    const page = await browser.window({ language: 'ja', scheme: 'dark', device: 'phone' });
    await page.goto(`${console_.url}${path}`);
    expect(await axe(page)).toEqual([]);
    await picture(page, 'unsubscribe');
    expect(await suppressed('hanako@example.co.jp')).toEqual([]);
    await page.getByRole('button', { name: '配信を停止する' }).click();
    await page.getByRole('heading', { name: '配信を停止しました' }).waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await suppressed('hanako@example.co.jp')).toEqual([
      { kind: 'sender', sender: 'news@example.com' },
    ]);
    await page.getByRole('button', { name: '配信を再開する' }).click();
    await page.getByRole('heading', { name: '配信を再開しました' }).waitFor();
    expect(await suppressed('hanako@example.co.jp')).toEqual([]);
  });

  test('can do so without script, and by keyboard alone', async () => {
    const page = await browser.window({ hasScript: false });
    await page.goto(`${console_.url}${path}`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You are unsubscribed' }).waitFor();
  });
});
