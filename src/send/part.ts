import { controlAt } from './control.ts';
import { isBlock, isContent, parseSource } from './engine.ts';
import { parseProblem } from './parse-error.ts';
import type { PartRules } from './slots.ts';
import { findExcess, offsetAt, type Position, positionAt } from './template-tags.ts';
import { textTemplateFromHtml } from './text.ts';
import { type Reading, readTemplate } from './vocabulary.ts';

export type MailPart = 'subject' | 'html' | 'text';

export interface TemplateProblem extends Position {
  readonly part: MailPart;
  /** One plain line. */
  readonly message: string;
}

/** One part of a mail, understood as far as it can be. */
export interface ParsedPart {
  readonly part: MailPart;
  readonly source: string;
  /** Null where there are problems. */
  readonly program: hbs.AST.Program | null;
  readonly reading: Reading | null;
  readonly problems: readonly TemplateProblem[];
}

/** A line of a header has at most 998 characters (RFC 5322, 2.1.1), and no reader sees a tenth of that. */
const SUBJECT_CHARS_MAX = 998;
/** Gmail cuts a mail at 102 KB; five times that is nobody's newsletter. */
const HTML_BYTES_MAX = 512 * 1024;
const TEXT_BYTES_MAX = 128 * 1024;
/** Nobody reads more at a time; the first ones tend to explain the others. */
const PROBLEMS_MAX = 20;

export const RULES: Readonly<Record<MailPart, PartRules>> = {
  subject: { escape: false, oneLine: true },
  html: { escape: true, oneLine: false },
  text: { escape: false, oneLine: false },
};

/** Parses a part and holds it against everything that can be said without data. */
export function parsePart(part: MailPart, source: string): ParsedPart {
  const failed = (problems: readonly TemplateProblem[]) => ({
    part,
    source,
    program: null,
    reading: null,
    problems,
  });
  const unfit = unfitness(part, source);
  if (unfit) return failed([unfit]);
  let program: hbs.AST.Program;
  try {
    program = parseSource(source);
  } catch (thrown) {
    return failed([{ part, ...parseProblem(source, thrown) }]);
  }
  const reading = readTemplate(program);
  const problems = reading.problems.map((found) => ({ part, ...found }));
  const broken = part === 'subject' ? lineBreak(source, program) : null;
  if (broken) problems.push(broken);
  return problems.length > 0
    ? failed(problems.slice(0, PROBLEMS_MAX))
    : { part, source, program, reading, problems };
}

/** What is wrong with a source before anybody tries to understand it. */
function unfitness(part: MailPart, source: string): TemplateProblem | null {
  const bytes = Buffer.byteLength(source);
  const limit = part === 'html' ? HTML_BYTES_MAX : TEXT_BYTES_MAX;
  if (part === 'subject') {
    if (source.trim() === '') return problem(part, 'the subject is empty');
    if (source.length > SUBJECT_CHARS_MAX) {
      return problem(
        part,
        `the subject has ${figure(source.length)} characters, ${figure(SUBJECT_CHARS_MAX)} at most`,
      );
    }
  } else if (bytes > limit) {
    return problem(part, `the ${part} has ${figure(bytes)} bytes, ${figure(limit)} at most`);
  }
  const nul = source.indexOf('\0');
  if (nul >= 0)
    return { part, ...positionAt(source, nul), message: 'a NUL character (U+0000) cannot be in a mail' };
  if (!source.isWellFormed())
    return problem(part, 'it has half of a surrogate pair in it, which no mail can carry');
  const excess = findExcess(source);
  return excess ? { part, ...positionAt(source, excess.start), message: excess.message } : null;
}

/** Constant line breaks in a subject; those that `~` removes do no harm. */
function lineBreak(source: string, program: hbs.AST.Program): TemplateProblem | null {
  for (const statement of program.body) {
    if (isContent(statement) && controlAt(statement.value) >= 0) {
      const { line, column } = statement.loc.start;
      const start = offsetAt(source, { line, column: column + 1 });
      const place = positionAt(source, start + Math.max(controlAt(source.slice(start)), 0));
      return {
        part: 'subject',
        ...place,
        message: 'a subject cannot have a line break or another control character',
      };
    }
    const inner = isBlock(statement) ? [statement.program, statement.inverse] : [];
    for (const branch of inner) {
      const found = branch ? lineBreak(source, branch) : null;
      if (found) return found;
    }
  }
  return null;
}

/** The text part that nobody wrote; null where the html is images without a word. Its places would mean nothing. */
export function textPart(html: string): ParsedPart | null {
  const made = textTemplateFromHtml(html);
  if (made.kind === 'text' && made.text.trim() === '') return null;
  const parsed = made.kind === 'text' ? parsePart('text', made.text) : null;
  if (parsed?.program) return parsed;
  const reason = parsed?.problems[0]?.message;
  const message =
    made.kind === 'problem' ? made.message : `the text made from the html: ${reason}; give content.text`;
  return { part: 'text', source: '', program: null, reading: null, problems: [problem('text', message)] };
}

/** A problem of a part as a whole. */
export function problem(part: MailPart, message: string): TemplateProblem {
  return { part, line: 1, column: 1, message };
}

/** A number as people read it: 12,345. */
export function figure(count: number): string {
  return count.toLocaleString('en-US');
}
