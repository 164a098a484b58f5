import { expect, test } from 'vitest';
import { parseOwnLink } from '../../src/send/own-link.ts';
import { compileMail } from '../../src/send/template.ts';
import { linkRecipients } from '../../src/send/unsubscribe.ts';

function mailing(url: string, text: string) {
  const parsed = parseOwnLink(url, true);
  const compiled = compileMail({ subject: 'x', text });
  if (parsed.kind === 'problem' || compiled.kind === 'problems') throw new Error('a template is wrong');
  const unsubscribe = { kind: 'own' as const, link: parsed.link, oneClick: true };
  return { sender: 'news@example.com', campaign: 'autumn', unsubscribe, mail: compiled.mail };
}

const people = (...data: Readonly<Record<string, unknown>>[]) =>
  data.map((each, position) => {
    const address = `p${position}@example.com`;
    return {
      position,
      recipient: { seq: position + 1, written: address, wire: address, normal: address, data: each },
    };
  });
const URL_OF_ID = 'https://example.com/?i={{id}}';

test('a column that is empty is written so, and one that is not there at all was not planned', () => {
  const of = (...data: Readonly<Record<string, unknown>>[]) =>
    linkRecipients(mailing(URL_OF_ID, 'x'), people(...data), null);
  expect(of({ id: 'a' }, { id: null }, { id: '' })).toMatchObject({
    kind: 'linked',
    urls: ['https://example.com/?i=a', 'https://example.com/?i=', 'https://example.com/?i='],
  });
  expect(of({ id: 'a' }, { name: 'B' })).toEqual({ kind: 'unknown column', column: 'id' });
});

test.each(['{{id}}', '{{#each this}}{{@key}}{{/each}}'])(
  'who lacks a column that the mail reads itself (%s) has none in the list',
  (text) => {
    expect(linkRecipients(mailing(URL_OF_ID, text), people({ name: 'A' }), null)).toMatchObject({
      kind: 'linked',
      urls: ['https://example.com/?i='],
    });
  },
);

test('whose link cannot be written is named, and the others keep their places', () => {
  const all = people({ id: 'a' }, { id: 'x'.repeat(900) }, { id: 'c' });
  expect(linkRecipients(mailing(URL_OF_ID, 'x'), all, null)).toEqual({
    kind: 'linked',
    addressed: [all[0], all[2]],
    urls: ['https://example.com/?i=a', 'https://example.com/?i=c'],
    unwritable: [{ ...all[1], problem: expect.stringContaining('870 at most') }],
  });
});

test('our own link is never left out where there can be none', () => {
  const ours = { ...mailing(URL_OF_ID, 'x'), unsubscribe: { kind: 'sluice' as const } };
  expect(() => linkRecipients(ours, people({}), null)).toThrow('without an unsubscribe link');
});
