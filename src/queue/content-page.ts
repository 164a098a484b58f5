import { Parser } from 'htmlparser2';
import { type Colour, isSameColour, ownStyle, WHITE } from './content-style.ts';

/** What a reader gets of a mail's html, as far as it says so itself. */
export interface Page {
  readonly links: readonly PageLink[];
  readonly images: readonly PageImage[];
  /** Elements that mail programs take out, such as scripts and forms. */
  readonly removed: readonly { readonly name: string; readonly line: number }[];
  /** What `<meta>` says of the encoding, in lower case. */
  readonly charset: { readonly name: string; readonly line: number } | null;
  /** Columns that the words outside of links take which can be seen, without white space. */
  readonly columns: number;
  /** What an inbox shows beside the subject comes from here: hidden text, words, a link, or an image first of all. */
  readonly begins: 'hidden' | 'words' | 'link' | 'image' | 'nothing';
  /** All words, hidden ones as well. */
  readonly text: string;
}

export interface PageLink {
  readonly href: string;
  readonly line: number;
  /** Its words, seen or not, without the alternatives of images. */
  readonly text: string;
  /** Why nobody sees it, as a clause; null where somebody does. */
  readonly hidden: string | null;
}

export interface PageImage {
  readonly src: string;
  readonly line: number;
  /** Null where it has no `alt`; an empty one is right for what only decorates. */
  readonly alt: string | null;
  /** A picture of a pixel or two, which nobody is meant to see. */
  readonly isTiny: boolean;
}

/**
 * Never throws, and takes time in proportion to the html. Conditional comments, which only Outlook reads, are comments.
 *
 * @param columns that a text takes, full-width characters counted double
 */
export function readPage(html: string, columns: (text: string) => number): Page {
  const reader = new PageReader(/<style\b/i.test(html), columns);
  let line = 1;
  let counted = 0;
  const lineAt = (index: number) => {
    for (; counted < index; counted += 1) if (html.charCodeAt(counted) === 10) line += 1;
    return line;
  };
  const parser = new Parser({
    onopentag: (name, attributes) => reader.open(name, attributes, lineAt(parser.startIndex)),
    onclosetag: () => reader.close(),
    ontext: (text) => reader.text(text),
  });
  parser.end(html);
  return reader.page();
}

/** What holds at a place, from all elements around it. */
interface Frame {
  readonly name: string;
  readonly hidden: string | null;
  readonly hasSize: boolean;
  readonly colour: Colour | null;
  readonly background: Colour | 'unknown' | null;
  /** A style sheet may say more of it. */
  readonly mayBeStyled: boolean;
  readonly link: OpenLink | null;
}

interface OpenLink {
  href: string;
  line: number;
  text: string;
  isSeen: boolean;
  hidden: string | null;
}

const OUTSIDE: Frame = {
  name: '',
  hidden: null,
  hasSize: true,
  colour: null,
  background: null,
  mayBeStyled: false,
  link: null,
};
const UNREAD: readonly string[] = ['style', 'script', 'title', 'noscript', 'template'];
const REMOVED: readonly string[] = ['script', 'form', 'iframe', 'object', 'embed', 'applet'];
/** From so many pixels on a picture is one. */
const TINY_PIXELS = 2;

class PageReader {
  readonly #hasSheet: boolean;
  readonly #columnsOf: (text: string) => number;
  readonly #frames: Frame[] = [];
  readonly #links: OpenLink[] = [];
  readonly #images: PageImage[] = [];
  readonly #removed: { name: string; line: number }[] = [];
  readonly #words: string[] = [];
  #charset: Page['charset'] = null;
  #columns = 0;
  #begins: Page['begins'] = 'nothing';

  constructor(hasSheet: boolean, columns: (text: string) => number) {
    this.#hasSheet = hasSheet;
    this.#columnsOf = columns;
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void {
    const frame = this.#enter(name, attributes, line);
    this.#frames.push(frame);
    if (REMOVED.includes(name)) this.#removed.push({ name, line });
    if (name === 'meta') this.#charset ??= charsetOf(attributes, line);
    if (name === 'img') this.#image(frame, attributes, line);
  }

  close(): void {
    this.#frames.pop();
  }

  text(text: string): void {
    const frame = this.#frames.at(-1) ?? OUTSIDE;
    const words = text.replaceAll(/[\s\u034f\u00ad\u200b-\u200f\u2060\ufeff]+/g, ' ');
    if (UNREAD.includes(frame.name) || words.trim() === '') return;
    this.#words.push(words);
    const hidden = hiddenBy(frame);
    if (this.#begins === 'nothing')
      this.#begins = hidden === null ? (frame.link ? 'link' : 'words') : 'hidden';
    if (frame.link) {
      frame.link.text += words;
      if (hidden === null) frame.link.isSeen = true;
      else frame.link.hidden = hidden;
    } else if (hidden === null) {
      this.#columns += this.#columnsOf(words.replaceAll(' ', ''));
    }
  }

  page(): Page {
    return {
      links: this.#links.map(({ href, line, text, isSeen, hidden }) => ({
        href,
        line,
        text: text.trim(),
        hidden: isSeen ? null : (hidden ?? 'there is nothing in it'),
      })),
      images: this.#images,
      removed: this.#removed,
      charset: this.#charset,
      columns: this.#columns,
      begins: this.#begins,
      text: this.#words.join(' '),
    };
  }

  #enter(name: string, attributes: Readonly<Record<string, string>>, line: number): Frame {
    const around = this.#frames.at(-1) ?? OUTSIDE;
    const own = ownStyle(attributes);
    const href = name === 'a' ? attributes['href'] : undefined;
    const link = href === undefined ? around.link : { href, line, text: '', isSeen: false, hidden: null };
    if (link && link !== around.link) this.#links.push(link);
    return {
      name,
      hidden: around.hidden ?? own.hidden,
      hasSize: own.hasSize ?? around.hasSize,
      // A link has a colour of its own where nobody gives it another.
      colour: own.colour ?? (href === undefined ? around.colour : null),
      background: own.background ?? around.background,
      mayBeStyled: around.mayBeStyled || (this.#hasSheet && ('class' in attributes || 'id' in attributes)),
      link,
    };
  }

  #image(frame: Frame, attributes: Readonly<Record<string, string>>, line: number): void {
    const isTiny =
      frame.hidden !== null ||
      [attributes['width'], attributes['height']].some(
        (size) => size !== undefined && Number.parseInt(size, 10) <= TINY_PIXELS,
      );
    this.#images.push({
      src: attributes['src']?.trim() ?? '',
      line,
      alt: attributes['alt'] ?? null,
      isTiny,
    });
    if (isTiny) return;
    if (frame.link) frame.link.isSeen = true;
    if (this.#begins === 'nothing') this.#begins = 'image';
  }
}

function hiddenBy({ hidden, hasSize, colour, background, mayBeStyled }: Frame): string | null {
  if (hidden !== null) return hidden;
  if (!hasSize) return 'font-size:0';
  if (colour === null || background === 'unknown') return null;
  if (background === null && mayBeStyled) return null;
  return isSameColour(colour, background ?? WHITE) ? 'its colour is that of its background' : null;
}

function charsetOf(attributes: Readonly<Record<string, string>>, line: number): Page['charset'] {
  const declared =
    attributes['charset'] ??
    (attributes['http-equiv']?.toLowerCase() === 'content-type'
      ? /charset\s*=\s*["']?([^\s"';]+)/i.exec(attributes['content'] ?? '')?.[1]
      : undefined);
  return declared === undefined ? null : { name: declared.trim().toLowerCase(), line };
}
