import Handlebars from 'handlebars';
import type { MergeData } from './merge.ts';

/** The helpers that a template may use, with the number of values that each wants. */
export const HELPERS: ReadonlyMap<string, { readonly values: number; readonly block: boolean }> = new Map([
  ['if', { values: 1, block: true }],
  ['unless', { values: 1, block: true }],
  ['each', { values: 1, block: true }],
  ['with', { values: 1, block: true }],
  ['lookup', { values: 2, block: false }],
]);

/** Handlebars for ourselves: without its helper that writes to the console, and deaf to what others register. */
const handlebars = Handlebars.create();
handlebars.unregisterHelper('log');
handlebars.unregisterHelper('helperMissing');

/** A field may have the name of a helper that templates do not have (`{{log}}`). */
const COMPILE = {
  knownHelpersOnly: true,
  knownHelpers: {
    ...Object.fromEntries([...HELPERS.keys()].map((name) => [name, true])),
    log: false,
    helperMissing: false,
    blockHelperMissing: false,
  },
};

/** Said outright, so that a name which only a prototype has is empty without a warning on the console. */
const RUN = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };

/** Writes a mail, or a part of one. The data must come from `mergeContext`. */
type Renderer = (context: MergeData) => string;

export const escapeHtml: (text: string) => string = handlebars.escapeExpression;

/** A template as a whole. In HTML what tags write is escaped, in plain text it is not. */
export function sourceRenderer(source: string, escape: boolean): Renderer {
  const { body } = parseSource(source);
  if (!escape) body.forEach(stopEscaping);
  return statementRenderer(body);
}

/**
 * Statements of parsed templates, one after the other. White space around tags was dealt with when they were parsed,
 * where they stood: here only `ignoreStandalone` keeps Handlebars from judging it again by their new neighbours.
 */
export function statementRenderer(body: readonly hbs.AST.Statement[]): Renderer {
  const [first] = body;
  if (!first) return () => '';
  const program = { type: 'Program', body: [...body], blockParams: [], strip: {}, loc: first.loc };
  keepApart(program);
  const render = handlebars.compile(program, { ...COMPILE, ignoreStandalone: true });
  return (context) => render(context, RUN);
}

/** Has tags write what they find as it is, as tags of three braces do. */
export function stopEscaping(statement: hbs.AST.Statement): void {
  if (isMustache(statement)) statement.escaped = false;
  for (const program of programsOf(statement)) program.body.forEach(stopEscaping);
}

/**
 * Handlebars joins what it writes with `+`, so that `{{{a}}}{{{b}}}` at the start of a template or block writes 3 for
 * the numbers 1 and 2. Something empty between them makes it text.
 */
function keepApart(program: hbs.AST.Program): void {
  const [first, second] = program.body.filter(
    (node) => !isComment(node) && !(isContent(node) && node.value === ''),
  );
  if (first && second && mayWriteNumber(first) && mayWriteNumber(second)) {
    program.body.splice(program.body.indexOf(second), 0, emptyStatement(second.loc));
  }
  for (const statement of program.body) programsOf(statement).forEach(keepApart);
}

function mayWriteNumber(statement: hbs.AST.Statement): boolean {
  return isMustache(statement) ? !statement.escaped : isBlock(statement);
}

function programsOf(statement: hbs.AST.Statement): hbs.AST.Program[] {
  if (!isBlock(statement)) return [];
  return [statement.program, statement.inverse].filter(
    (program) => program !== undefined && program !== null,
  );
}

/** Constant text as a statement. */
export function contentStatement(value: string, loc: hbs.AST.SourceLocation): hbs.AST.Statement {
  const content = { type: 'ContentStatement', value, original: value, loc };
  return content;
}

/** A tag for something that is never there. */
function emptyStatement(loc: hbs.AST.SourceLocation): hbs.AST.Statement {
  const path = {
    type: 'PathExpression',
    data: true,
    depth: 0,
    parts: ['nothing'],
    original: '@nothing',
    loc,
  };
  const mustache = { type: 'MustacheStatement', path, params: [], escaped: true, strip: {}, loc };
  return mustache;
}

/** The syntax tree, white space around tags dealt with. Throws what Handlebars throws. */
export function parseSource(source: string): hbs.AST.Program {
  return handlebars.parse(source);
}

/** Where Handlebars's scanner stood when it threw; its error does not say. Null where that can't be told. */
export function scannerState(): {
  readonly line: number;
  readonly column: number;
  readonly token: string;
} | null {
  const lexer = property(property(Handlebars, 'Parser'), 'lexer');
  const place = property(lexer, 'yylloc');
  const line = property(place, 'first_line');
  const column = property(place, 'first_column');
  const token = property(lexer, 'match');
  if (typeof line !== 'number' || typeof column !== 'number' || typeof token !== 'string') return null;
  return { line, column: column + 1, token };
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/* What Handlebars's types leave open: which node a node is. */

export const isContent = (node: hbs.AST.Node): node is hbs.AST.ContentStatement & { value: string } =>
  node.type === 'ContentStatement';
export const isComment = (node: hbs.AST.Node): node is hbs.AST.CommentStatement =>
  node.type === 'CommentStatement';
export const isMustache = (node: hbs.AST.Node): node is hbs.AST.MustacheStatement =>
  node.type === 'MustacheStatement';
/** Either of a block's programs may be missing. */
export const isBlock = (node: hbs.AST.Node): node is BlockStatement => node.type === 'BlockStatement';
export const isPath = (node: hbs.AST.Node): node is hbs.AST.PathExpression => node.type === 'PathExpression';
export const isCall = (node: hbs.AST.Node): node is hbs.AST.SubExpression => node.type === 'SubExpression';

export interface BlockStatement extends Omit<hbs.AST.BlockStatement, 'program' | 'inverse' | 'path'> {
  path: hbs.AST.PathExpression | hbs.AST.Literal;
  program?: hbs.AST.Program;
  inverse?: hbs.AST.Program;
}
