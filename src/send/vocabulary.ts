/// <reference types="handlebars" preserve="true" />
import { type BlockStatement, HELPERS, isBlock, isCall, isMustache, isPath } from './engine.ts';
import type { ParseProblem } from './parse-error.ts';

/** What a template asks of its data, and what in it is not allowed. */
export interface Reading {
  readonly problems: readonly ParseProblem[];
  /** Fields of the recipient that the template names where the recipient is what it talks about. */
  readonly variables: ReadonlySet<string>;
  /** Every name that may turn out to be a field of the recipient; all of them where it reads `this` as a whole. */
  readonly reads: ReadonlySet<string> | 'everything';
}

/**
 * Walks a template's tree. Refused is what would run code that is not ours to judge (partials, decorators, helpers
 * that do not exist), and what Handlebars would only fail on when a mail is written.
 */
export function readTemplate(program: hbs.AST.Program): Reading {
  const reader = new Reader();
  reader.program(program, { level: 0, levelMin: 0, names: [] });
  return {
    problems: reader.problems,
    variables: reader.variables,
    reads: reader.whole ? 'everything' : reader.reads,
  };
}

const CHANGES_THIS = ['each', 'with'];

/** Where in the template we are. */
interface Scope {
  /** How many blocks around have changed what `this` is… */
  readonly level: number;
  /** …for certain: a section (`{{#name}}`) leaves it alone where the value is `true`. */
  readonly levelMin: number;
  /** Names that `as |name|` gives. */
  readonly names: readonly string[];
}

interface Expression extends hbs.AST.Node {
  readonly path: hbs.AST.PathExpression | hbs.AST.Literal;
  readonly params: readonly hbs.AST.Expression[];
  readonly hash?: hbs.AST.Hash;
}

type Form = 'field' | 'block' | 'value';

class Reader {
  readonly problems: ParseProblem[] = [];
  readonly variables = new Set<string>();
  readonly reads = new Set<string>();
  whole = false;

  program(program: hbs.AST.Program, scope: Scope): void {
    for (const statement of program.body) {
      if (isMustache(statement)) this.expression(statement, scope, 'field');
      else if (isBlock(statement)) this.block(statement, scope);
      else if (statement.type.startsWith('Partial')) {
        this.report(statement, 'partials ({{> …}}) are not supported: put their content here');
      } else if (statement.type.startsWith('Decorator')) {
        this.report(statement, 'decorators and inline partials ({{* …}}) are not supported');
      }
    }
  }

  private block(block: BlockStatement, scope: Scope): void {
    this.expression(block, scope, 'block');
    const section = !isHelper(block.path, scope);
    const changesThis = section || CHANGES_THIS.includes(headOf(block.path));
    const names = block.program?.blockParams ?? [];
    if ((names.length > 0 && !changesThis) || (block.inverse?.blockParams ?? []).length > 0) {
      this.report(block, '"as |name|" goes with {{#each}} and {{#with}} only');
    }
    const inside = {
      level: scope.level + (changesThis ? 1 : 0),
      levelMin: scope.levelMin + (changesThis && !section ? 1 : 0),
      names: [...scope.names, ...names],
    };
    if (block.program) this.program(block.program, inside);
    if (block.inverse) this.program(block.inverse, scope);
  }

  private expression(node: Expression, scope: Scope, form: Form): void {
    const hash = node.hash?.pairs ?? [];
    if (form === 'value' || node.params.length > 0 || hash.length > 0 || isHelper(node.path, scope)) {
      this.call(node, scope, form);
    } else {
      this.path(node.path, scope);
    }
    for (const value of [...node.params, ...hash.map((pair) => pair.value)]) {
      if (isCall(value)) this.expression(value, scope, 'value');
      else if (isPath(value)) this.path(value, scope);
    }
  }

  private call(node: Expression, scope: Scope, form: Form): void {
    const name = originalOf(node.path);
    const helper = isHelper(node.path, scope) ? HELPERS.get(name) : undefined;
    if (!helper) {
      const hint = form === 'field' ? spacedName(node) : '';
      this.report(node, `"${name}" is not a helper: there are ${[...HELPERS.keys()].join(', ')}${hint}`);
    } else if (helper.block && form !== 'block') {
      this.report(
        node,
        `"${name}" needs a block: {{#${name} …}} … {{/${name}}}; a field of this name is {{this.${name}}}`,
      );
    } else if (!helper.block && form === 'block') {
      this.report(node, `"${name}" has no block: write {{${name} …}}`);
    } else if (node.params.length !== helper.values) {
      this.report(
        node,
        `"${name}" takes ${helper.values === 1 ? 'one value' : `${helper.values} values`}, here are ${node.params.length}`,
      );
    }
  }

  private path(node: hbs.AST.Expression, scope: Scope): void {
    const path = isPath(node) ? node : null;
    const [head, next] = path ? path.parts : [originalOf(node)];
    if (path?.data) {
      if (head === 'root') this.field(next, 0, 0);
    } else if (!path || path.depth > 0 || isScoped(path) || !scope.names.includes(head ?? '')) {
      const depth = path?.depth ?? 0;
      this.field(head, scope.level - depth, scope.levelMin - depth);
    }
  }

  /** @param name undefined where the thing itself is read, not a field of it */
  private field(name: string | undefined, level: number, levelMin: number): void {
    if (name !== undefined) {
      this.reads.add(name);
      if (level === 0) this.variables.add(name);
    } else if (levelMin <= 0 && level >= 0) {
      this.whole = true;
    }
  }

  private report(node: hbs.AST.Node, message: string): void {
    this.problems.push({ line: node.loc.start.line, column: node.loc.start.column + 1, message });
  }
}

/** Whether Handlebars takes the path for a helper's name, as its compiler decides it (`classifySexpr`). */
function isHelper(node: hbs.AST.Expression, scope: Scope): boolean {
  if (isPath(node) && (node.parts.length !== 1 || node.depth > 0)) return false;
  const head = headOf(node);
  return HELPERS.has(head) && !scope.names.includes(head) && !isScoped(node);
}

/** `./name` and `this.name` are fields, whatever helpers there are. */
function isScoped(node: hbs.AST.Expression): boolean {
  return /^\.|this\b/.test(originalOf(node));
}

/** The first part of a path; a literal as a path (`{{"first name"}}`, `{{1}}`) names a field. */
export function headOf(node: hbs.AST.Expression): string {
  return isPath(node) ? (node.parts[0] ?? '') : originalOf(node);
}

/** `{{first name}}` calls a helper `first`; whoever writes it means a column of two words. */
function spacedName(node: Expression): string {
  const words = [node.path, ...node.params].map(originalOf);
  const paths = node.params.length > 0 && node.params.every(isPath) && !node.hash;
  const plain = paths && words.every((word) => /^[^@./[\]]+$/.test(word));
  return plain ? `; a name with a space in it is written {{[${words.join(' ')}]}}` : '';
}

function originalOf(node: hbs.AST.Expression): string {
  return 'original' in node ? String(node.original) : '';
}
