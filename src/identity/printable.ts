import type { DomainItem } from './domain-check.ts';

/** A hostile record may have 64 KB; people read the beginning. */
const CHARACTERS_MAX = 4_000;

/**
 * What came from DNS, for terminals and logs: control characters, among them those that move a cursor or turn the direction of text round,
 * as `\u{1b}`, and not more than 4,000 characters.
 */
function printable(text: string): string {
  const shown =
    text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}… (${text.length} characters)` : text;
  return shown.replace(/[\p{C}\u2028\u2029]/gu, (character) =>
    character === '\n' ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Records in lines of their own keep their lines in `expected` only. */
export function printableItem(item: DomainItem): DomainItem {
  return {
    ...item,
    found: oneLine(item.found),
    expected: item.expected === null ? null : printable(item.expected),
    todo: item.todo.map(oneLine),
  };
}

/** For everything that is one line. */
export function oneLine(text: string): string {
  return printable(text).replaceAll('\n', '\\u{a}');
}
