import { CONTENT_CODES, type ContentCode } from './content-code.ts';
import { linkCodes } from './content-link.ts';
import { type Page, type PageLink, readPage } from './content-page.ts';
import { subjectCodes } from './content-subject.ts';
import type { Sample } from './sample.ts';

/** Something about the mail that receivers or readers would mind. */
export interface ContentFinding {
  /** Stable. */
  readonly code: ContentCode;
  readonly level: 'warning' | 'advice';
  readonly part: 'subject' | 'html' | 'text';
  /** Samples that have it, by their rows. */
  readonly rows: readonly number[];
  /** How often the worst of them has it. */
  readonly count: number;
  /** The first of them: the element or the words, and the line of the html as it was rendered; null where it is the whole. */
  readonly where: readonly { readonly what: string; readonly line: number | null }[];
  /** Plain English: what, where, and what to do. */
  readonly message: string;
}

export interface ContentInput {
  /** As readers get them, so that what a condition leaves out is judged as its readers see it. */
  readonly samples: readonly Pick<Sample, 'seq' | 'subject' | 'html' | 'text'>[];
  /** What the samples have for the reader's link to unsubscribe; null where the mail needs none. */
  readonly link: string | null;
  /** Columns that a text takes, full-width characters counted double. */
  readonly columns: (text: string) => number;
  /** Whether some of the list is at docomo, au or SoftBank. */
  readonly toCarriers: boolean;
}

/** One place in one sample. */
interface Spot {
  readonly code: ContentCode;
  readonly part: ContentFinding['part'];
  readonly what: string;
  readonly line: number | null;
}

/** The same thing in several samples is said once. Those that matter more come first. */
export function checkContent({ samples, ...input }: ContentInput): ContentFinding[] {
  const groups = new Map<string, { readonly seq: number; readonly spots: readonly Spot[] }[]>();
  for (const sample of samples) {
    for (const [key, spots] of Map.groupBy(spotsIn(sample, input), ({ code, part }) => `${code} ${part}`)) {
      groups.set(key, [...(groups.get(key) ?? []), { seq: sample.seq, spots }]);
    }
  }
  const findings = [...groups.values()].flatMap(findingOf);
  return [
    ...findings.filter(({ level }) => level === 'warning'),
    ...findings.filter(({ level }) => level === 'advice'),
  ];
}

const WHERE_MAX = 3;
const WHAT_CHARS_MAX = 60;

function findingOf(found: readonly { readonly seq: number; readonly spots: readonly Spot[] }[]) {
  const worst = found.reduce((most, one) => (one.spots.length > most.spots.length ? one : most));
  const [first] = worst.spots;
  if (!first) return [];
  const { code, part } = first;
  const { level, one, many, todo } = CONTENT_CODES[code];
  const count = worst.spots.length;
  const where = worst.spots
    .slice(0, WHERE_MAX)
    .map(({ what, line }) => ({ what: shortened(what), line }))
    .filter(({ what, line }) => what !== '' || line !== null);
  const told = where.map(({ what, line }) => (line === null ? what : `${what} (line ${line})`));
  const more = count > where.length && where.length > 0 ? `, and ${count - where.length} more` : '';
  const said = count === 1 ? one : many.replace('{n}', String(count));
  const places = told.length === 0 ? '' : `: ${told.join(', ')}${more}`;
  const message = `${part === 'text' ? 'text part: ' : ''}${said}${places}; ${todo}`;
  return [{ code, level, part, rows: found.map(({ seq }) => seq), count, where, message }];
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= WHAT_CHARS_MAX) return line;
  // No half of a surrogate pair at the end.
  return `${line.slice(0, WHAT_CHARS_MAX).replace(/[\ud800-\udbff]$/, '')}…`;
}

type Sampled = ContentInput['samples'][number];

