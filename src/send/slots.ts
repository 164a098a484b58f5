import { onOneLine } from './control.ts';
import {
  contentStatement,
  escapeHtml,
  isComment,
  isContent,
  isMustache,
  isPath,
  statementRenderer,
  stopEscaping,
} from './engine.ts';
import { type MergeData, mergeContext, ownValue, textOf } from './merge.ts';
import { headOf } from './vocabulary.ts';

/** How the parts of a mail differ in what becomes of a value. */
export interface PartRules {
  /** HTML: `&<>"'` and the like are escaped, unless the tag has three braces. */
  readonly escape: boolean;
  /** The subject: a control character becomes a space, so that no value can begin another header. */
  readonly oneLine: boolean;
}

/** What goes into one slot of the template that SES gets. */
type Slot =
  /** The same for everybody: text that would be part of a tag if it stood beside one. */
  | { readonly kind: 'literal'; readonly text: string }
  /** A field of the recipient as it is. */
  | { readonly kind: 'field'; readonly name: string; readonly rules: PartRules }
  /** Anything else: Handlebars writes it. */
  | { readonly kind: 'statement'; readonly statement: hbs.AST.Statement; readonly oneLine: boolean };

/** Collects the slots of one mail; equal ones are one. */
export class SlotTable {
  private readonly slots: Slot[] = [];
  private readonly numbers = new Map<string, number>();

  /**
   * A part as SES gets it: each statement at the top of the tree is a slot, `{{s0}}`, and what stands between them
   * is constant. Changes the tree: in plain text nothing is escaped.
   */
  cut(program: hbs.AST.Program, rules: PartRules): string {
    const pieces: (string | Slot)[] = [];
    for (const statement of program.body) {
      if (isComment(statement)) continue;
      const piece = isContent(statement) ? statement.value : slotOf(statement, rules);
      const last = pieces.at(-1);
      // Handlebars gives text in several pieces where tags were written with a backslash.
      if (typeof piece === 'string' && typeof last === 'string') pieces.splice(-1, 1, last + piece);
      else if (piece !== '') pieces.push(piece);
    }
    return pieces.flatMap((piece, index) => this.write(piece, index > 0, index < pieces.length - 1)).join('');
  }

  get count(): number {
    return this.slots.length;
  }

  /** To be called when all parts are cut. */
  filler(reads: readonly string[] | null): SlotFiller {
    return new SlotFiller(this.slots, reads);
  }

  private write(piece: string | Slot, afterSlot: boolean, beforeSlot: boolean): string[] {
    if (typeof piece !== 'string') return [this.tag(piece)];
    return guarded(piece, afterSlot, beforeSlot).map((part) =>
      typeof part === 'string' ? part : this.tag(part),
    );
  }

  private tag(slot: Slot): string {
    const key = keyOf(slot);
    const known = this.numbers.get(key);
    const number = known ?? this.slots.length;
    if (known === undefined) {
      this.slots.push(slot);
      this.numbers.set(key, number);
    }
    return `{{s${number}}}`;
  }
}

/**
 * Between what several statements wrote. Data may hold it too: then there are more pieces than statements, and
 * they are written one by one.
 */
const SEPARATOR = '\u001e';

/** Writes the values of a mail's slots for one recipient after the other. */
class SlotFiller {
  private readonly slots: readonly Slot[];
  private readonly reads: readonly string[] | null;
  private readonly together: (context: MergeData) => string[];

  /** @param reads the fields that statements may read, or null for all */
  constructor(slots: readonly Slot[], reads: readonly string[] | null) {
    this.slots = slots;
    this.reads = reads;
    this.together = statementsRenderer(
      slots.flatMap((slot) => (slot.kind === 'statement' ? [slot.statement] : [])),
    );
  }

