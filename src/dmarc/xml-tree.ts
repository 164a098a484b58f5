import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { XML_DEPTH_MAX } from './bounds.ts';
import { Refusal } from './refusal.ts';
import { scanXml } from './xml-scan.ts';

/** An element's parts by name, without namespaces and attributes; an element of text is its text. */
export type XmlElement = { readonly [name: string]: unknown };

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: false,
  maxNestedTags: XML_DEPTH_MAX,
});

/**
 * The one element that an XML text consists of. Entities are never expanded by the parser; references to characters are read
 * when a text is asked for.
 *
 * @throws Refusal where the bytes are no XML that a report could be
 */
export function parseXml(bytes: Buffer, root: string): XmlElement {
  const text = decoded(bytes);
  scanXml(text);
  const element = tree(text)[root];
  if (!isElement(element)) throw new Refusal(`the XML is no DMARC report: it has no single <${root}>`);
  return element;
}

/** The first element of that name within another; null where there is none. */
export function child(element: XmlElement | null, name: string): XmlElement | null {
  return children(element, name)[0] ?? null;
}

/** All elements of that name that have elements in them. */
export function children(element: XmlElement | null, name: string): XmlElement[] {
  return all(element, name).filter(isElement);
}

/** The text of the first element of that name, without white space around it; null where it is missing or empty. */
export function textOf(element: XmlElement | null, name: string): string | null {
  const [value] = all(element, name);
  const text = isElement(value) ? value['#text'] : value;
  if (typeof text !== 'string') return null;
  return unescaped(text).trim() || null;
}

function all(element: XmlElement | null, name: string): readonly unknown[] {
  if (element === null || !Object.hasOwn(element, name)) return [];
  const value = element[name];
  return Array.isArray(value) ? value : [value];
}

function tree(text: string): XmlElement {
  try {
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) throw new Error(`${verdict.err.msg} (line ${verdict.err.line})`);
    const parsed: unknown = parser.parse(text);
    return isElement(parsed) ? parsed : {};
  } catch (thrown) {
    throw new Refusal(`the XML is not well-formed: ${clause(thrown)}`, { cause: thrown });
  }
}

function clause(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : 'it can not be read';
  return text
    .slice(0, 200)
    .replaceAll(/\s+/g, ' ')
    .replace(/\.+(?=$| \()/, '');
}

/** By the byte order mark, or the declaration (XML 1.0, F); UTF-8 where neither says. */
function decoded(bytes: Buffer): string {
  const head = bytes.subarray(0, 200).toString('latin1');
  const named = /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]{1,40})["']/i.exec(
    head,
  )?.[1];
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe ? 'utf-16be' : null;
  const encoding = mark ?? named ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new Refusal(`the XML is no ${encoding} text`, { cause: thrown });
  }
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (_all, hex?: string, digits?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? '';
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}

function isElement(value: unknown): value is XmlElement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
