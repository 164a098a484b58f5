import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkContent } from '../../src/queue/content-check.ts';
import { SAMPLE_LINK } from '../../src/queue/sample.ts';
import { compileMail } from '../../src/send/template.ts';

const columns = (text: string) =>
  Array.from(text).reduce((sum, letter) => sum + (letter > '\u2e80' ? 2 : 1), 0);
const STOP = `<a href="${SAMPLE_LINK}">Unsubscribe</a>`;
const WORDS = 'This letter has some words to read, as letters do, before anything else is in it.';

interface Mail {
  readonly subject?: string;
  readonly html?: string | null;
  readonly text?: string | null;
}

const sample = ({ subject = 'News', html = `<p>${WORDS}</p>${STOP}`, text = null }: Mail, seq = 1) => ({
  seq,
  subject,
  html,
  text,
});

function check(
  mails: readonly Mail[],
  {
    link = SAMPLE_LINK,
    toCarriers = false,
  }: {
    readonly link?: string | null;
    readonly toCarriers?: boolean;
  } = {},
) {
  const samples = mails.map((mail, index) => sample(mail, index + 1));
  return checkContent({ samples, link, columns, toCarriers });
}

const codes = (mail: Mail, options = {}) => check([mail], options).map(({ code }) => code);
const body = (inner: string) => codes({ html: `<p>${WORDS}</p>${inner}${STOP}` });

describe('nothing is found', () => {
  test('in the sample newsletter, for a row that has everything and one that has a name only', () => {
    const html = readFileSync(new URL('../../samples/newsletter.html', import.meta.url), 'utf8');
    const compiled = compileMail({ subject: '{{name}} さん、秋の新作が届きました', html });
    if (compiled.kind === 'problems') throw new Error('the sample does not compile');
    const rows = [
      { name: '清水 蓮', company: '合同会社テスト', points: '10', plan: 'premium', campaign: 'c' },
      { name: 'A' },
    ].map((data) => ({ ...compiled.mail.render({ ...data, unsubscribeUrl: SAMPLE_LINK }) }));
    expect(check(rows)).toEqual([]);
  });

  test.each([
    ['an image that only decorates', '<img src="https://x.jp/line.png" alt="">'],
    ['a pixel that counts opens', '<img src="https://x.jp/o.gif" width="1" height="1">'],
    ['what only Outlook reads', '<!--[if mso]><a href="http://10.0.0.1/">x</a><![endif]-->'],
    ['a link that shows its own domain', '<a href="https://www.shop.co.jp/a?b">shop.co.jp</a>'],
    ['words that look like a domain and are none', '<a href="https://x.jp/">Node.js</a>'],
    ['a name that could be a domain', '<a href="https://learn.x.jp/">ASP.NET</a>'],
    [
      'a file that could be a domain',
      '<a href="https://x.jp/i">install.sh</a> <a href="https://x.jp/r">README.md</a>',
    ],
    [
      'links to an address, a telephone and a place in the mail',
      '<a href="mailto:a@x.jp">a</a><a href="tel:1">b</a><a href="#top">c</a>',
    ],
    ['a hidden beginning', '<div style="display:none">preview</div>'],
  ])('in %s', (_what, inner) => {
    expect(body(inner)).toEqual([]);
  });
});

