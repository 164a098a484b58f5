import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileMail } from '../../src/send/template.ts';
import { textTemplateFromHtml } from '../../src/send/text.ts';

const newsletter = readFileSync(new URL('../../samples/newsletter.html', import.meta.url), 'utf8');

function textOf(html: string): string {
  const made = textTemplateFromHtml(html);
  if (made.kind === 'problem') throw new Error(made.message);
  return made.text;
}

/** The text part of a mail that has only html. */
function written(html: string, data: Record<string, unknown>): string | null {
  const result = compileMail({ subject: 'x', html });
  if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems));
  return result.mail.render(data).text;
}

describe('the text part that is made from the html', () => {
  test('of the newsletter reads from top to bottom, with its conditions and links', () => {
    const data = {
      name: '清水 <蓮>',
      plan: 'a&b',
      points: '2293',
      campaign: 'c1',
      unsubscribeUrl: 'https://x/u/t',
    };
    const lines = written(newsletter, data)?.split('\n') ?? [];
    expect(lines.slice(0, 8)).toEqual([
      '清水 <蓮> さんへ、今週のお知らせです。',
      '',
      '清水 <蓮> さん、こんにちは',
      '',
      'いまお持ちのポイントは 2293 です。 はじめての方へのご案内も、下にあります。',
      '',
      'お店を見る [https://shop.example.co.jp/?plan=a&b&n=清水 <蓮>]',
      '',
    ]);
    expect(lines.slice(-3)).toEqual([
      'このメールは  清水 <蓮> 様にお送りしています。',
      '配信を停止する [https://x/u/t] / プライバシー [https://shop.example.co.jp/privacy]',
      '株式会社サンプル 〒100-0001 東京都千代田区千代田 1-1',
    ]);
    expect(lines.filter((line) => line === '秋の新作コート')).toHaveLength(4);
    expect(lines.join('\n')).not.toMatch(/\{|\}|<!--|mso|font|秋の新作のお知らせ/);
  });

  test.each([
    [
      'links show where they lead',
      '<a href="https://x/?a=1&amp;n={{name}}">Shop</a>',
      'Shop [https://x/?a=1&n={{name}}]',
    ],
    ['a link that is its own label is shown once', '<a href="{{url}}">{{url}}</a>', '{{url}}'],
    [
      'an image is its alternative text',
      '<a href="u"><img src="i.png" alt="{{name}} coat"></a><img src="x">',
      '{{name}} coat [u]',
    ],
    ['headings keep their case', '<h1>Hello {{name}}</h1><p>a</p>', 'Hello {{name}}\n\na'],
    ['long lines stay as they are', `<p>${'word '.repeat(60)}</p>`, 'word '.repeat(60).trim()],
    [
      'cells and rows come in order',
      '<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>',
      'a\nb\nc',
    ],
    [
      'style, scripts, titles and comments go',
      '<title>t</title><style>{{a}}</style><script>b</script><!-- {{c}} -->x',
      'x',
    ],
    [
      'conditional comments go, what they show others stays',
      '<!--[if mso]>{{a}}<![endif]--><!--[if !mso]><!-->b<!--<![endif]-->',
      'b',
    ],
    ['tags between attributes go', '<p {{#if a}}class="{{a}}"{{/if}} title="{{lookup b "c"}}">x</p>', 'x'],
    ['entities become characters', '&lt;{{name}}&gt; &amp; &#x79cb;', '<{{name}}> & 秋'],
    [
      'tags stay as they were written',
      '{{~ name ~}} {{{html}}} {{&raw}} {{lookup a "}}<b>"}}',
      '{{~ name ~}} {{{html}}} {{&raw}} {{lookup a "}}<b>"}}',
    ],
    ['braces that are printed as they are stay so', '\\{{name}} \\\\{{name}}', '\\{{name}} \\\\{{name}}'],
    ['braces that were entities are printed', '&#123;&#123;name}} &lbrace;{x', '\\{{name}} \\{{x'],
    ['invisible filler goes', `a${'&zwnj;&nbsp;'.repeat(40)}b`, 'a b'],
    ['spaces stay where they are kept', '<pre>a              b</pre>', 'a              b'],
    ['a few no-break spaces stay', 'a&nbsp;&nbsp;b', 'a\u00a0\u00a0b'],
  ])('%s', (_what, html, expected) => {
    expect(textOf(html)).toBe(expected);
  });

  test('items of a list keep the loop around them', () => {
    const html = '<p>Hi</p><ul>{{#each items}}<li>{{name}}<br>{{price}}</li>{{/each}}</ul>';
    expect(
      written(html, {
        items: [
          { name: 'a', price: 1 },
          { name: 'b', price: 2 },
        ],
      }),
    ).toBe('Hi\n\n * a\n   1\n * b\n   2\n');
  });

  test('rows of a table keep the loop around them', () => {
    const html =
      '<table>{{#each items}}<tr><td>{{this}}</td></tr>{{else}}<tr><td>none</td></tr>{{/each}}</table>end';
    expect(written(html, { items: ['a', 'b'] })?.split(/\n+/)).toEqual(['a', 'b', 'end']);
    expect(written(html, {})?.split(/\n+/)).toEqual(['none', 'end']);
  });

  test('paragraphs in a condition leave no pile of blank lines', () => {
    const html = '<p>a</p>{{#if x}}<p>b</p>{{else}}<p>c</p>{{/if}}<p>d</p>';
    expect(written(html, { x: 1 })).toBe('a\n\nb\n\nd');
    expect(written(html, {})).toBe('a\n\nc\n\nd');
  });

  test('characters of private use that the mail has itself stay', () => {
    expect(textOf('\u{100001}\ue63e {{name}}')).toBe('\u{100001}\ue63e {{name}}');
  });

  test('images without a word make no text part', () => {
    expect(written('<img src="a.png">', {})).toBeNull();
  });

  test.each([
    [
      '<!-- {{#if a}} -->x{{/if}}',
      /^the text made from the html has blocks torn apart: .*: give content\.text$/,
    ],
    ['\u{100001}\u{f0001}{{a}}', /private use than there are: give content\.text$/],
    [`${'<div>'.repeat(50_000)}{{name}}`, /too deep in each other: give content\.text$/],
    ['&#123;{{name}}', /braces or backslashes beside a tag: give content\.text$/],
    ['&#92;{{name}}', /braces or backslashes beside a tag: give content\.text$/],
  ])('case %#: what cannot be made asks for a text', (html, expected) => {
    const result = compileMail({ subject: 'x', html });
    const problems = result.kind === 'problems' ? result.problems : [];
    expect(problems).toEqual([
      { part: 'text', line: 1, column: 1, message: expect.stringMatching(expected) },
    ]);
  });

  test('whatever text and tags stand in paragraphs, all of it is in the text part, in order', () => {
    const word = fc.stringMatching(/^[a-z秋の]{1,8}$/);
    const tag = fc.constantFrom(
      '{{name}}',
      '{{{name}}}',
      '{{lookup a "<b>"}}',
      '{{#if a}}{{a}}{{else}}b{{/if}}',
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.oneof(word, tag), { minLength: 1 }), { minLength: 1 }),
        (paragraphs) => {
          const html = paragraphs.map((pieces) => `<p class="x">\n  ${pieces.join(' \n')}</p>`).join('\n');
          expect(textOf(html)).toBe(paragraphs.map((pieces) => pieces.join(' ')).join('\n\n'));
        },
      ),
    );
  });
});
