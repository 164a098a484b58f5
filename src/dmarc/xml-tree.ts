import { Refusal } from './refusal.ts';
import { scanXml } from './xml-scan.ts';

/** An element without its attributes. */
export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  /** Its own, as it is written, with white space around it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/**
 * Reads an XML text part by part: each element right below the root, whole, and the next when that one was taken. So no more than
 * one of them is in memory at a time, however many there are.
 *
 * @throws Refusal where the bytes are no XML that a report could be; parts that came before have been given all the same
 */
export function readParts(bytes: Buffer, root: string, onPart: (part: XmlElement) => void): void {
  scanXml(decoded(bytes), new TreeMaker(root, onPart));
}

/** The first element of that name within another; null where there is none. */
export function child(element: XmlElement | null, name: string): XmlElement | null {
  return element?.children.find((one) => one.name === name && one.children.length > 0) ?? null;
}

/** All elements of that name that have elements in them. */
export function children(element: XmlElement | null, name: string): readonly XmlElement[] {
  return element?.children.filter((one) => one.name === name && one.children.length > 0) ?? [];
}

/** The text of the first element of that name, without white space around it; null where it is missing or empty. */
export function textOf(element: XmlElement | null, name: string): string | null {
  return element?.children.find((one) => one.name === name)?.text.trim() || null;
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: OpenElement[];
}

class TreeMaker {
  readonly #root: string;
  readonly #onPart: (part: XmlElement) => void;
  readonly #open: OpenElement[] = [];
  #isWithin = false;

  constructor(root: string, onPart: (part: XmlElement) => void) {
    this.#root = root;
    this.#onPart = onPart;
  }

  open(name: string): void {
    if (this.#isWithin) {
      const element = { name, text: '', children: [] };
      this.#open.at(-1)?.children.push(element);
      this.#open.push(element);
      return;
    }
    if (name !== this.#root) throw new Refusal(`the XML is no DMARC report: its root is no <${this.#root}>`);
    this.#isWithin = true;
  }

  text(text: string): void {
    const element = this.#open.at(-1);
    if (element) element.text += text;
  }

  close(): void {
    const element = this.#open.pop();
    if (element && this.#open.length === 0) this.#onPart(element);
  }
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