describe('the link to unsubscribe', () => {
  test.each([
    ['display:none', `<a style="display: none !important" href="${SAMPLE_LINK}">stop</a>`],
    ['around it', `<div style="visibility:hidden"><a href="${SAMPLE_LINK}">stop</a></div>`],
    ['letters of no size', `<a style="font-size:0px" href="${SAMPLE_LINK}">stop</a>`],
    ['white on white', `<a style="color:#FFFFFF" href="${SAMPLE_LINK}">stop</a>`],
    [
      'nearly the colour of its background',
      `<td style="background:#eeeeee"><a href="${SAMPLE_LINK}"><span style="color:rgb(240,240,240)">stop</span></a></td>`,
    ],
    ['without a word', `<a href="${SAMPLE_LINK}"> &nbsp;&#8203;</a>`],
    ['a height of nothing', `<p style="max-height:0;overflow:hidden"><a href="${SAMPLE_LINK}">stop</a></p>`],
  ])('is found where it is hidden: %s', (_how, link) => {
    expect(codes({ html: `<p>${WORDS}</p>${link}` })).toEqual(['UNSUBSCRIBE_HIDDEN']);
  });

  test.each([
    [
      'in letters that have a size, in a cell that has none',
      `<table><tr><td style="font-size:0"><p style="font-size:14px"><a href="${SAMPLE_LINK}">stop</a></p></td></tr></table>`,
    ],
    [
      'white on a dark cell',
      `<table><tr><td bgcolor="#222222"><a style="color:#fff" href="${SAMPLE_LINK}">stop</a></td></tr></table>`,
    ],
    [
      'white on an image',
      `<p style="background:url(https://x.jp/dark.png)"><a style="color:#fff" href="${SAMPLE_LINK}">stop</a></p>`,
    ],
    [
      'white on what a style sheet may darken',
      `<style>.d{background:#222}</style><p class="d"><a style="color:#fff" href="${SAMPLE_LINK}">stop</a></p>`,
    ],
    [
      'in the colour of links, among white letters',
      `<p style="color:#fff"><a href="${SAMPLE_LINK}">stop</a></p>`,
    ],
    [
      'with a height of nothing that cuts nothing off',
      `<p style="height:0"><a href="${SAMPLE_LINK}">stop</a></p>`,
    ],
    [
      'in white on a picture with a colour below it',
      `<div style="background-color:#fff;background-image:url(https://x.jp/a.jpg)"><a style="color:#fff" href="${SAMPLE_LINK}">Stop</a></div>`,
    ],
    [
      'in white on a picture of a table',
      `<table><tr><td background="https://x.jp/a.jpg"><a style="color:#fff" href="${SAMPLE_LINK}">Stop</a></td></tr></table>`,
    ],
  ])('is seen %s', (_where, link) => {
    expect(codes({ html: `<p>${WORDS}</p>${link}` })).toEqual([]);
  });

  test('is enough where one of two is seen, as a picture, or as an address in plain words', () => {
    expect(body(`<a style="display:none" href="${SAMPLE_LINK}">x</a>`)).toEqual([]);
    expect(
      codes({
        html: `<p>${WORDS}</p><a href="${SAMPLE_LINK}"><img src="https://x.jp/s.png" alt="stop"></a>`,
      }),
    ).toEqual([]);
    expect(codes({ html: `<p>${WORDS} ${SAMPLE_LINK}</p>` })).toEqual([]);
  });

  test('is missed in each part, and for those rows that have none', () => {
    const [finding, other, ...more] = check([
      { text: SAMPLE_LINK },
      { html: `<p>${WORDS}</p>`, text: 'words' },
    ]);
    expect(more).toEqual([]);
    expect([finding, other]).toMatchObject([
      { code: 'UNSUBSCRIBE_MISSING', part: 'html', rows: [2] },
      { code: 'UNSUBSCRIBE_MISSING', part: 'text', rows: [2] },
    ]);
  });

  test('is not asked of mail that needs none', () => {
    expect(codes({ html: `<p>${WORDS}</p>`, text: 'words' }, { link: null })).toEqual([]);
  });
});

describe('links', () => {
  test.each([
    ['<a href="">x</a>', 'LINK_NOWHERE'],
    ['<a href="#">x</a>', 'LINK_NOWHERE'],
    ['<a href="/sale">x</a>', 'LINK_RELATIVE'],
    ['<a href="www.shop.jp/sale">x</a>', 'LINK_RELATIVE'],
    ['<a href="https://sh op.jp/">x</a>', 'LINK_BROKEN'],
    ['<a href=" JavaScript:void(0)">x</a>', 'LINK_SCRIPT'],
    ['<a href="data:text/html,x">x</a>', 'LINK_SCRIPT'],
    ['<a href="https://192.0.2.1/x">x</a>', 'LINK_IP'],
    ['<a href="https://[2001:db8::1]/x">x</a>', 'LINK_IP'],
    ['<a href="https://3221225985/x">x</a>', 'LINK_IP'],
    ['<a href="https://bit.ly/3x">x</a>', 'LINK_SHORTENER'],
    ['<a href="https://x.gd/3x">x</a>', 'LINK_SHORTENER'],
    ['<a href="https://evil.example.org/">https://www.bank.co.jp/login</a>', 'LINK_OTHER_DOMAIN'],
    ['<a href="https://evil.example.org/">WWW.BANK.CO.JP</a>', 'LINK_OTHER_DOMAIN'],
    ['<a href="https://evil.example.org/">bank.co.jp</a>', 'LINK_OTHER_DOMAIN'],
    ['<a href="//shop.jp/sale">x</a>', 'LINK_RELATIVE'],
    ['<a href="http://shop.jp/">x</a>', 'LINK_PLAIN_HTTP'],
  ])('%s is %s', (inner, code) => {
    expect(body(inner)).toEqual([code]);
  });

  test('of one kind are one finding, with the first of them and their lines', () => {
    const inner = ['a', 'b', 'c', 'd']
      .map((name) => `\n<a href="https://bit.ly/${name}">${name}</a>`)
      .join('');
    const [finding] = check([{ html: `<p>${WORDS}</p>${inner}${STOP}` }]);
    expect(finding).toMatchObject({ count: 4, where: [{ line: 2 }, { line: 3 }, { line: 4 }] });
    expect(finding?.message).toBe(
      '4 links go by way of a URL shortener: "a" to https://bit.ly/a (line 2), "b" to https://bit.ly/b (line 3), "c" to https://bit.ly/c (line 4), and 1 more; block lists have such hosts: link to your own domain',
    );
  });

  test('that differ by row are said once', () => {
    const mail = (name: string) => ({ html: `<p>${WORDS}</p><a href="http://x.jp/?n=${name}">x</a>${STOP}` });
    expect(check([mail('a'), mail('b')])).toMatchObject([
      { code: 'LINK_PLAIN_HTTP', count: 1, rows: [1, 2] },
    ]);
  });
});

