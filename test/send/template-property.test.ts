import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import Handlebars from 'handlebars';
import { describe, expect, test } from 'vitest';
import { compileMail } from '../../src/send/template.ts';
import { findTags } from '../../src/send/template-tags.ts';
import { slotsJson } from '../../src/send/transport.ts';
import { fill, slotRecord, substituteAsHandlebars } from './ses-substitution.ts';

const newsletter = readFileSync(new URL('../../samples/newsletter.html', import.meta.url), 'utf8');

/**
 * Handlebars as everybody has it, on the data as they are: what a mail should look like. It adds numbers that stand
 * beside each other without anything between, `{{a}}{{b}}`, as numbers: a mark there, taken out again, makes them text.
 */
const handlebars = Handlebars.create();
const MARK = '\uf8ff';
const RUN = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };

/** Null where white space that `~` removes keeps two tags apart: there is no place for the mark. */
function byHandlebars(source: string, data: unknown, noEscape: boolean): string | null {
  if (/~\}\}\s+\{\{|\}\}\s+\{\{~/.test(source)) return null;
  const marked = source.replaceAll('}}{{', `}}${MARK}{{`);
  return handlebars.compile(marked, { noEscape })(data, RUN).replaceAll(MARK, '');
}

/** What finds a mistake in seconds. Ten times as many found nothing more. */
const RUNS = 300;

/* Data. Names are those that the templates below ask for, and a few that nobody should have. */

const hostile = fc.constantFrom(
  '',
  '{{s0}}',
  '{{name}}',
  '{{{plan}}}',
  '\\{{name}}',
  '{{',
  '}}',
  '{',
  '\\',
  '$&',
  "$'",
  '\u001e',
  '\r\nBcc: all@example.com',
  '<script>alert("x")</script>',
  '&amp;',
  '清水 蓮',
  '😀',
  '\0',
);
const value = fc.oneof(hostile, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
const scalar = fc.oneof(
  { weight: 6, arbitrary: value },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1.5, true, false, null) },
);
const item = fc.oneof(
  scalar,
  fc.record({ name: scalar, price: scalar, tags: fc.array(scalar, { maxLength: 3 }) }, { requiredKeys: [] }),
);
const data = fc.record(
  {
    name: scalar,
    plan: scalar,
    company: scalar,
    points: scalar,
    'first name': scalar,
    user: fc.oneof(
      scalar,
      fc.record({ name: scalar, city: fc.record({ name: scalar }) }, { requiredKeys: [] }),
    ),
    items: fc.oneof(scalar, fc.array(item, { maxLength: 4 })),
    flag: fc.oneof(scalar, fc.boolean()),
  },
  { requiredKeys: [] },
);

/* Templates: constants that look like tags or stand close to them, and every kind of tag. */

const constant = fc.constantFrom(
  ' ',
  '\n',
  '\r\n  ',
  'text',
  '秋の新作コート',
  '<p class="a">',
  '</p>\n',
  '@media x{.a{b:c!important}}',
  '<style>.a{b:c}</style>',
  '<!--[if mso]><v:rect href="https://x/?u=',
  '"/><![endif]-->',
  '<!--[if !mso]><!-->',
  '<!--<![endif]-->',
  '<a href="https://x/?a=1&amp;b=',
  '">',
  '{',
  ' { ',
  '}',
  '}}',
  ' }',
  '\\',
  '\\\\',
  '\\{{',
  '\\{{name}}',
  '\\{{ {',
  '{{! note }}',
  '{{!-- {{name}} --}}',
  '{{~! note ~}}',
  '$&',
  's0',
);
const path = fc.constantFrom(
  'name',
  'plan',
  'missing',
  'this.name',
  './plan',
  'this',
  '.',
  '../name',
  '../this',
  '[first name]',
  '"first name"',
  'user.name',
  'user/city.name',
  'items.length',
  'items.[0]',
  'items.[0].name',
  'price',
  'tags',
  '@index',
  '@key',
  '@first',
  '@root.name',
  '@root',
  'v',
  'v.name',
  'k',
  'constructor',
  'user.constructor.name',
  'name.length',
);
const argument = fc.oneof(
  { weight: 5, arbitrary: path },
  { weight: 1, arbitrary: fc.constantFrom('"x"', '0', 'true', 'null', 'undefined') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '(lookup user "name")',
      '(lookup items 0)',
      '(lookup . "name")',
      '(lookup this @key)',
    ),
  },
);
const tilde = fc.constantFrom('', '', '', '~');
const mustache = fc
  .tuple(
    tilde,
    fc.oneof(
      path,
      argument.map((what) => `lookup ${what} "name"`),
    ),
    tilde,
    fc.constantFrom('', '', '&', '{'),
  )
  .map(([left, what, right, sign]) =>
    sign === '{' ? `{{${left}{${what}}${right}}}` : `{{${left}${sign}${what}${right}}}`,
  );

