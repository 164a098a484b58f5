import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CompiledMail, compileMail, type MailContent } from '../../src/send/template.ts';
import { slotsJson } from '../../src/send/transport.ts';
import { fill, slotRecord, substituteAsHandlebars } from './ses-substitution.ts';

const newsletter = readFileSync(new URL('../../samples/newsletter.html', import.meta.url), 'utf8');

function compiled(content: Partial<MailContent>): CompiledMail {
  const result = compileMail({ subject: 'Hello', ...content });
  if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems));
  return result.mail;
}

function problemsOf(content: Partial<MailContent>): string[] {
  const result = compileMail({ subject: 'Hello', ...content });
  if (result.kind === 'compiled') return [];
  return result.problems.map(({ part, line, column, message }) => `${part} ${line}:${column} ${message}`);
}

/** Fills the slots by both readings of SES's rules, holds them against the whole rendering, and gives that back. */
function sent(content: Partial<MailContent>, data: Record<string, unknown> = {}) {
  const mail = compiled(content);
  const values = slotRecord(mail.slots(data));
  const whole = mail.render(data);
  expect(fill(mail.template, values)).toEqual(whole);
  expect(fill(mail.template, values, substituteAsHandlebars)).toEqual(whole);
  expect(JSON.parse(slotsJson(mail.slots(data)))).toEqual(values);
  return whole;
}

describe('a mail becomes constants and slots', () => {
  test('each statement at the top is a slot, and equal ones are one', () => {
    const mail = compiled({
      html: '<p>{{name}} {{ name }} {{~name~}} {{{name}}} {{#if a}}A{{/if}} {{#if a}}A{{/if}}</p>',
      text: 'x {{name}} {{#if a}}A{{/if}}',
    });
    expect(mail.template.html).toBe('<p>{{s0}} {{s0}}{{s0}}{{s1}} {{s2}} {{s2}}</p>');
    // In plain text nothing is escaped, as in a tag of three braces.
    expect(mail.template.text).toBe('x {{s1}} {{s2}}');
    expect(mail.slotCount).toBe(3);
  });

  test('the same block is another slot in html and in text where it escapes', () => {
    const mail = compiled({ html: '{{#if a}}{{name}}{{/if}}', text: '{{#if a}}{{name}}{{/if}}' });
    expect(mail.slotCount).toBe(2);
    expect(mail.slots({ a: 'x', name: '<b>' })).toEqual(['&lt;b&gt;', '<b>']);
  });

  test('the constant part of the newsletter stays out of what each recipient costs', () => {
    const mail = compiled({ subject: '{{name}} さん', html: newsletter });
    const data = {
      name: '清水',
      plan: 'premium',
      points: '2293',
      campaign: 'autumn',
      unsubscribeUrl: 'https://x/u/t',
    };
    expect(mail.constantBytes).toBeGreaterThan(20_000);
    expect(mail.constantBytes).toBe(Buffer.byteLength(JSON.stringify(mail.template)));
    expect(slotsJson(mail.slots(data)).length).toBeLessThan(500);
    expect(sent({ subject: '{{name}} さん', html: newsletter }, data).html).toContain('<b>2293</b> です。');
  });

  test('a mail without anything to fill has no slots', () => {
    const mail = compiled({ text: 'Hello' });
    expect([mail.slotCount, mail.slots({ a: 1 }), slotsJson(mail.slots({ a: 1 }))]).toEqual([0, [], '{}']);
    expect(mail.template).toEqual({ subject: 'Hello', html: null, text: 'Hello' });
  });

  test('a comment leaves nothing behind', () => {
    expect(sent({ text: 'a{{! one }}b{{!-- two {{x}} --}}c' }).text).toBe('abc');
  });
});

