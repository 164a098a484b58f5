import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAudience } from '../../src/audience/open.ts';
import { within } from '../../src/audience/within.ts';

let place = '';
let folder = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sluice-within-'));
  folder = join(place, 'files');
  mkdirSync(folder);
  writeFileSync(join(place, 'outside.csv'), 'email\nsecret@example.com\n');
  writeFileSync(join(folder, 'inside.csv'), 'email\nanna@example.com\n');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const open = (path: string, root = folder) => within(openAudience({ kind: 'csv', path }), [path], root);
async function emailsOf(path: string, root?: string): Promise<string[]> {
  const emails: string[] = [];
  for await (const rows of open(path, root).rows()) emails.push(...rows.map(({ email }) => email));
  return emails;
}

describe('a list that must lie in a folder', () => {
  test('is read where it does, also by a link that stays there, or where the folder is a link itself', async () => {
    symlinkSync(join(folder, 'inside.csv'), join(folder, 'link.csv'));
    symlinkSync(folder, join(place, 'other-name'));
    for (const name of ['inside.csv', 'link.csv'])
      expect(await emailsOf(join(folder, name))).toEqual(['anna@example.com']);
    expect(await emailsOf(join(place, 'other-name', 'inside.csv'), join(place, 'other-name'))).toEqual([
      'anna@example.com',
    ]);
  });

  test('is not read where a link leads out of it, and nothing of it is told', async () => {
    symlinkSync(join(place, 'outside.csv'), join(folder, 'link.csv'));
    symlinkSync(place, join(folder, 'up'));
    for (const path of [join(folder, 'link.csv'), join(folder, 'up', 'outside.csv')]) {
      const refusal = { code: 'AUDIENCE_FILE', message: expect.stringMatching(/leads out of SLUICE_FILES$/) };
      await expect(emailsOf(path)).rejects.toMatchObject(refusal);
      await expect(open(path).fingerprint()).rejects.toMatchObject(refusal);
    }
  });

  test('is said to be missing where it is', async () => {
    await expect(emailsOf(join(folder, 'none.csv'))).rejects.toThrow(/does not exist/);
  });
});
