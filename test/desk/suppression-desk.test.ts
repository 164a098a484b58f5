import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PassThrough, Readable, Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Page } from '../../src/desk/desk.ts';
import type { SuppressionRow } from '../../src/suppression/export.ts';
import type { SuppressionFilter } from '../../src/suppression/store.ts';
import { type DeskStage, deskStage, HANA } from '../support/desk-stage.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const BLOCKED = { kind: 'everywhere', reason: 'blocked' } as const;
const NEWS = { kind: 'sender', sender: 'News@Example.com' } as const;
let stage: DeskStage;

beforeEach(() => {
  stage = deskStage(server);
});

const encoded = (text: string) => Buffer.from(text).toString('base64url');
const people = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => `${name}${index}@example.com`);

test('who is suppressed, by whom and why, is shown; and taken back', async () => {
  const { suppression } = stage.desk;
  expect(await suppression.add(BLOCKED, ['Anna@Example.com'], HANA)).toEqual({ added: 1, already: 0 });
  await suppression.add(NEWS, ['anna@example.com'], { by: 'Hana', reason: null });
  const [anna] = await suppression.check(['ANNA@example.com']);
  expect(anna).toMatchObject({
    address: 'anna@example.com',
    suppressed: [
      { reason: 'blocked', source: 'operator', detail: 'as the test says (Hana)' },
      { reason: 'unsubscribed', sender: 'news@example.com', detail: 'Hana' },
    ],
  });
  expect(await suppression.senders()).toEqual(['news@example.com']);
  expect(await suppression.remove(NEWS, ['anna@example.com'], HANA)).toEqual({ removed: 1, absent: 0 });
  expect(await suppression.counts()).toEqual({ everywhere: 1, unsubscribed: [] });
  await expect((async () => suppression.add(BLOCKED, ['no address'], HANA))()).rejects.toMatchObject({
    kind: 'wrong',
  });
});

describe('list', () => {
  async function all(filter: SuppressionFilter): Promise<string[]> {
    const seen: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page: Page<SuppressionRow> = await stage.desk.suppression.list(filter, { limit: 100, after });
      seen.push(...page.items.map(({ email }) => email));
      after = page.next;
    }
    return seen.toSorted();
  }

  test('the pages together hold everybody, of all lists or of one', async () => {
    const { suppression } = stage.desk;
    const [blocked, bounced] = [people(700, 'k'), people(700, 'b')];
    const [gone, left] = [people(700, 'u'), people(700, 'v')];
    await suppression.add(BLOCKED, blocked, HANA);
    await suppression.add({ kind: 'everywhere', reason: 'bounced' }, bounced, HANA);
    await suppression.add(NEWS, gone, HANA);
    await suppression.add({ kind: 'sender', sender: 'shop@example.com' }, left, HANA);
    expect(await all({})).toEqual([...blocked, ...bounced, ...gone, ...left].toSorted());
    expect(await all({ reason: 'bounced' })).toEqual(bounced.toSorted());
    expect(await all({ reason: 'unsubscribed' })).toEqual([...gone, ...left].toSorted());
    expect(await all({ sender: 'NEWS@example.com' })).toEqual(gone.toSorted());
    expect(await all({ reason: 'complained' })).toEqual([]);
    const first = await suppression.list({}, { limit: 100 });
    expect(first.items.length).toBeGreaterThanOrEqual(100);
    expect(first.items.length).toBeLessThan(400);
  });

  test('a list that is gone between two pages is passed over', async () => {
    const { suppression } = stage.desk;
    await suppression.add({ kind: 'sender', sender: 'a@example.com' }, people(600, 'a'), HANA);
    await suppression.add({ kind: 'sender', sender: 'b@example.com' }, people(10, 'b'), HANA);
    const first = await suppression.list({}, { limit: 100 });
    await suppression.remove({ kind: 'sender', sender: 'a@example.com' }, people(600, 'a'), HANA);
    const second = await suppression.list({}, { limit: 100, after: first.next ?? '' });
    expect(second.items.map(({ sender }) => sender)).toEqual(
      Array.from({ length: 10 }, () => 'b@example.com'),
    );
    expect(second.next).toBeNull();
  });

  test('what is no end of a page is refused', async () => {
    for (const after of ['x', '', ...['["a","-1"]', '[null,"99999999999999999999"]'].map(encoded)])
      await expect(stage.desk.suppression.list({}, { limit: 5, after })).rejects.toThrow('after: is not');
  });
});