  /** The values in the slots' order. */
  values(data: MergeData): string[] {
    let written: string[] | null = null;
    let next = 0;
    return this.slots.map((slot) => {
      if (slot.kind === 'literal') return slot.text;
      if (slot.kind === 'field') return fieldText(data, slot.name, slot.rules);
      written ??= this.together(mergeContext(data, this.reads));
      const text = written[next++] ?? '';
      return slot.oneLine ? onOneLine(text) : text;
    });
  }
}

function fieldText(data: MergeData, name: string, rules: PartRules): string {
  const text = textOf(ownValue(data, name));
  const escaped = rules.escape ? escapeHtml(text) : text;
  return rules.oneLine ? onOneLine(escaped) : escaped;
}

/** One call of Handlebars for all statements costs half of what one call each does. */
function statementsRenderer(statements: readonly hbs.AST.Statement[]): (context: MergeData) => string[] {
  const [first] = statements;
  if (!first) return () => [];
  const separator = contentStatement(SEPARATOR, first.loc);
  const together = statementRenderer(statements.flatMap((statement) => [statement, separator]).slice(0, -1));
  const alone = statements.map((statement) => statementRenderer([statement]));
  return (context) => {
    const texts = together(context).split(SEPARATOR);
    return texts.length === statements.length ? texts : alone.map((render) => render(context));
  };
}

/** Runs of the characters that tags are made of, and of the one that takes a tag's meaning away. */
const TAG_CHARACTERS = /[\\{}]+/g;

/**
 * Constant text with those runs taken out that would look like a tag, or change one: `{{` anywhere, and any run that
 * touches a slot (`{{{s0}}}` and `\{{s0}}` mean something else). All other braces, CSS's for instance, stay.
 */
function guarded(text: string, afterSlot: boolean, beforeSlot: boolean): (string | Slot)[] {
  const parts: (string | Slot)[] = [];
  let done = 0;
  for (const { 0: run, index } of text.matchAll(TAG_CHARACTERS)) {
    const end = index + run.length;
    const touches = (afterSlot && index === 0) || (beforeSlot && end === text.length);
    if (!touches && !run.includes('{{')) continue;
    parts.push(text.slice(done, index), { kind: 'literal', text: run });
    done = end;
  }
  return [...parts, text.slice(done)];
}

function slotOf(statement: hbs.AST.Statement, rules: PartRules): Slot {
  if (!rules.escape) stopEscaping(statement);
  const field = plainField(statement);
  if (!field) return { kind: 'statement', statement, oneLine: rules.oneLine };
  return { kind: 'field', name: field.name, rules: { ...rules, escape: field.escape } };
}

/** `{{name}}`, `{{this.name}}` and `{{{name}}}` at the top of the tree. The vocabulary has been checked. */
function plainField(statement: hbs.AST.Statement): { name: string; escape: boolean } | null {
  if (!isMustache(statement) || statement.params.length > 0) return null;
  const { path, escaped } = statement;
  if (!isPath(path)) return { name: headOf(path), escape: escaped };
  const plain = !path.data && path.depth === 0 && path.parts.length === 1;
  return plain ? { name: headOf(path), escape: escaped } : null;
}

/** Two slots with one key always hold the same text. */
function keyOf(slot: Slot): string {
  switch (slot.kind) {
    case 'literal':
      return `literal ${slot.text}`;
    case 'field':
      return `field ${slot.rules.escape} ${slot.rules.oneLine} ${slot.name}`;
    case 'statement':
      return `statement ${slot.oneLine} ${JSON.stringify(slot.statement, withoutPlace)}`;
  }
}

/** Properties of a tree that say where it stood and how it was spaced, and nothing about what it writes. */
const PLACE = new Set([
  'loc',
  'strip',
  'openStrip',
  'inverseStrip',
  'closeStrip',
  'leftStripped',
  'rightStripped',
]);

function withoutPlace(this: unknown, name: string, value: unknown): unknown {
  if (PLACE.has(name)) return undefined;
  // Beside a value (of constant text, of a literal) `original` is how that was before; a path's own has a meaning.
  const beside = name === 'original' && typeof this === 'object' && this !== null && 'value' in this;
  return beside ? undefined : value;
}
