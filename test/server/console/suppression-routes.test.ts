import { beforeEach, describe, expect, test } from 'vitest';
import { useRedis } from '../../support/redis.ts';
import { openPages, type Pages, wordsOf } from './pages-stage.ts';

const redis = useRedis();
const HOSTILE = '<script>alert(1)</script>"\'&';
let pages: Pages;

beforeEach(async () => {
  pages = await openPages(redis);
});

const unsubscribe = (addresses: string, reason = 'asked by phone') =>
  pages.post('/suppression/add', { addresses, target: 'unsubscribed', sender: 'news@example.com', reason });

describe('the list', () => {
  test('says how many there are, whom, why, since when and by whom', async () => {
    const { status, location } = await unsubscribe('Anna@Example.com\n\n bob@example.com ');
    expect([status, location]).toEqual([303, '/suppression?added=2&already=0']);
    const words = wordsOf(await pages.get(location ?? ''));
    expect(words).toContain('2 suppressed; 0 were so already.');
    expect(words).toMatch(/From news@example\.com\s+2/);
    expect(words).toMatch(
      /anna@example\.com Unsubscribed news@example\.com [\d: -]+ UTC operator asked by phone/,
    );
  });

  test('is shown by reason and by sender, a page at a time', async () => {
    const many = Array.from({ length: 1_200 }, (_, i) => `reader${i}@example.com`).join('\n');
    await unsubscribe(many);
    await pages.post('/suppression/add', { addresses: 'trap@example.com', target: 'blocked' });
    const blocked = wordsOf(await pages.get('/suppression?reason=blocked'));
    expect(blocked).toContain('trap@example.com');
    expect(blocked).not.toContain('reader1@');
    const seen = new Set<string>();
    let path: string | null = '/suppression?sender=news%40example.com';
    while (path !== null) {
      const { text } = await pages.get(path);
      for (const [address] of text.matchAll(/reader\d+@example\.com/g)) seen.add(address);
      expect(text).not.toContain('trap@');
      const next: string | undefined = /rel="next" href="(\?[^"]+)"/.exec(text)?.[1];
      path = next === undefined ? null : `/suppression${next.replaceAll('&amp;', '&')}`;
    }
    expect(seen.size).toBe(1_200);
  });

  test('comes as CSV that an import takes', async () => {
    await unsubscribe('anna@example.com');
    const { text, headers } = await pages.get('/suppression/export');
    expect(headers.get('content-disposition')).toBe('attachment; filename="suppression.csv"');
    expect(text).toMatch(
      /^email,reason,sender,at,source,detail\r\nanna@example\.com,unsubscribed,news@example\.com,/,
    );
    const result = await pages.upload('/suppression/import', { target: 'columns' }, text);
    expect(wordsOf(result)).toMatch(/Rows read 1 Added 0 Already suppressed 1 No addresses 0/);
  });
});

describe('a search', () => {
  test('shows what keeps each address from mail, and no address stands in a path', async () => {
    await unsubscribe('anna@example.com', HOSTILE);
    const found = await pages.post('/suppression/search', { addresses: 'anna@example.com\nbob@example.com' });
    expect(wordsOf(found)).toContain('Nothing keeps this address from getting mail.');
    expect(found.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
    expect(found.text).not.toContain('<script>alert');
    expect(found.text).not.toMatch(/(?:action|href)="[^"]*anna/);
    expect(JSON.stringify(pages.server.lines)).not.toContain('anna');
  });

  test('of what is no address says so, with what was written', async () => {
    const { status, text } = await pages.post('/suppression/search', { addresses: `x${HOSTILE}` });
    expect(status).toBe(422);
    expect(text).toContain('there is no @');
    expect(text).not.toContain('<script>alert');
  });
});