describe('import', () => {
  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-import-'));

  test('takes a file in as it comes, and keeps nothing of it but its people', async () => {
    const { suppression } = stage.desk;
    const before = leftovers();
    const file = Readable.from(['email\nanna@exam', 'ple.com\nno address\nben@example.com\n']);
    expect(await suppression.import(file, { target: BLOCKED }, HANA)).toMatchObject({
      read: 3,
      added: 2,
      already: 0,
      invalid: 1,
    });
    const [anna] = await suppression.check(['anna@example.com']);
    expect(anna?.suppressed).toMatchObject([{ source: 'import', detail: 'as the test says (Hana)' }]);
    expect(leftovers()).toEqual(before);
  });

  test('what is exported comes back', async () => {
    const { suppression } = stage.desk;
    await suppression.add(NEWS, ['anna@example.com'], HANA);
    await suppression.add(BLOCKED, ['ben@example.com'], HANA);
    const parts: string[] = [];
    const out = new Writable({
      write(chunk: Buffer, _encoding, done) {
        parts.push(chunk.toString());
        done();
      },
    });
    await suppression.export({}, out);
    await server.redis.flushall();
    stage = deskStage(server);
    const count = await stage.desk.suppression.import(
      Readable.from([parts.join('')]),
      { target: 'columns' },
      HANA,
    );
    expect(count).toMatchObject({ read: 2, added: 2 });
    expect(await stage.desk.suppression.counts()).toMatchObject({ everywhere: 1 });
  });

  test.each([
    ['no column with addresses', 'name\nAnna\n', /the list/],
    ['no column that says why', 'email\nanna@example.com\n', /the list: has no column "reason" or "sender"/],
    ['nothing', '', /the list/],
  ])('a file with %s is refused in words that name no place', async (_title, text, said) => {
    const order = { target: 'columns' as const };
    const importing = stage.desk.suppression.import(Readable.from([text]), order, HANA);
    await expect(importing).rejects.toMatchObject({ kind: 'wrong', message: expect.stringMatching(said) });
    await importing.catch((thrown: Error) => expect(thrown.message).not.toMatch(/\/tmp|sluice-import/));
    expect(await stage.desk.suppression.counts()).toEqual({ everywhere: 0, unsubscribed: [] });
  });

  test('a column that is not there is said in words of an import', async () => {
    const order = { target: BLOCKED, column: 'mail' };
    await expect(
      stage.desk.suppression.import(Readable.from(['email\na@example.com\n']), order, HANA),
    ).rejects.toThrow('the list, line 1: no column "mail" (found: email); say which with "column"');
  });

  test('so many at a time are taken in, and no more', async () => {
    const { suppression } = stage.desk;
    const slow = Array.from({ length: 5 }, () => new PassThrough());
    const running = slow.map((file) => suppression.import(file, { target: BLOCKED }, HANA));
    await expect(
      suppression.import(Readable.from(['email\n']), { target: BLOCKED }, HANA),
    ).rejects.toMatchObject({ code: 'DESK_BUSY' });
    for (const [index, file] of slow.entries()) file.end(`email\nslow${index}@example.com\n`);
    expect((await Promise.all(running)).map(({ added }) => added)).toEqual([1, 1, 1, 1, 1]);
    await suppression.import(Readable.from(['email\na@example.com\n']), { target: BLOCKED }, HANA);
  });

  test('a file without an end is given up at its bound', async () => {
    const before = leftovers();
    const chunk = 'a@example.com\n'.repeat(80_000);
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          given += 1;
          yield chunk;
        }
      })(),
    );
    await expect(stage.desk.suppression.import(endless, { target: BLOCKED }, HANA)).rejects.toThrow(
      'the list: has more than',
    );
    expect(given).toBeLessThan(200);
    expect(leftovers()).toEqual(before);
  });

  test('a packed file is bound by what comes out of it', async () => {
    const lines = Readable.from(Array.from({ length: 101 }, () => '\n'.repeat(1_048_576)));
    const packed = lines.pipe(createGzip());
    await expect(stage.desk.suppression.import(packed, { target: BLOCKED }, HANA)).rejects.toThrow(
      'the list: has more than 104857600 bytes',
    );
    const small = Readable.from(['email\na@example.com\n']).pipe(createGzip());
    expect(await stage.desk.suppression.import(small, { target: BLOCKED }, HANA)).toMatchObject({ added: 1 });
  });

  test('a caller who hangs up leaves nothing behind', async () => {
    const before = leftovers();
    const file = new Readable({ read() {} });
    const importing = stage.desk.suppression.import(file, { target: BLOCKED }, HANA);
    file.push('email\nanna@example.com\n');
    file.destroy(new Error('hung up'));
    await expect(importing).rejects.toThrow('hung up');
    expect(leftovers()).toEqual(before);
    expect((await stage.desk.suppression.counts()).everywhere).toBe(0);
  });
});
