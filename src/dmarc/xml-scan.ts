import { XML_DEPTH_MAX, XML_ELEMENTS_MAX, XML_TEXT_MAX } from './bounds.ts';
import { Refusal } from './refusal.ts';

/** Told of an XML text from its begin to its end. */
export interface XmlListener {
  /** @param name without its prefix */
  open(name: string): void;
  /** Text within an element, in the order in which it stands there; what it refers to is written out. */
  text(text: string): void;
  close(): void;
}

/**
 * Reads an XML text in one pass, and never further than to the first thing that is not well-formed, too deep or too much. Attributes,
 * comments and instructions are passed over; a text that declares anything, or names an entity that XML itself does not have, is none.
 * What attributes say is not asked: whether there are two of one name, say.
 *
 * @throws Refusal
 */
export function scanXml(text: string, listener: XmlListener): void {
  const walk: Walk = { text, listener, open: [], elements: 0 };
  for (let at = 0; at < text.length; ) {
    const tag = text.indexOf('<', at);
    const end = tag < 0 ? text.length : tag;
    if (end > at) words(walk, at, end);
    if (tag < 0) break;
    at = behindMarkup(walk, tag);
  }
  if (walk.open.length > 0) throw broken('an element does not end');
  if (walk.elements === 0) throw new Refusal('the XML has no element');
}

interface Walk {
  readonly text: string;
  readonly listener: XmlListener;
  /** Names of the elements that are open, with their prefixes. */
  readonly open: string[];
  elements: number;
}

/** What stands between tags. */
function words({ text, listener, open }: Walk, start: number, end: number): void {
  if (end - start > XML_TEXT_MAX) throw longText();
  const part = text.slice(start, end);
  if (open.length > 0) listener.text(unescaped(part));
  else if (/[^\s\ufeff]/.test(part)) throw broken('there is text outside of the elements');
}

function behindMarkup(walk: Walk, open: number): number {
  const { text } = walk;
  switch (text[open + 1]) {
    case '!':
      return behindDeclaration(walk, open);
    case '?':
      return behind(text, '?>', open + 2);
    case '/':
      return close(walk, open);
    default:
      return element(walk, open);
  }
}

function behindDeclaration({ text, listener, open: names }: Walk, open: number): number {
  if (text.startsWith('<!--', open)) return behind(text, '-->', open + 4);
  if (!text.startsWith('<![CDATA[', open))
    throw new Refusal('the XML has a DOCTYPE or declares entities, which no report needs');
  const end = behind(text, ']]>', open + 9);
  if (end - open > XML_TEXT_MAX) throw longText();
  if (names.length === 0) throw broken('there is text outside of the elements');
  listener.text(text.slice(open + 9, end - 3));
  return end;
}

function element(walk: Walk, open: number): number {
  const end = tagEnd(walk.text, open);
  const tag = walk.text.slice(open + 1, end - 1);
  const name = NAME.exec(tag)?.[0];
  if (name === undefined) throw broken('a “<” is no tag');
  // In values of attributes; they are not used.
  if (tag.includes('&')) unescaped(tag);
  if (walk.open.length === 0 && walk.elements > 0) throw broken('it has more than one root');
  walk.elements += 1;
  if (walk.elements > XML_ELEMENTS_MAX)
    throw new Refusal(`the XML has more than ${XML_ELEMENTS_MAX.toLocaleString('en')} elements`);
  walk.listener.open(name.slice(name.indexOf(':') + 1));
  if (tag.endsWith('/')) walk.listener.close();
  else if (walk.open.push(name) > XML_DEPTH_MAX)
    throw new Refusal(`the XML is deeper than ${XML_DEPTH_MAX} levels`);
  return end;
}

/** XML 1.0, 2.3, and whatever of Unicode stands beyond ASCII. */
const NAME = /^[A-Za-z_:\u0080-\uffff][\w.:\u0080-\uffff-]*(?=[\s/]|$)/;

function close({ text, open, listener }: Walk, at: number): number {
  const end = behind(text, '>', at);
  const name = open.pop();
  const written = text.slice(at + 2, end - 1).trimEnd();
  if (name === undefined || name !== written) throw broken(`“</${written.slice(0, 60)}>” closes nothing`);
  listener.close();
  return end;
}

/** Behind the tag's `>`; one within quotes is none. */
function tagEnd(text: string, open: number): number {
  let quote = '';
  const most = Math.min(text.length, open + XML_TEXT_MAX);
  for (let at = open + 1; at < most; at += 1) {
    const character = text[at] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
    else if (character === '<') throw broken('a tag in a tag');
  }
  throw new Refusal('the XML has a tag that does not end, or is too long');
}

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw broken(`it ends before a “${mark}”`);
  return at + mark.length;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** References of XML itself (XML 1.0, 4.6), and characters by their number, written out. */
function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(
    /&(?:#x([0-9a-fA-F]{1,6});|#(\d{1,7});|(lt|gt|amp|quot|apos);)?/g,
    (_all, hex?: string, digits?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? '';
      const code = hex === undefined ? Number(digits ?? Number.NaN) : Number.parseInt(hex, 16);
      if (Number.isNaN(code)) throw new Refusal('the XML names an entity of its own, or has a bare “&”');
      return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}

function broken(what: string): Refusal {
  return new Refusal(`the XML is not well-formed: ${what}`);
}

function longText(): Refusal {
  return new Refusal(`the XML has a text of more than ${XML_TEXT_MAX.toLocaleString('en')} characters`);
}