const { template } = fc.letrec<{ template: string; block: string; piece: string }>((tie) => ({
  template: fc.array(tie('piece'), { maxLength: 7 }).map((pieces) => pieces.join('')),
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: constant },
    { weight: 4, arbitrary: mustache },
    { weight: 3, arbitrary: tie('block') },
  ),
  block: fc
    .record({
      kind: fc.constantFrom(
        'if',
        'unless',
        'each',
        'each as',
        'with',
        'with as',
        'section',
        'inverted',
        'else if',
      ),
      what: argument,
      name: fc.constantFrom('flag', 'items', 'user', 'name', 'missing', 'this.items'),
      left: tilde,
      right: tilde,
      space: fc.constantFrom('', '', '\n', '\n  '),
      body: tie('template'),
      other: fc.option(tie('template')),
    })
    .map(({ kind, what, name, left, right, space, body, other }) => {
      const otherwise = other === null ? '' : `{{${left}else${right}}}${space}${other}${space}`;
      const [helper] = kind.split(' ');
      const open: Record<string, string> = {
        'each as': `#each ${what} as |v k|`,
        'with as': `#with ${what} as |v|`,
        section: `#${name}`,
        inverted: `^${name}`,
        'else if': `#if ${what}`,
      };
      const close = kind === 'section' || kind === 'inverted' ? name : kind === 'else if' ? 'if' : helper;
      const chain = kind === 'else if' ? `{{else if ${name}}}${space}${body}` : '';
      return `{{${left}${open[kind] ?? `#${helper} ${what}`}${right}}}${space}${body}${space}${chain}${otherwise}{{${left}/${close}${right}}}${space}`;
    }),
}));

/** Every way to make the mail gives the same, to the byte. Values are made well-formed, as UTF-8 needs them. */
function expectAgreement(content: { subject: string; html: string; text: string }, raw: unknown): void {
  const recipient = wellFormed(raw);
  const result = compileMail(content);
  if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems));
  const { mail } = result;
  const values = slotRecord(mail.slots(recipient));
  const whole = mail.render(recipient);
  expect(fill(mail.template, values)).toEqual(whole);
  expect(fill(mail.template, values, substituteAsHandlebars)).toEqual(whole);
  const subject = byHandlebars(content.subject, recipient, true);
  expect(whole).toEqual({
    subject: subject?.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ') ?? whole.subject,
    html: byHandlebars(content.html, recipient, false) ?? whole.html,
    text: byHandlebars(content.text, recipient, true) ?? whole.text,
  });
  expect(JSON.parse(slotsJson(mail.slots(recipient)))).toEqual(values);
  expect(Object.keys(values)).toHaveLength(mail.slotCount);
}

function wellFormed(raw: unknown): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(raw, (_name, held) =>
      typeof held === 'string' ? held.toWellFormed().replaceAll(MARK, '') : held,
    ),
  );
}

/** Templates that Handlebars itself can read; most of the generated ones are. */
function parses(source: string): boolean {
  try {
    handlebars.parse(source);
    return true;
  } catch {
    return false;
  }
}

const readable = template.filter((source) => source.trim() !== '' && parses(source));

describe('what SES makes of slots is what Handlebars makes of the whole', () => {
  test('for the newsletter, whatever the recipients are', () => {
    const subject = '{{name}} さん、秋の新作が届きました';
    fc.assert(
      fc.property(data, (recipient) =>
        expectAgreement({ subject, html: newsletter, text: newsletter }, recipient),
      ),
      { numRuns: RUNS / 10 },
    );
  });

  test('for any template that can be read, and any recipient', () => {
    fc.assert(
      fc.property(readable, readable, data, (html, text, recipient) =>
        expectAgreement(
          { subject: '{{name}}{{#if plan}}: {{plan}}{{/if}}{{points}}', html, text },
          recipient,
        ),
      ),
      { numRuns: RUNS },
    );
  });

  test('for the newsletter with any of them in the middle', () => {
    const middle = newsletter.indexOf('<tr>', newsletter.length / 2);
    fc.assert(
      fc.property(readable, data, (inner, recipient) => {
        const html = newsletter.slice(0, middle) + inner + newsletter.slice(middle);
        fc.pre(parses(html));
        expectAgreement({ subject: 'x', html, text: 'x' }, recipient);
      }),
      { numRuns: RUNS / 10 },
    );
  });

  test('the constants never have what looks like a tag', () => {
    fc.assert(
      fc.property(readable, (html) => {
        const result = compileMail({ subject: 'x', html, text: 'x' });
        if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems));
        const source = result.mail.template.html ?? '';
        expect(source.replaceAll(/\{\{s\d+\}\}/g, '')).not.toMatch(/\{\{/);
        expect(source).not.toMatch(/[\\{]\{\{s\d+\}\}|\{\{s\d+\}\}[\\}]/);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('any text at all', () => {
  const soup = fc
    .array(
      fc.oneof(
        constant,
        mustache,
        hostile,
        fc.constantFrom(
          '{{#if a}}',
          '{{/if}}',
          '{{else}}',
          '"',
          "'",
          '[',
          ']',
          '(',
          '|',
          '~',
          '{{{{r}}}}',
          '{{> p}}',
          '{{* d}}',
          '{{a b}}',
          '{{if}}',
          '\ud800',
        ),
      ),
    )
    .map((pieces) => pieces.join(''));

  test('is compiled or refused with a place inside of it, and never throws', () => {
    fc.assert(
      fc.property(soup, soup, data, (subject, text, recipient) => {
        const result = compileMail({ subject, text });
        if (result.kind === 'compiled') {
          const { mail } = result;
          expect(fill(mail.template, slotRecord(mail.slots(recipient)))).toEqual(mail.render(recipient));
          return;
        }
        for (const { part, line, column, message } of result.problems) {
          const lines = (part === 'subject' ? subject : text).split(/\r\n?|\n/);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
          expect(message).toMatch(/^[^\r\n]+$/);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('of what Handlebars can read, the tags found are the tags there are', () => {
    fc.assert(
      fc.property(soup, (source) => {
        fc.pre(parses(source));
        // Without its tags a template is constant.
        let rest = source;
        for (const { start, source: tag } of findTags(source).toReversed()) {
          rest = `${rest.slice(0, start)}|${rest.slice(start + tag.length)}`;
        }
        expect(rest).not.toMatch(/\{\{/);
      }),
      { numRuns: RUNS },
    );
  });
});
