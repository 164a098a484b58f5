import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headerProblem } from '../../src/send/header.ts';
import { type OwnLink, parseOwnLink } from '../../src/send/own-link.ts';

function linkOf(template: string, oneClick = true): OwnLink {
  const parsed = parseOwnLink(template, oneClick);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return parsed.link;
}

const anna = (data: Readonly<Record<string, unknown>>) => ({
  seq: 1,
  written: 'Anna+x@Example.com',
  wire: 'Anna+x@example.com',
  normal: 'anna+x@example.com',
  data,
});
const written = (template: string, data: Readonly<Record<string, unknown>> = {}) =>
  linkOf(template).write('autumn', anna(data));

describe('a template', () => {
  test('reads columns, and what every mail can name is none of them', () => {
    const link = linkOf(
      'https://example.com/{{campaign}}?m={{email}}&i={{customer.id}}&j={{customer.no}}&k={{[first name]}}',
    );
    expect(link.columns).toEqual(['customer', 'first name']);
  });

  test.each([
    ['http://example.com/?m={{email}}', /must be an https:\/\/ URL/],
    ['mailto:stop@example.com?subject={{email}}', /must be an https:\/\/ URL/],
    ['{{url}}', /must be an https:\/\/ URL/],
    ['', /must be an https:\/\/ URL/],
    ['https://{{host}}/stop', /host must be the same for everybody/],
    ['https://example.com{{path}}', /host must be the same for everybody/],
    ['https://user:pw@example.com/?m={{email}}', /must not have a user/],
    ['https://exämple.com/?m={{email}}', /characters that no URL has/],
    ['https://example.com/?m={{email}}&a=b c', /characters that no URL has/],
    ['https://example.com/?m={{email}}>', /characters that no URL has/],
    ['https://example.com/?m={{email}}\r\nBcc:', /characters that no URL has/],
    ['https://example.com/?m={{{email}}}', /column 24: write \{\{…\}\} with two braces/],
    ['https://example.com/?m={{&email}}', /two braces/],
    ['https://example.com/{{#if vip}}a{{/if}}', /column 21: only variables can stand in it/],
    ['https://example.com/{{lookup a "b"}}', /only variables can stand in it/],
    ['https://example.com/{{upper email}}', /"upper" is not a helper/],
    ['https://example.com/{{!-- why --}}', /only variables can stand in it/],
    ['https://example.com/{{> part}}', /partials/],
    ['https://example.com/{{this}}', /only the columns of the recipient/],
    ['https://example.com/{{@root.x}}', /only the columns of the recipient/],
    ['https://example.com/{{../x}}', /only the columns of the recipient/],
    ['https://example.com/{{"x"}}', /only variables can stand in it/],
    ['https://example.com/?u={{unsubscribeUrl}}', /is this URL itself/],
    ['https://example.com/{{email', /never closed/],
    [`https://example.com/${'x'.repeat(860)}{{email}}`, /880 characters, and a header takes 868/],
  ])('%s is refused with its reason', (template, reason) => {
    expect(parseOwnLink(template, true)).toEqual({
      kind: 'problem',
      problem: expect.stringMatching(reason),
    });
  });

  test('a URL that names nobody does not take one click', () => {
    expect(parseOwnLink('https://example.com/stop', true)).toMatchObject({ kind: 'problem' });
    expect(parseOwnLink('https://example.com/stop', false)).toMatchObject({ kind: 'link' });
  });
});

describe('a recipient’s own URL', () => {
  test('has the address as it was mailed, the campaign and columns, percent-encoded', () => {
    const data = { customer: { id: 'a/b&c=d' }, 'first name': '花 子', n: 7 };
    expect(
      written(
        'https://example.com/{{campaign}}/{{n}}?m={{email}}&i={{customer.id}}&f={{[first name]}}',
        data,
      ),
    ).toEqual({
      kind: 'url',
      url: 'https://example.com/autumn/7?m=Anna%2Bx%40Example.com&i=a%2Fb%26c%3Dd&f=%E8%8A%B1%20%E5%AD%90',
    });
  });

  test('has nothing where a value is empty, or lies where nothing is', () => {
    for (const data of [{ c: null }, { c: '' }, { c: { id: null } }, { c: 'text' }, {}])
      expect(written('https://example.com/?i={{c.id}}', data)).toMatchObject({
        url: 'https://example.com/?i=',
      });
    expect(written('https://example.com/?i={{constructor.name}}&t={{toString}}')).toMatchObject({
      url: 'https://example.com/?i=&t=',
    });
  });

  test('a column of the name of a built-in does not take its place', () => {
    expect(written('https://example.com/?m={{email}}', { email: 'other@example.com' })).toMatchObject({
      url: 'https://example.com/?m=Anna%2Bx%40Example.com',
    });
  });

  test('is not written where it would be too long for a header, or a value is no text', () => {
    const template = 'https://example.com/?i={{c}}';
    const room = 868 - 'https://example.com/?i='.length;
    expect(written(template, { c: 'x'.repeat(room) }).kind).toBe('url');
    expect(written(template, { c: 'x'.repeat(room + 1) })).toMatchObject({
      kind: 'unwritable',
      problem: expect.stringMatching(/List-Unsubscribe has 871 characters, 870 at most/),
    });
    for (const c of [['a'], { id: 1 }])
      expect(written(template, { c })).toEqual({
        kind: 'unwritable',
        problem: '{{c}} is a list or has fields of its own',
      });
  });

  test('whatever a value is, it changes nothing but its own place, and fits the header', () => {
    const link = linkOf('https://example.com/stop?i={{c}}&m={{email}}');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (c) => {
        const answer = link.write('autumn', anna({ c }));
        if (answer.kind !== 'url') return;
        expect(headerProblem('List-Unsubscribe', `<${answer.url}>`)).toBeNull();
        const url = new URL(answer.url);
        expect([url.origin, url.pathname, url.hash]).toEqual(['https://example.com', '/stop', '']);
        expect([...url.searchParams]).toEqual([
          ['i', c.toWellFormed()],
          ['m', 'Anna+x@Example.com'],
        ]);
      }),
    );
  });
});
