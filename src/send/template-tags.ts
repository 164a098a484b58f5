/*
 * Handlebars's tags as they stand in the source: enough of its scanner to find where a tag begins and ends, exactly
 * where it does and in one pass. What a tag means is for the parser to say.
 */

export interface Tag {
  readonly start: number;
  /** With the backslashes before it; where braces are printed as they are (`\{{`), that backslash and two braces. */
  readonly source: string;
}

/** In order. Ends where the parser will fail: at a tag that is not closed, or has what no tag may have. */
export function findTags(source: string): Tag[] {
  const tags: Tag[] = [];
  let done = 0;
  for (let open = source.indexOf('{{'); open >= 0; open = source.indexOf('{{', done)) {
    let start = open;
    while (start > done && source[start - 1] === '\\') start -= 1;
    const end = open - start === 1 ? open + 2 : tagEnd(source, open);
    if (end < 0) break;
    tags.push({ start, source: source.slice(start, end) });
    done = end;
  }
  return tags;
}

const COMMENT = /\{\{~?!--[^]*?--~?\}\}|\{\{~?!(?!--)[^]*?\}\}/y;
const OPENING = /\{\{(?:\{\{|~?\{)?/y;
/** Strings and `[names]`, in which braces mean nothing, and all other characters but braces. */
const INSIDE = /[^"'[{}]+|"(?:\\"|[^"])*"|'(?:\\'|[^'])*'|\[(?:\\\]|[^\]])*\]/y;
const CLOSING = /\}\}\}\}|\}~?\}\}|\}\}/y;

/** Where the tag that begins at `open` ends, or -1. */
function tagEnd(source: string, open: number): number {
  if (/^\{\{~?!/.test(source.slice(open, open + 4))) return after(COMMENT, source, open);
  let end = after(OPENING, source, open);
  for (let next = end; next >= 0; next = after(INSIDE, source, end)) end = next;
  return after(CLOSING, source, end);
}

/** Where what the sticky pattern matches at `start` ends, or -1. */
function after(pattern: RegExp, source: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(source) ? pattern.lastIndex : -1;
}

/** The sign of a block's tag (`#`, `^`, `/`), or `else` before another condition; and what follows it. */
const BLOCK = /^\\*\{\{~?(?:(#>|#\*?|\/|\^(?=\s*[^\s~}]))\s*|\s*(else)\s+(?=[^\s~}]))([^\s}~|]*)/;

/** The innermost `{{#…}}` that has no `{{/…}}`; null where every block is closed. */
export function findOpenBlock(source: string): { readonly name: string; readonly start: number } | null {
  const open: { name: string; start: number }[] = [];
  for (const tag of findTags(source)) {
    const [, sign, , name = ''] = BLOCK.exec(tag.source) ?? [];
    if (sign === '/') open.pop();
    else if (sign) open.push({ name, start: tag.start });
  }
  return open.at(-1) ?? null;
}

/** Things may stand in each other so deep. 47 prefectures in a chain of `{{else if}}` fit well. */
const DEPTH_MAX = 250;

/**
 * What has to be refused before anybody parses it, for the parser's time grows with the cube of the depth, and all work
 * on the tree is recursive. Each `{{else if}}` counts as a block in the one before, as it does for the parser.
 */
export function findExcess(source: string): { readonly start: number; readonly message: string } | null {
  const open: number[] = [];
  let depth = 0;
  for (const { start, source: tag } of findTags(source)) {
    if (tag.startsWith('{{{{')) {
      return {
        start,
        message: 'raw blocks ({{{{…}}}}) are not supported: write \\{{ for braces as they are',
      };
    }
    if (tag.split('(').length - 1 > DEPTH_MAX) {
      return { start, message: `a tag may have ${DEPTH_MAX} parentheses at most` };
    }
    const [block, sign] = BLOCK.exec(tag) ?? [];
    if (block === undefined) continue;
    if (sign === '/') {
      depth -= open.pop() ?? 0;
      continue;
    }
    open.push(sign ? 1 : (open.pop() ?? 0) + 1);
    depth += 1;
    if (depth > DEPTH_MAX)
      return { start, message: `blocks may stand ${DEPTH_MAX} deep in each other, not more` };
  }
  return null;
}

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** Lines end as Handlebars counts them: CRLF, CR or LF. */
export function positionAt(source: string, offset: number): Position {
  const lines = source.slice(0, offset).split(/\r\n?|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** The inverse of `positionAt`. */
export function offsetAt(source: string, position: Position): number {
  const ends = /\r\n?|\n/g;
  let start = 0;
  for (let line = 1; line < position.line && ends.exec(source); line++) start = ends.lastIndex;
  return Math.min(start + position.column - 1, source.length);
}
