import type { Bytes } from './bytes.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Counts lines as an editor does: each ends with CRLF, LF or CR. */
export class LineCounter {
  #line = 1;
  #previous = 0;

  /** The line, from 1, on which the next character stands. */
  get line(): number {
    return this.#line;
  }

  /** @param code of a character, or a byte of a text in UTF-8 */
  pass(code: number): void {
    if (code === CARRIAGE_RETURN || (code === LINE_FEED && this.#previous !== CARRIAGE_RETURN))
      this.#line += 1;
    this.#previous = code;
  }

  passAll(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.pass(text.charCodeAt(index));
  }
}

/**
 * The line, from 1, on which the text at an offset stands; white space that begins there is skipped. It reads the text
 * again, so that nobody has to count lines as long as all is well.
 */
export async function lineAt(text: Bytes, offset: number): Promise<number> {
  const lines = new LineCounter();
  let ahead = offset;
  for await (const piece of text()) {
    for (let index = 0; index < piece.length; index += 1) {
      const byte = piece[index] ?? 0;
      if (index >= ahead && !isAsciiSpace(byte)) return lines.line;
      lines.pass(byte);
    }
    ahead -= piece.length;
  }
  return lines.line;
}

function isAsciiSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
