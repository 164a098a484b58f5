/** C0 and C1 controls, DEL, and Unicode's line and paragraph separators: everything that can end or upset a line. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/** Position (UTF-16 units) of the first control character, or -1. */
export function controlAt(text: string): number {
  return text.search(CONTROL);
}

/**
 * The text as it may stand in a header: each control character becomes one space. Character by character, not
 * run by run, so that doing it to the parts and doing it to the whole give the same.
 */
export function onOneLine(text: string): string {
  return CONTROL.test(text) ? text.replaceAll(CONTROLS, ' ') : text;
}
