import { isContent, isMustache, isPath } from './engine.ts';
import { HEADER_VALUE_CHARS_MAX, headerProblem } from './header.ts';
import { ownValue, textOf } from './merge.ts';
import { parsePart } from './part.ts';
import type { Recipient } from './payload.ts';

/** An unsubscribe URL that is not ours: a template that can name the recipient. No event of it reaches Sluice. */
export interface OwnLink {
  /** Columns that it reads. */
  readonly columns: readonly string[];
  /** The recipient's own URL, ASCII and as long as a header may be; else why it can't be written, as one plain line. */
  write(campaign: string, recipient: Recipient): WrittenLink;
}

export type WrittenLink =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'unwritable'; readonly problem: string };

export type ParsedLink =
  | { readonly kind: 'link'; readonly link: OwnLink }
  /** One plain line. */
  | { readonly kind: 'problem'; readonly problem: string };

/** A constant piece, or the path to a value. */
type Piece = string | readonly string[];

/** What a URL may consist of (RFC 3986, 2): the rest is percent-encoded, and a host has its punycode. */
const URL_CHARACTERS = /^[\w.~:/?#[\]@!$&'()*+,;=%-]*$/;
/** A host that depends on the recipient would let a list say where its readers' addresses go. */
const CONSTANT_HOST = /^https:\/\/[^/?#]+[/?#]/i;
/** What every mail can name, whatever its list has. */
const BUILT_IN: readonly string[] = ['email', 'campaign'];

/**
 * Reads such a template: `https://example.com/stop?m={{email}}&id={{customer.id}}`. Variables and dotted paths are all that may
 * stand in it, and what they write is percent-encoded, always.
 *
 * @param oneClick whether it is said to take the POST of RFC 8058, which names the recipient by the URL alone
 */
export function parseOwnLink(template: string, oneClick: boolean): ParsedLink {
  const { program, problems } = parsePart('text', template);
  if (!program) {
    const [first = { column: 1, message: 'it cannot be read' }] = problems;
    return failed(`column ${first.column}: ${first.message}`);
  }
  const pieces: Piece[] = [];
  for (const statement of program.body) {
    const piece = pieceOf(statement);
    if (typeof piece === 'object' && 'problem' in piece)
      return failed(`column ${statement.loc.start.column + 1}: ${piece.problem}`);
    pieces.push(piece);
  }
  const problem = shapeProblem(pieces, oneClick);
  return problem === null ? { kind: 'link', link: linkOf(pieces) } : failed(problem);
}

function pieceOf(statement: hbs.AST.Statement): Piece | { readonly problem: string } {
  if (isContent(statement)) return statement.value;
  if (!isMustache(statement) || statement.params.length > 0 || !isPath(statement.path))
    return { problem: 'only variables can stand in it, such as {{email}} or {{customer.id}}' };
  if (!statement.escaped)
    return { problem: 'write {{…}} with two braces: what it writes is percent-encoded, always' };
  const { data, depth, parts } = statement.path;
  if (data || depth > 0 || parts.length === 0)
    return { problem: 'only the columns of the recipient can stand in it, such as {{customer_id}}' };
  if (parts[0] === 'unsubscribeUrl') return { problem: '{{unsubscribeUrl}} is this URL itself' };
  return parts;
}

/** What is wrong with the URL, whoever it is written for; null where nothing is. */
function shapeProblem(pieces: readonly Piece[], oneClick: boolean): string | null {
  const constant = pieces.filter((piece) => typeof piece === 'string').join('');
  const sample = pieces.map((piece) => (typeof piece === 'string' ? piece : 'x')).join('');
  const isNamed = pieces.some((piece) => typeof piece !== 'string');
  const url = URL.parse(sample);
  if (url?.protocol !== 'https:') return 'it must be an https:// URL (RFC 8058, 3.1)';
  if (!URL_CHARACTERS.test(constant))
    return 'it has characters that no URL has: write them percent-encoded, and a host in punycode';
  if (url.username !== '' || url.password !== '') return 'it must not have a user in it';
  if (isNamed && !CONSTANT_HOST.test(String(pieces[0])))
    return 'its host must be the same for everybody: variables stand behind it';
  if (constant.length > HEADER_VALUE_CHARS_MAX - 2)
    return `it has ${constant.length} characters, and a header takes ${HEADER_VALUE_CHARS_MAX - 2} with what its variables write`;
  if (oneClick && !isNamed)
    return 'it names nobody, so one click cannot say who unsubscribes: put {{email}} or a column into it, or say that it does not take one click';
  return null;
}

function linkOf(pieces: readonly Piece[]): OwnLink {
  const heads = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.slice(0, 1)));
  return {
    columns: [...new Set(heads)].filter((name) => !BUILT_IN.includes(name)),
    write: (campaign, { written, data }) => {
      const everything = { ...data, email: written, campaign };
      let url = '';
      for (const piece of pieces) {
        const value = typeof piece === 'string' ? piece : valueAt(everything, piece);
        if (typeof value === 'object' && value !== null)
          return { kind: 'unwritable', problem: `{{${String(piece)}}} is a list or has fields of its own` };
        url += typeof piece === 'string' ? piece : encodeURIComponent(textOf(value));
      }
      const problem = headerProblem('List-Unsubscribe', `<${url}>`);
      return problem === null ? { kind: 'url', url } : { kind: 'unwritable', problem };
    },
  };
}

/** What data has of its own; undefined where the way ends before. */
function valueAt(data: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = data;
  for (const name of path) value = isFields(value) ? ownValue(value, name) : undefined;
  return value;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function failed(problem: string): ParsedLink {
  return { kind: 'problem', problem };
}