describe('the rest of the html', () => {
  test.each([
    ['<img src="https://x.jp/a.png">', ['IMAGE_ALT']],
    ['<img src="a.png" alt="a">', ['IMAGE_SOURCE']],
    ['<img src="data:image/png;base64,AA" alt="a">', ['IMAGE_SOURCE']],
    ['<img src="cid:logo" alt="a">', ['IMAGE_SOURCE']],
    ['<script>x()</script><form></form>', ['ELEMENT_REMOVED']],
    ['<meta charset="Shift_JIS">', ['CHARSET']],
    ['<meta http-equiv="content-type" content="text/html; charset=iso-2022-jp">', ['CHARSET']],
    ['<meta charset="UTF-8">', []],
    ['{{name}}', ['TEMPLATE_LEFT']],
    ['\ud83c', ['BROKEN_CHARACTER']],
    ['\ud83c\udf43', []],
  ])('%j is found as %j', (inner, found) => {
    expect(body(inner)).toEqual(found);
  });

  test('images with hardly a word are found, however the mail begins', () => {
    expect(codes({ html: `<img src="https://x.jp/a.png" alt="everything">${STOP}` })).toEqual([
      'IMAGES_ONLY',
      'PREHEADER_MISSING',
    ]);
  });

  test.each(['Your code is 123456.', '確認コード：１２３４'])(
    'a short message below a picture is a message: %s',
    (words) => {
      const html = `<p>${words}</p><img src="https://x.jp/logo.png" alt="Shop">`;
      expect(codes({ html }, { link: null })).toEqual([]);
    },
  );

  test('a mail that begins with a link shows it in the inbox', () => {
    expect(codes({ html: `<a href="https://x.jp/">View online</a><p>${WORDS}</p>${STOP}` })).toEqual([
      'PREHEADER_MISSING',
    ]);
  });

  test('is read in time in proportion to its length', () => {
    const html = `<p>${WORDS}</p>${'<div><a href="x">'.repeat(20_000)}${STOP}`;
    expect(check([{ html }])[0]).toMatchObject({ code: 'LINK_RELATIVE', count: 20_000 });
  });
});

describe('the subject', () => {
  test.each([
    [' \u3000', ['SUBJECT_EMPTY']],
    ['あ'.repeat(30), []],
    ['あ'.repeat(31), ['SUBJECT_LONG']],
    ['a'.repeat(60), []],
    ['BUY NOW, SALE ENDS', ['SUBJECT_CAPITALS']],
    [' 様、新作です', ['SUBJECT_BLANK']],
    ['SALE', []],
    ['ＳＡＬＥ開催中のお知らせ', []],
    ['News\u202efor you', ['SUBJECT_CONTROL']],
    ['News\ufffd', ['SUBJECT_CONTROL']],
    ['{{name}} さん', ['TEMPLATE_LEFT']],
  ])('%j is found as %j', (subject, found) => {
    expect(codes({ subject })).toEqual(found);
  });

  test('with emoji is an advice where the list goes to carriers', () => {
    expect(codes({ subject: '新作 🍂' })).toEqual([]);
    expect(codes({ subject: '新作 🍂' }, { toCarriers: true })).toEqual(['SUBJECT_CARRIER']);
    expect(codes({ subject: '㈱サンプル' }, { toCarriers: true })).toEqual(['SUBJECT_CARRIER']);
  });
});

test('what matters more comes first', () => {
  const found = check([{ subject: 'あ'.repeat(40), html: `<p>${WORDS}</p><a href="#">x</a>${STOP}` }]);
  expect(found.map(({ level }) => level)).toEqual(['warning', 'advice']);
});
