import { domainToUnicode } from 'node:url';
import type { Address } from '../core/address.ts';

/**
 * Where a text names a person: the address as a word of its own, in any case, with its domain in punycode or in its own
 * script, also as a link has it (`%40`). `johanna@example.com` does not name `anna@example.com`.
 */
export class Mention {
  /** What every text that names the person has in it somewhere, in lower case and ASCII. */
  readonly needles: readonly string[];
  readonly #pattern: RegExp;

  constructor({ normal, domain }: Pick<Address, 'normal' | 'domain'>) {
    const local = normal.slice(0, normal.lastIndexOf('@'));
    this.needles = distinct([local, encodeURIComponent(local).toLowerCase()]);
    const domains = distinct([domain, domainToUnicode(domain), encodeURIComponent(domainToUnicode(domain))]);
    this.#pattern = new RegExp(
      // A link's escape before the address ends in a letter or digit that is not part of it.
      `(?:(?<![\\w.+-])|(?<=%[0-9a-f]{2}))(?:${anyOf(this.needles)})"?(?:@|%40)(?:${anyOf(domains)})(?![\\w-]|\\.\\w)`,
      'giu',
    );
  }

  isIn(text: string): boolean {
    return text.search(this.#pattern) >= 0;
  }

  replacedIn(text: string, by: string): string {
    return text.replaceAll(this.#pattern, () => by);
  }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}

function anyOf(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)).join('|');
}
