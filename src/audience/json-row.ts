import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { MergeData } from './merge-data.ts';

/** Why a line is no row: one sentence that shows nothing of it, and the character (from 1) where it goes wrong. */
export interface LineProblem {
  readonly problem: string;
  readonly column?: number;
}

/** Far more than any row has, and few enough for whoever walks through it. */
const DEPTH_MAX = 100;

/**
 * The JSON object on a line; null where there is none. Of a key that stands there twice the last one counts, as
 * everywhere in JavaScript. A whole number that a JavaScript number can't hold, such as a long customer number, is kept
 * as the text of its digits.
 */
export function parseRow(line: string): MergeData | null {
  const value = parsedJson(line);
  if (!isObject(value)) return null;
  const data = new MergeData();
  for (const name of Object.keys(value)) {
    const field = value[name];
    if (typeof field === 'object' && !isShallow(field, DEPTH_MAX)) return null;
    data[name] = field;
  }
  return data;
}

/** As many digits as the smallest whole number has that is not exact. */
const MANY_DIGITS = /\d{16}/;

/** Undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return MANY_DIGITS.test(text) ? JSON.parse(text, exactNumber) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Gets the number's text from the engine too (ECMAScript's "JSON.parse source text access"). */
function exactNumber(_key: string, value: unknown, ...context: unknown[]): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const [access] = context;
  if (!isObject(access)) return value;
  const source = access['source'];
  return typeof source === 'string' && WHOLE_NUMBER.test(source) ? source : value;
}

const WHOLE_NUMBER = /^-?\d+$/;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

/** What is wrong with a line that `parseRow` refused. */
export function problemOf(line: string): LineProblem {
  const value = parsedJson(line);
  if (isObject(value)) return { problem: `this row is nested deeper than ${DEPTH_MAX} levels` };
  if (Array.isArray(value)) return { problem: `this line is a list, and not a JSON object${HINT}` };
  if (value !== undefined) return { problem: `this line is a single value, and not a JSON object${HINT}` };
  const error = syntaxError(line);
  if (!error) return { problem: `this line is not JSON${HINT}` };
  return {
    problem: `this line is not JSON (${wordsOf(error)})${HINT}`,
    column: error.offset + 1,
  };
}

const HINT = ': each row is an object on a line of its own, such as {"email": "ann@example.com"}';

/** JSON.parse does not say where it stopped, or quotes the line; this parser does the first and not the second. */
function syntaxError(line: string): ParseError | undefined {
  const errors: ParseError[] = [];
  try {
    parse(line, errors, { disallowComments: true });
  } catch {
    // Nested so deep that it ran out of stack: then there is no place to name.
  }
  return errors[0];
}

/** `PropertyNameExpected` as `property name expected`. */
function wordsOf(error: ParseError): string {
  return printParseErrorCode(error.error)
    .replaceAll(/([A-Z])/g, ' $1')
    .trim()
    .toLowerCase();
}
