import { compile } from 'html-to-text';
import { parseSource } from './engine.ts';
import { parseProblem } from './parse-error.ts';
import { findTags, type Tag } from './template-tags.ts';

type TextTemplate =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly message: string };

/**
 * The text part's template, made from the HTML's once for a campaign. Layout tables are read in order, links become
 * `label [url]`, images their `alt`; style, scripts and comments are dropped, conditional ones included. Tags stay
 * where they were, in URLs too; those in what is dropped are dropped with it.
 *
 * @param html a template that Handlebars can parse
 */
export function textTemplateFromHtml(html: string): TextTemplate {
  const tags = findTags(html);
  const sources = [...new Set(tags.map((tag) => tag.source))];
  const plane = PLANES.find(({ pattern }) => !pattern.test(html));
  if (!plane || sources.length > PLANE_CHARS)
    return problem('needs more characters of private use than there are');
  const standIns = new Map(
    sources.map((source, number) => [source, String.fromCodePoint(plane.first + number)]),
  );
  const converted = convert(replaced(html, tags, standIns));
  if (converted === null) return problem('is not to be had: elements stand too deep in each other');
  const pieces = converted.split(plane.pattern);
  const text = pieces.map((piece, index) =>
    // Every second piece is a tag's stand-in, since the pattern is a group.
    index % 2 === 1
      ? (sources[(piece.codePointAt(0) ?? 0) - plane.first] ?? piece)
      : literal(piece, index > 0, index < pieces.length - 1),
  );
  if (text.includes(null)) return problem('has braces or backslashes beside a tag');
  return parsed(tidy(text.join('')));
}

function parsed(template: string): TextTemplate {
  try {
    parseSource(template);
    return { kind: 'text', text: template };
  } catch (thrown) {
    return problem(`has blocks torn apart: ${parseProblem(template, thrown).message}`);
  }
}

/**
 * Planes of private use: a tag is one of their characters while the HTML is converted, which no parser splits, trims or
 * decodes. The second is for mails that have such characters of their own.
 */
const PLANES = [
  { first: 0x10_0000, pattern: /([\u{100000}-\u{10fffd}])/u },
  { first: 0xf_0000, pattern: /([\u{f0000}-\u{ffffd}])/u },
] as const;
const PLANE_CHARS = 0xfffe;

function replaced(html: string, tags: readonly Tag[], standIns: ReadonlyMap<string, string>): string {
  let result = '';
  let done = 0;
  for (const { start, source } of tags) {
    result += html.slice(done, start) + (standIns.get(source) ?? '');
    done = start + source.length;
  }
  return result + html.slice(done);
}

/** Null where the converter, which is recursive, runs out of stack. */
function convert(html: string): string | null {
  try {
    return toText(html);
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

const toText = compile({
  wordwrap: false,
  formatters: {
    // Not html-to-text's own, which would also print where the image is.
    alt: (element, _walk, builder) => builder.addInline(String(element.attribs?.['alt'] ?? '')),
  },
  selectors: [
    { selector: 'title', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    { selector: 'img', format: 'alt' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      options: { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 2 },
    })),
    { selector: 'table', format: 'block' },
    ...['tr', 'td', 'th'].map((selector) => ({
      selector,
      format: 'block',
      options: { leadingLineBreaks: 1, trailingLineBreaks: 1 },
    })),
  ],
});

/** White space that shows nothing, by the dozen: what keeps a mail's first words out of its preview. */
const FILLER = /(?: ?(?:[\u00a0\u00ad\u2007\u200b-\u200f\u2060\ufeff]|\u034f)){12,} ?/g;

/** Text of the mail as a template has it: its own `{{` escaped. Null where that can't be written beside a tag. */
function literal(text: string, afterTag: boolean, beforeTag: boolean): string | null {
  const torn =
    text.includes('\\{{') || (beforeTag && /[\\{]$/.test(text)) || (afterTag && text.startsWith('}'));
  return torn ? null : text.replaceAll('{{', '\\{{').replaceAll(FILLER, ' ');
}

/**
 * Block tags that got a line of their own vanish with it; the blank lines that set paragraphs apart inside of a block
 * would be left over.
 */
function tidy(text: string): string {
  return text
    .replaceAll(/^([ \t]*\{\{~?(?:#|\^|\s*else\b)[^{}\n]*\}\}[ \t]*\n)\n+/gm, '$1')
    .replaceAll(/\n\n+(?=[ \t]*\{\{~?(?:\/(?:if|unless|with)\b|\s*else\b)[^{}\n]*\}\}[ \t]*$)/gm, '\n');
}

function problem(what: string): TextTemplate {
  return { kind: 'problem', message: `the text made from the html ${what}: give content.text` };
}