describe('a removal', () => {
  const one = { address: 'anna@example.com', target: 'unsubscribed', sender: 'news@example.com' };

  test('asks first, wants a reason, and then the address may get mail again', async () => {
    await unsubscribe('anna@example.com');
    const question = await pages.post('/suppression/remove', one);
    expect(wordsOf(question)).toContain('Let this address get mail again?');
    const refused = await pages.post('/suppression/removed', { ...one, reason: ' ' });
    expect([refused.status, wordsOf(refused)]).toEqual([422, expect.stringContaining('reason: say why')]);
    expect((await pages.stage.desk.suppression.counts()).unsubscribed).toMatchObject([{ addresses: 1 }]);
    const done = await pages.post('/suppression/removed', { ...one, reason: 'asked for it' });
    expect(done.location).toBe('/suppression?removed=1&absent=0');
    expect((await pages.stage.desk.suppression.check(['anna@example.com']))[0]?.suppressed).toEqual([]);
  });
});

describe('an import', () => {
  const LIST = `email,x\ngood@example.com,1\n"<b>bad</b>",2\n,3\nno-at.example.com,4\ngood@example.com,5\n`;

  test('ends with what was read, added, there already and wrong, row by row', async () => {
    const page = await pages.upload('/suppression/import', { target: 'bounced' }, LIST);
    expect(page.status).toBe(200);
    const words = wordsOf(page);
    expect(words).toMatch(/Rows read 5 Added 1 Already suppressed 1 No addresses 3/);
    expect(words).toMatch(
      /2 &lt;b&gt;bad&lt;\/b&gt; There is a name or angle brackets around the address\. 3 \(empty\) There is no address\. 4 no-at/,
    );
    expect(page.text).not.toContain('<b>bad');
  });

  test.each([
    ['without a file', { target: 'bounced' }, null, 'file: none was chosen'],
    ['of a list that does not say why', { target: 'columns' }, LIST, 'no column &quot;reason&quot;'],
    ['of the unsubscribed of no sender', { target: 'unsubscribed' }, LIST, 'name the sender'],
    ['of a list without addresses', { target: 'bounced' }, 'a,b\n1,2\n', 'column'],
    ['by a column that is not there', { target: 'bounced', column: HOSTILE }, LIST, 'column'],
  ])('%s is refused, and what was chosen stands there still', async (_what, fields, file, said) => {
    const { status, text } = await pages.upload('/suppression/import', fields, file);
    expect(status).toBe(422);
    expect(text).toContain(said);
    expect(text).toContain(`<option value="${fields.target}" selected>`);
    expect(text).not.toContain('<script>alert');
    expect((await pages.stage.desk.suppression.counts()).everywhere).toBe(0);
  });
});

describe('a form that breaks off', () => {
  const part = (name: string, value: string) =>
    `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const FILE =
    '--B\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\nContent-Type: text/csv\r\n\r\nemail\na@example.com\n';

  test.each([
    ['in its file', part('target', 'bounced') + FILE],
    ['in a file that nobody reads, since what stands before it is wrong', FILE],
    ['before its file', part('target', 'bounced')],
    ['in a field', part('target', 'bounced').slice(0, -5)],
  ])('%s is answered, and nothing else ends with it', async (_what, broken) => {
    for (const csrf of [pages.csrf, 'another']) {
      const body = part('csrf', csrf) + broken;
      const { status } = await pages.raw('/suppression/import', 'multipart/form-data; boundary=B', body);
      expect([400, 403, 422]).toContain(status);
    }
    expect((await pages.stage.desk.suppression.counts()).everywhere).toBe(0);
    expect((await pages.get('/suppression')).status).toBe(200);
  });
});

test('every page of it is there in Japanese', async () => {
  await unsubscribe('anna@example.com');
  for (const [path, said] of [
    ['/suppression', '配信停止リスト'],
    ['/suppression/add', 'アドレスを追加'],
    ['/suppression/import', 'リストの取り込み'],
  ] as const) {
    const { text } = await pages.get(path, 'ja');
    expect(text).toContain('<html lang="ja"');
    expect(text).toContain(said);
  }
});