function spotsIn({ subject, html, text }: Sampled, input: Omit<ContentInput, 'samples'>): Spot[] {
  const { link, columns, toCarriers } = input;
  return [
    ...subjectCodes(subject, columns, toCarriers).map((code) => ({
      code,
      part: 'subject' as const,
      what: subject.trim() === '' ? '' : `"${subject}"`,
      line: null,
    })),
    ...wordSpots('subject', subject),
    ...(html === null ? [] : [...htmlSpots(html, link, columns), ...wordSpots('html', html)]),
    ...(text === null ? [] : wordSpots('text', text)),
    ...(text === null || link === null || text.includes(link)
      ? []
      : [{ code: 'UNSUBSCRIBE_MISSING' as const, part: 'text' as const, what: '', line: null }]),
  ];
}

/** What may be in any part. */
function wordSpots(part: ContentFinding['part'], written: string): Spot[] {
  const line = (index: number) => (part === 'subject' ? null : written.slice(0, index).split('\n').length);
  const brace = written.indexOf('{{');
  const half = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(written);
  const near = (index: number) => `"${written.slice(index, index + 20).toWellFormed()}"`;
  const tag = /^\{\{[^{}]{0,40}\}\}/.exec(brace < 0 ? '' : written.slice(brace))?.[0] ?? near(brace);
  return [
    ...(brace < 0 ? [] : [{ code: 'TEMPLATE_LEFT' as const, part, what: tag, line: line(brace) }]),
    ...(half === null
      ? []
      : [{ code: 'BROKEN_CHARACTER' as const, part, what: near(half.index), line: line(half.index) }]),
  ];
}

/** Columns of words outside of links; with fewer, what is to be said stands in the images. "Your code is 123456." has more. */
const WORDS_COLUMNS_MIN = 15;

function htmlSpots(html: string, link: string | null, columns: ContentInput['columns']): Spot[] {
  const page = readPage(html, columns);
  const spot = (code: ContentCode, what: string, line: number | null): Spot => ({
    code,
    part: 'html',
    what,
    line,
  });
  const pictures = page.images.filter(({ isTiny }) => !isTiny);
  const { charset } = page;
  return [
    ...(link === null ? [] : unsubscribeSpots(page, link, spot)),
    ...page.links
      .filter(({ href }) => href !== link)
      .flatMap((one) => linkCodes(one).map((code) => spot(code, linkText(one), one.line))),
    ...pictures
      .filter(({ alt }) => alt === null)
      .map(({ src, line }) => spot('IMAGE_ALT', `<img src="${src}">`, line)),
    ...pictures
      .filter(({ src }) => !/^(https?:)?\/\/./i.test(src))
      .map(({ src, line }) => spot('IMAGE_SOURCE', `<img src="${src}">`, line)),
    ...(pictures.length > 0 && page.columns < WORDS_COLUMNS_MIN ? [spot('IMAGES_ONLY', '', null)] : []),
    ...page.removed.map(({ name, line }) => spot('ELEMENT_REMOVED', `<${name}>`, line)),
    ...(charset === null || UTF_8.includes(charset.name)
      ? []
      : [spot('CHARSET', charset.name, charset.line)]),
    ...(page.begins === 'link' || page.begins === 'image' ? [spot('PREHEADER_MISSING', '', null)] : []),
  ];
}

const UTF_8: readonly string[] = ['utf-8', 'utf8'];

function unsubscribeSpots(
  page: Page,
  link: string,
  spot: (code: ContentCode, what: string, line: number | null) => Spot,
): Spot[] {
  const own = page.links.filter(({ href }) => href === link);
  if (own.length === 0) return page.text.includes(link) ? [] : [spot('UNSUBSCRIBE_MISSING', '', null)];
  if (own.some(({ hidden }) => hidden === null)) return [];
  return own.map(({ text, hidden, line }) =>
    spot('UNSUBSCRIBE_HIDDEN', `${text === '' ? 'the link' : `"${text}"`}: ${hidden ?? ''}`, line),
  );
}

function linkText({ href, text }: PageLink): string {
  return text === '' ? href : `"${shortened(text)}" to ${href}`;
}
