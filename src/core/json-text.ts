/** Letters, digits and marks of ASCII but quote and backslash: in JSON they are themselves. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** The text as JSON. Nearly every id, address and link is plain, and the test costs a third of the writing. */
export function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Longer ones would more than double where they are not ASCII. */
const ESCAPED_CHARS_MAX = 64;

/**
 * What stands between the quotes of a text that is part of JSON which is a text of JSON itself. What is short is ASCII, with
 * escapes: one Japanese name would make all of a text of forty kilobytes twice as large in memory, and several times as slow to
 * encode.
 */
export function nestedJsonText(text: string): string {
  if (PLAIN.test(text)) return text;
  if (text.length > ESCAPED_CHARS_MAX) return JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1);
  let escaped = '';
  let done = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x20 && code <= 0x7e && code !== QUOTE && code !== BACKSLASH) continue;
    escaped += text.slice(done, at) + escapeOf(code);
    done = at + 1;
  }
  return escaped + text.slice(done);
}

/** At most so many bytes of a text of JSON, the inner one: with escapes six a unit. */
export function nestedBytesMax(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return text.length > ESCAPED_CHARS_MAX ? Buffer.byteLength(JSON.stringify(text)) : 6 * text.length;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** By code unit; those that were needed so far. */
const escapes: string[] = [];

/** `\u6c0f`, whose backslash is escaped once more. */
function escapeOf(code: number): string {
  const known = escapes[code];
  if (known !== undefined) return known;
  const escape = `\\\\u${code.toString(16).padStart(4, '0')}`;
  escapes[code] = escape;
  return escape;
}
