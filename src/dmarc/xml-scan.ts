import { XML_DEPTH_MAX, XML_ELEMENTS_MAX, XML_TEXT_MAX } from './bounds.ts';
import { Refusal } from './refusal.ts';

/** Those of XML itself (XML 1.0, 4.6), and characters by their number. */
const REFERENCE = /^&(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});/;
/** The longest of them. */
const REFERENCE_LENGTH = 10;

/**
 * Looks over an XML text before a tree is made of it, in one pass: how deep it is, how much is in it, and that nothing in it
 * declares or names an entity. Whether it is well-formed is not asked.
 *
 * @throws Refusal
 */
export function scanXml(text: string): void {
  const walk = { depth: 0, elements: 0 };
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('<', at);
    const end = open < 0 ? text.length : open;
    refuseText(text, at, end);
    if (open < 0) break;
    at = behindMarkup(text, open, walk);
  }
  if (walk.depth !== 0) throw new Refusal('the XML is not well-formed: an element does not end');
  if (walk.elements === 0) throw new Refusal('the XML has no element');
}

function behindMarkup(text: string, open: number, walk: { depth: number; elements: number }): number {
  if (text.startsWith('<!--', open)) return behind(text, '-->', open + 4);
  if (text.startsWith('<![CDATA[', open)) {
    const end = behind(text, ']]>', open + 9);
    if (end - open > XML_TEXT_MAX) throw longText();
    return end;
  }
  if (text.startsWith('<?', open)) return behind(text, '?>', open + 2);
  if (text.startsWith('<!', open))
    throw new Refusal('the XML has a DOCTYPE or declares entities, which no report needs');
  const end = tagEnd(text, open);
  step(text, open, end, walk);
  return end;
}

function step(text: string, open: number, end: number, walk: { depth: number; elements: number }): void {
  if (text[open + 1] === '/') {
    walk.depth -= 1;
    return;
  }
  refuseReferences(text, open, end);
  walk.elements += 1;
  if (walk.elements > XML_ELEMENTS_MAX)
    throw new Refusal(`the XML has more than ${XML_ELEMENTS_MAX.toLocaleString('en')} elements`);
  if (text[end - 2] === '/') return;
  walk.depth += 1;
  if (walk.depth > XML_DEPTH_MAX) throw new Refusal(`the XML is deeper than ${XML_DEPTH_MAX} levels`);
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
    else if (character === '<') throw new Refusal('the XML is not well-formed: a tag in a tag');
  }
  throw new Refusal('the XML has a tag that does not end, or is too long');
}

function refuseText(text: string, start: number, end: number): void {
  if (end - start > XML_TEXT_MAX) throw longText();
  refuseReferences(text, start, end);
}

/** Only within the bounds: a search to the end of the text, for every element, would take the square of its length. */
function refuseReferences(text: string, start: number, end: number): void {
  const part = text.slice(start, end);
  for (let at = part.indexOf('&'); at >= 0; at = part.indexOf('&', at + 1)) {
    if (!REFERENCE.test(part.slice(at, at + REFERENCE_LENGTH)))
      throw new Refusal('the XML names an entity of its own, or has a bare “&”');
  }
}

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw new Refusal(`the XML ends before a “${mark}”`);
  return at + mark.length;
}

function longText(): Refusal {
  return new Refusal(`the XML has a text of more than ${XML_TEXT_MAX.toLocaleString('en')} characters`);
}
