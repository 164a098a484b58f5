import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DuplicateFilter } from '../../src/audience/filter.ts';
import { openAudience } from '../../src/audience/open.ts';
import { parseAddress } from '../../src/core/address.ts';
import { rowsOf } from './lists.ts';

describe('an inline audience', () => {
  it('gives its recipients in order, with their data', async () => {
    const audience = openAudience({
      kind: 'inline',
      recipients: [{ email: ' a@b.co', data: { name: 'Ann', tags: ['x'] } }, { email: 'not an address' }],
    });
    expect(await rowsOf(audience)).toEqual([
      { seq: 1, email: ' a@b.co', data: { name: 'Ann', tags: ['x'] } },
      { seq: 2, email: 'not an address', data: {} },
    ]);
  });

  it('numbers on from chunk to chunk', async () => {
    const recipients = Array.from({ length: 2_500 }, (_, index) => ({ email: `p${index}@example.com` }));
    const rows = await rowsOf(openAudience({ kind: 'inline', recipients }));
    expect(rows.map((row) => row.seq)).toEqual(recipients.map((_, index) => index + 1));
    expect(rows.map((row) => row.email)).toEqual(recipients.map((recipient) => recipient.email));
  });

  it('has a fingerprint of its content', async () => {
    const fingerprint = (email: string, data = {}) =>
      openAudience({ kind: 'inline', recipients: [{ email, data }] }).fingerprint();
    expect(await fingerprint('a@b.co')).toBe(await fingerprint('a@b.co'));
    expect(await fingerprint('a@b.co')).not.toBe(await fingerprint('c@b.co'));
    expect(await fingerprint('a@b.co')).not.toBe(await fingerprint('a@b.co', { name: 'Ann' }));
  });
});

describe('the sample list', () => {
  it('comes out as its notes say: 5,000 read, 129 invalid, 225 twice, 4,646 to mail', async () => {
    const path = join(import.meta.dirname, '../../samples/audience-messy.csv');
    const filter = new DuplicateFilter();
    const counts = { read: 0, invalid: 0, duplicate: 0, planned: 0 };
    for await (const rows of openAudience({ kind: 'csv', path, emailColumn: 'email' }).rows()) {
      for (const row of rows) {
        counts.read += 1;
        const parsed = parseAddress(row.email);
        if (parsed.kind === 'invalid') counts.invalid += 1;
        else if (filter.add(parsed.address.normal)) counts.planned += 1;
        else counts.duplicate += 1;
      }
    }
    expect(counts).toEqual({ read: 5_000, invalid: 129, duplicate: 225, planned: 4_646 });
    expect(filter.size).toBe(4_646);
  });
});