describe('what looks like a tag and is none', () => {
  test.each([
    ['braces as they are', 'say \\{{name}} to {{name}}', 'say {{name}} to Ann'],
    ['braces as they are, at once', '\\{{name}}\\{{name}}{{name}}', '{{name}}{{name}}Ann'],
    ['a brace before a tag', '.a{ {{~name}}', '.a{Ann'],
    ['a brace after a tag', '{{name~}} }b', 'Ann}b'],
    ['braces around a tag', '{ {{~name~}} } {{!}}}', '{Ann} }'],
    ['a backslash before a tag', 'C:\\\\{{name}}', 'C:\\Ann'],
    ['several backslashes before a tag', 'C:\\\\\\\\{{name}}', 'C:\\\\\\Ann'],
    ['backslashes elsewhere', '\\a \\\\ {{name}}\\b', '\\a \\\\ Ann\\b'],
    ['CSS', '@media x{.a{b:c}}.{{name}}{d:e}', '@media x{.a{b:c}}.Ann{d:e}'],
    ['CSS that ends at a tag', '.a{b:c}}{{name}}', '.a{b:c}}Ann'],
    ['a tag between two', '{{name}}{{name}}', 'AnnAnn'],
    ['text that names a slot', '\\{{s0}} {{name}}', '{{s0}} Ann'],
    ['dollars', '$& $1 {{name}}', '$& $1 Ann'],
  ])('%s', (_what, source, expected) => {
    expect(sent({ html: source, text: source }, { name: 'Ann' })).toMatchObject({
      html: expected,
      text: expected,
    });
  });

  test('conditional comments and what Outlook reads in them keep their tags', () => {
    const html =
      '<!--[if mso]><v:roundrect href="https://x/?u={{plan}}" arcsize="12%"><center>{{name}}</center></v:roundrect><![endif]-->' +
      '<!--[if !mso]><!--><a href="https://x/?u={{plan}}&amp;n={{name}}">x</a><!--<![endif]-->';
    const { html: written, text } = sent({ html }, { plan: 'a&b', name: '葵' });
    expect(written).toBe(html.replaceAll('{{plan}}', 'a&amp;b').replaceAll('{{name}}', '葵'));
    expect(text).toBe('x [https://x/?u=a&b&n=葵]');
  });

  test('no constant part has two opening braces, nor a brace or backslash beside a slot', () => {
    const mail = compiled({ text: '\\\\{{a}}{{b~}} }\\{{c {{{d}}}{ {{~e}}\\\\\\{{f~}} }} {{g}}' });
    for (const constant of (mail.template.text ?? '').split(/\{\{s\d+\}\}/))
      expect(constant).not.toMatch(/\{\{/);
    expect(mail.template.text).not.toMatch(/[\\{]\{\{s|\}\}[\\}]/);
  });
});

describe('merge data is data', () => {
  test('what a value says is never read again', () => {
    const hostile = '{{s0}} {{name}} {{{plan}}} {{#if name}}x{{/if}} $& \\{{';
    const { html, text } = sent(
      { html: '{{name}}|{{{name}}}', text: '{{name}}' },
      { name: hostile, plan: 'secret' },
    );
    expect(html).toBe(`${hostile.replace('&', '&amp;')}|${hostile}`);
    expect(text).toBe(hostile);
  });

  test.each([
    '{{constructor}}',
    '{{__proto__}}',
    '{{{toString}}}',
    '{{hasOwnProperty}}',
    '{{__defineGetter__}}',
    '{{a.constructor.name}}',
    '{{a.__proto__.constructor}}',
    '{{list.map}}',
    '{{list.constructor}}',
    '{{name.constructor.name}}',
    '{{lookup this "constructor"}}',
    '{{lookup a "__proto__"}}',
    '{{lookup (lookup a "constructor") "name"}}',
    '{{@root.constructor}}',
    '{{@root.__proto__.toString}}',
    '{{#with a}}{{constructor.name}}{{toString}}{{/with}}',
    '{{#with constructor as |c|}}{{c.name}}{{/with}}',
    '{{#each list}}{{constructor.name}}{{/each}}',
  ])('%s renders empty', (source) => {
    const data = { name: 'Ann', a: { b: 1 }, list: ['x', {}] };
    expect(sent({ html: source, text: source }, data)).toMatchObject({ html: '', text: '' });
  });

  test('a column may have such a name', () => {
    const data = JSON.parse('{"constructor": "builder", "__proto__": "<p>", "toString": "t"}');
    const source = '{{constructor}} {{__proto__}} {{toString}} {{#if constructor}}{{__proto__}}{{/if}}';
    expect(sent({ text: source }, data).text).toBe('builder <p> t <p>');
  });

  test('functions are never called, wherever they stand', () => {
    let calls = 0;
    const call = () => {
      calls += 1;
      return 'called';
    };
    const data = {
      f: call,
      o: { f: call, toString: call, valueOf: call, toHTML: call, toJSON: call },
      list: [call, { toHTML: call, [Symbol.iterator]: call }],
      iterable: { [Symbol.iterator]: call },
    };
    const source =
      '{{f}}{{{f}}}{{o}}{{o.f}}{{{o}}}{{list}}{{#if f}}yes{{/if}}{{#each list}}{{this}}{{/each}}' +
      '{{#with f}}yes{{/with}}{{#each f}}yes{{/each}}{{#each iterable}}yes{{/each}}{{#f}}yes{{/f}}{{lookup o "f"}}';
    expect(sent({ html: source, text: source }, data).text).toBe(
      '[object Object][object Object],[object Object][object Object]',
    );
    expect(calls).toBe(0);
  });

  test('a value that cannot be written as text does not end the batch', () => {
    const data = JSON.parse(
      '{"a": {"toString": 1, "valueOf": null}, "b": [{"toString": "x"}], "c": {"toHTML": 1}}',
    );
    const whole = sent({ html: '{{a}}{{#if a}}{{a}}{{/if}} {{b}} {{{b}}} {{c}}' }, data);
    expect(whole.html).toBe('[object Object][object Object] [object Object] [object Object] [object Object]');
  });

  test('a tree without a bottom is cut off', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(sent({ text: '{{deep}}{{#if deep}}yes{{/if}}' }, { deep }).text).toBe('yes');
  });

  test('values are written as Handlebars writes them', () => {
    const data = {
      zero: 0,
      one: 1.5,
      yes: true,
      no: false,
      nothing: null,
      list: [1, null, 'b', [2, 3]],
      object: { a: 1 },
    };
    const source = '{{zero}}|{{one}}|{{yes}}|{{no}}|{{nothing}}|{{missing}}|{{list}}|{{object}}';
    const expected = '0|1.5|true|false|||1,,b,2,3|[object Object]';
    expect(sent({ html: source, text: source }, data)).toMatchObject({ html: expected, text: expected });
  });

  test('numbers beside each other are not added up', () => {
    const source =
      '{{a}}{{b}}{{#if a}}{{a}}{{b}}{{/if}}{{#if a}}{{#if a}}{{a}}{{/if}}{{#if a}}{{b}}{{/if}}{{/if}}';
    expect(
      sent({ html: source.replaceAll(/\{\{([ab])\}\}/g, '{{{$1}}}'), text: source }, { a: 1, b: 2 }),
    ).toMatchObject({
      html: '121212',
      text: '121212',
    });
  });

  test('html is escaped, unless the tag has three braces; the subject and the text are not', () => {
    const data = { name: `<a href="x">O'Neil & \`co\`=</a>` };
    expect(
      sent({ subject: '{{name}}', html: '{{name}} {{{name}}} {{&name}}', text: '{{name}}' }, data),
    ).toEqual({
      subject: data.name,
      html: `&lt;a href&#x3D;&quot;x&quot;&gt;O&#x27;Neil &amp; &#x60;co&#x60;&#x3D;&lt;/a&gt; ${data.name} ${data.name}`,
      text: data.name,
    });
  });

  test('half of a surrogate pair becomes the character that says so', () => {
    expect(sent({ text: '{{a}}{{#if a}}{{a}}{{/if}}' }, { a: 'x\ud83d' }).text).toBe('x\ufffdx\ufffd');
  });

  test('a value with the character that keeps slots apart stays in its slot', () => {
    const data = { a: 'x\u001ey', b: '\u001e' };
    const source = '{{#if a}}{{a}}{{/if}}-{{#if b}}{{b}}{{/if}}-{{#if c}}c{{else}}none{{/if}}';
    expect(sent({ html: source }, data).html).toBe('x\u001ey-\u001e-none');
  });
});

describe('all of Handlebars that needs no code of others', () => {
  const data = {
    items: [
      { name: 'コート', price: 100, tags: ['new', '<b>'] },
      { name: 'Socks', price: 0, tags: [] },
    ],
    shop: { name: 'Shop', city: { name: '東京' } },
    name: 'Ann',
    'first name': 'Anna',
    flag: true,
  };

  test.each([
    ['{{#each items}}{{@index}}{{name}}{{#if @last}}!{{else}},{{/if}}{{/each}}', '0コート,1Socks!'],
    ['{{#each items as |item i|}}{{i}}{{item.name}}{{../name}}{{/each}}', '0コートAnn1SocksAnn'],
    [
      '{{#each items}}{{#each tags}}{{this}}{{../../name}}{{else}}none{{/each}}{{/each}}',
      'newAnn&lt;b&gt;Annnone',
    ],
    ['{{#each shop}}{{@key}}={{#if name}}{{name}}{{else}}{{this}}{{/if}};{{/each}}', 'name=Shop;city=東京;'],
    ['{{#with shop.city}}{{name}}{{@root.name}}{{else}}no{{/with}}', '東京Ann'],
    ['{{#with shop as |s|}}{{s.city.name}}{{/with}}', '東京'],
    ['{{lookup items 0}}{{lookup (lookup items 1) "name"}}', '[object Object]Socks'],
    ['{{#each this}}{{@key}} {{/each}}', 'items shop name first name flag '],
    ['{{lookup . "first name"}}{{[first name]}}{{"first name"}}{{this.[first name]}}', 'AnnaAnnaAnnaAnna'],
    ['{{#if missing}}a{{else if flag}}b{{else}}c{{/if}}', 'b'],
    ['{{#unless missing}}a{{else}}b{{/unless}}', 'a'],
    ['{{#if zero includeZero=true}}a{{else}}b{{/if}}', 'b'],
    [
      '{{#flag}}{{name}}{{/flag}}{{^missing}}no{{/missing}}{{#items}}{{name}} {{/items}}',
      'Annnoコート Socks ',
    ],
    ['{{#flag}}{{lookup this "name"}}{{#each shop}}{{lookup .. "name"}}{{/each}}{{/flag}}', 'AnnAnnAnn'],
    ['{{name}}{{#if flag}}\nb\n{{/if}} c', 'Ann\nb\n c'],
    ['{{#shop}}{{name}}{{/shop}}{{#missing}}x{{^}}y{{/missing}}', 'Shopy'],
    ['a {{~#if flag~}} b {{~else~}} c {{~/if~}} d', 'abd'],
    ['a\n{{#if flag}}\n  b\n{{else}}\n  c\n{{/if}}\nd', 'a\n  b\nd'],
    ['{{#if flag}}\nb\n{{/if}}\n{{#if flag}}\nc\n{{/if}}\n', 'b\nc\n'],
    [
      '{{shop.name}} {{shop.city.name}} {{items.[0].name}} {{items.length}} {{shop/name}}',
      'Shop 東京 コート 2 Shop',
    ],
  ])('%s', (source, expected) => {
    expect(sent({ html: source }, data).html).toBe(expected);
  });

  test('a field may have the name of a helper', () => {
    const named = { if: 'i', each: 'e', log: 'l', helperMissing: 'h', blockHelperMissing: 'b' };
    expect(
      sent({ text: '{{this.if}}{{./each}}{{log}}{{helperMissing}}{{blockHelperMissing}}' }, named).text,
    ).toBe('ielhb');
  });

  test('variables are the columns that the mail names', () => {
    const mail = compiled({
      subject: '{{name}}',
      html:
        '{{shop.city}} {{#each items as |item|}}{{item.price}} {{name2}} {{../up}} {{@root.rooted}} {{@index}}{{else}}{{none}}{{/each}}' +
        '{{#with shop}}{{inner}}{{/with}} {{#if cond}}{{inif}}{{/if}} {{lookup map key}} {{this.dotted}} {{[two words]}} {{"quoted"}}',
      text: '{{#unless cond2 includeZero=zero}}{{/unless}}{{#section}}{{within}}{{/section}}',
    });
    expect([...mail.variables].sort()).toEqual(
      [
        'name',
        'shop',
        'items',
        'up',
        'rooted',
        'none',
        'cond',
        'inif',
        'map',
        'key',
        'dotted',
        'two words',
        'quoted',
        'cond2',
        'zero',
        'section',
      ].sort(),
    );
  });
});

describe('the subject', () => {
  test('control characters of values become spaces, one by one', () => {
    const data = { name: 'Ann\r\nBcc: all@example.com', b: '\t\u0000\u0085\u2028x' };
    expect(sent({ subject: 'Hi {{name}}{{b}}{{#if name}}{{name}}{{/if}}', text: '{{name}}' }, data)).toEqual({
      subject: 'Hi Ann  Bcc: all@example.com    xAnn  Bcc: all@example.com',
      html: null,
      text: data.name,
    });
  });

  test('line breaks in the template are refused where they are', () => {
    expect(problemsOf({ subject: 'Hi {{name}},\n news', text: 'x' })).toEqual([
      'subject 1:13 a subject cannot have a line break or another control character',
    ]);
    expect(problemsOf({ subject: 'Hi {{#if a}}one{{else}}\ttwo{{/if}}', text: 'x' })).toEqual([
      'subject 1:24 a subject cannot have a line break or another control character',
    ]);
  });

  test('line breaks that the template itself removes are none', () => {
    expect(sent({ subject: 'Hi\n{{~#if a~}}\n  A\n{{~/if}}', text: 'x' }, { a: 1 }).subject).toBe('HiA');
  });
});

describe('what is wrong is said in plain words, with its place', () => {
  test.each([
    ['a\nb {{name} c', '2:3 this tag is never closed: add }}'],
    ['a\n {{#if x}}\n abc', '2:2 {{#if}} is never closed: add {{/if}}'],
    ['{{#if x}}{{#each y}} {{/if}}', '1:13 {{#each}} is closed by {{/if}}'],
    ['a {{/if}}', '1:3 "{{/if}}" closes a block that was not opened'],
    ['a {{else}}', '1:3 "{{else}}" stands outside of a block, or after its last {{else}}'],
    ['a {{name}}} b', '1:9 a tag that begins with {{ ends with }}}'],
    ['{{{name}} b', '1:8 a tag that begins with {{{ must end with }}}'],
    ['{{a b=}}', '1:7 the tag "{{a b=}}" ends too early'],
    ['x {{!-- foo', '1:3 this comment is never closed: add --}} or }}'],
    ['{{first name,x}}', '1:9 "n" is not expected in the tag "{{first name,x}}"'],
    ['{{a/../b}}', '1:3 "a/.." is not the name of a value'],
    [
      '{{first name}}',
      '1:1 "first" is not a helper: there are if, unless, each, with, lookup; a name with a space in it is written {{[first name]}}',
    ],
    ['{{log "x"}}', '1:1 "log" is not a helper: there are if, unless, each, with, lookup'],
    ['{{#if (eq a b)}}{{/if}}', '1:7 "eq" is not a helper: there are if, unless, each, with, lookup'],
    ['{{> footer}}', '1:1 partials ({{> …}}) are not supported: put their content here'],
    ['{{#> layout}}x{{/layout}}', '1:1 partials ({{> …}}) are not supported: put their content here'],
    ['{{* deco}}', '1:1 decorators and inline partials ({{* …}}) are not supported'],
    ['{{#*inline "p"}}x{{/inline}}', '1:1 decorators and inline partials ({{* …}}) are not supported'],
    [
      '{{{{raw}}}} {{x}} {{{{/raw}}}}',
      '1:1 raw blocks ({{{{…}}}}) are not supported: write \\{{ for braces as they are',
    ],
    ['{{if x}}', '1:1 "if" needs a block: {{#if …}} … {{/if}}; a field of this name is {{this.if}}'],
    ['{{@each}}', '1:1 "@each" is not a helper: there are if, unless, each, with, lookup'],
    ['{{#each}}{{/each}}', '1:1 "each" takes one value, here are 0'],
    ['{{#if a b}}{{/if}}', '1:1 "if" takes one value, here are 2'],
    ['{{lookup a}}', '1:1 "lookup" takes 2 values, here are 1'],
    ['{{#lookup a b}}{{/lookup}}', '1:1 "lookup" has no block: write {{lookup …}}'],
    ['{{#if a as |b|}}{{b}}{{/if}}', '1:1 "as |name|" goes with {{#each}} and {{#with}} only'],
    ['{{^each a as |b|}}{{b}}{{/each}}', '1:1 "as |name|" goes with {{#each}} and {{#with}} only'],
    ['a\n\0', '2:1 a NUL character (U+0000) cannot be in a mail'],
    ['\ud800', '1:1 it has half of a surrogate pair in it, which no mail can carry'],
  ])('%s', (text, expected) => {
    expect(problemsOf({ text })).toEqual([`text ${expected}`]);
  });

  test('depths that would take minutes, or end the process, are refused before they are tried', () => {
    const blocks = `${'{{#if a}}'.repeat(4_000)}${'{{/if}}'.repeat(4_000)}`;
    const chain = `{{#if a}}${'{{else if b}}'.repeat(4_000)}{{/if}}`;
    const parentheses = `{{#if ${'(lookup a '.repeat(5_000)}b${')'.repeat(5_000)}}}{{/if}}`;
    expect(problemsOf({ text: blocks })).toEqual([
      'text 1:2251 blocks may stand 250 deep in each other, not more',
    ]);
    expect(problemsOf({ text: chain })).toEqual([
      'text 1:3247 blocks may stand 250 deep in each other, not more',
    ]);
    expect(problemsOf({ text: parentheses })).toEqual(['text 1:1 a tag may have 250 parentheses at most']);
  });

  test('47 prefectures in a chain, and many blocks one after the other, are not deep', () => {
    const chain = Array.from({ length: 46 }, (_, number) => `{{else if p${number}}}${number}`).join('');
    const text = `{{#if a}}a${chain}{{/if}}`.repeat(9);
    expect(sent({ text }, { p45: true }).text).toBe('45'.repeat(9));
  });

  test('what stands in comments, in strings or behind a backslash opens no block', () => {
    const text = '{{!-- {{#if a}} --}}\\{{#if a}}{{lookup a "{{#if a}}"}}'.repeat(300);
    expect(sent({ text }).text).toBe('{{#if a}}'.repeat(300));
  });

  test('all parts are looked at, and all of a part', () => {
    expect(problemsOf({ subject: '{{> a}}-\n', html: '{{#if}}{{/if}} {{b c}}', text: '{{' })).toEqual([
      'subject 1:1 partials ({{> …}}) are not supported: put their content here',
      'subject 1:9 a subject cannot have a line break or another control character',
      'html 1:1 "if" takes one value, here are 0',
      expect.stringContaining('html 1:16 "b" is not a helper'),
      'text 1:1 this tag is never closed: add }}',
    ]);
  });

  test('a mail needs a subject, and html or text', () => {
    expect(problemsOf({ subject: '  ' })).toEqual([
      'subject 1:1 the subject is empty',
      'html 1:1 the mail has neither html nor text',
    ]);
    expect(problemsOf({ html: ' ', text: '\n' })).toEqual(['html 1:1 the mail has neither html nor text']);
  });
});

describe('sizes have bounds', () => {
  test.each([
    [{ subject: 'x'.repeat(999), text: 'x' }, 'subject 1:1 the subject has 999 characters, 998 at most'],
    [{ html: 'あ'.repeat(174_763) }, 'html 1:1 the html has 524,289 bytes, 524,288 at most'],
    [{ text: 'x'.repeat(131_073) }, 'text 1:1 the text has 131,073 bytes, 131,072 at most'],
    [
      { text: Array.from({ length: 401 }, (_, number) => `{{f${number}}}`).join(' ') },
      'text 1:1 the mail has 401 different places to fill, 400 at most: put what belongs together into one block',
    ],
    [
      { html: '"\n'.repeat(200_000), text: 'x' },
      'html 1:1 the mail has 800,040 bytes as JSON, 716,800 at most',
    ],
  ])('case %#', (content, expected) => {
    expect(problemsOf(content)).toEqual([expected]);
  });

  test('four hundred places are enough for anybody, and are filled right', () => {
    const text = Array.from({ length: 400 }, (_, number) => `{{#if f${number}}}{{f${number}}}{{/if}}`).join(
      ' ',
    );
    const data = Object.fromEntries(Array.from({ length: 400 }, (_, number) => [`f${number}`, `v${number}`]));
    expect(sent({ text }, data).text).toBe(
      Array.from({ length: 400 }, (_, number) => `v${number}`).join(' '),
    );
  });

  test('300 MB of html are refused at once', () => {
    expect(problemsOf({ html: '{{#if'.repeat(60_000_000) })).toEqual([
      'html 1:1 the html has 300,000,000 bytes, 524,288 at most',
    ]);
  });
});
