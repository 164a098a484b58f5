import { scannerState } from './engine.ts';
import { findOpenBlock, offsetAt, type Position, positionAt } from './template-tags.ts';

export interface ParseProblem extends Position {
  readonly message: string;
}

/** Longest piece of a template that a message repeats. */
const QUOTE_CHARS_MAX = 40;

/**
 * What Handlebars's parser threw, as one plain line with its place. To be called right after the throw: where a
 * syntax error is, only the parser's scanner knows.
 */
export function parseProblem(source: string, thrown: unknown): ParseProblem {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const told = / - (\d+):(\d+)$/.exec(text);
  if (told) {
    const place = { line: Number(told[1]), column: Number(told[2]) + 1 };
    return { ...place, message: judgement(text.slice(0, told.index)) };
  }
  if (thrown instanceof RangeError)
    return { line: 1, column: 1, message: 'blocks stand too deep in each other' };
  const state = scannerState() ?? { line: 1, column: 1, token: '' };
  return syntaxProblem(source, state, text);
}

/** Errors that Handlebars itself gives a place. */
function judgement(text: string): string {
  const blocks = /^(.*) doesn't match (.*)$/.exec(text);
  if (blocks) return `{{#${blocks[1]}}} is closed by {{/${blocks[2]}}}`;
  return text.replace(/^Invalid path: (.*)$/, '"$1" is not the name of a value');
}

function syntaxProblem(
  source: string,
  state: Position & { readonly token: string },
  text: string,
): ParseProblem {
  const place = { line: state.line, column: state.column };
  const start = source.lastIndexOf('{{', offsetAt(source, place));
  const tag = start < 0 ? '' : tagAt(source, start);
  switch (/got '(\w+)'$/.exec(text)?.[1]) {
    case 'EOF':
      return unclosedBlock(source) ?? unclosed(source, start);
    case 'OPEN_ENDBLOCK':
      return { ...place, message: `${tag} closes a block that was not opened` };
    case 'INVERSE':
    case 'OPEN_INVERSE_CHAIN':
      return { ...place, message: `${tag} stands outside of a block, or after its last {{else}}` };
    case 'CLOSE_UNESCAPED':
      return { ...place, message: 'a tag that begins with {{ ends with }}}' };
    case 'CLOSE':
      return /Expecting .*'CLOSE_UNESCAPED'/.test(text)
        ? { ...place, message: 'a tag that begins with {{{ must end with }}}' }
        : { ...place, message: `the tag ${tag} ends too early` };
    case undefined:
      return unclosed(source, start);
    default:
      return isUnclosed(source, start)
        ? unclosed(source, start)
        : { ...place, message: `${quote(state.token)} is not expected in the tag ${tag}` };
  }
}

/** The source ended inside of a block: where that began is what helps, not where the source ends. */
function unclosedBlock(source: string): ParseProblem | null {
  const block = findOpenBlock(source);
  if (!block) return null;
  return {
    ...positionAt(source, block.start),
    message: `{{#${block.name}}} is never closed: add {{/${block.name}}}`,
  };
}

/** Whether another tag begins, or the source ends, before this one does. */
function isUnclosed(source: string, start: number): boolean {
  const end = source.indexOf('}}', start);
  const next = source.indexOf('{{', start + 2);
  return end < 0 || (next >= 0 && next < end);
}

function unclosed(source: string, start: number): ParseProblem {
  const place = positionAt(source, Math.max(start, 0));
  if (source.startsWith('{{!', start))
    return { ...place, message: 'this comment is never closed: add --}} or }}' };
  if (source.slice(0, start + 2).endsWith('{{{{'))
    return { ...place, message: 'this raw block is never closed' };
  return { ...place, message: 'this tag is never closed: add }}' };
}

function tagAt(source: string, start: number): string {
  const rest = source.slice(start);
  return quote(/^\{{2,}.*?\}\}+/.exec(rest)?.[0] ?? rest.split(/[\r\n]/)[0] ?? '');
}

function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > QUOTE_CHARS_MAX ? `"${line.slice(0, QUOTE_CHARS_MAX)}…"` : `"${line}"`;
}
