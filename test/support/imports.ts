import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** From the top of the repository, with slashes. */
  readonly path: string;
  readonly source: string;
  /** What it imports: packages by their specifier, files by their path from the top. */
  readonly imports: readonly string[];
}

/** The files that a pattern finds, with what they import. */
export function readSources(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: ROOT }).map((found) => {
    const path = slashed(found);
    const source = readFileSync(resolve(ROOT, found), 'utf8');
    return { path, source, imports: specifiersIn(source).map((specifier) => resolved(path, specifier)) };
  });
}

function resolved(importer: string, specifier: string): string {
  return specifier.startsWith('.')
    ? slashed(relative(ROOT, resolve(ROOT, dirname(importer), specifier)))
    : specifier;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

/**
 * What a module imports and re-exports, types included, in the order of the kinds below. No parser: the formatter
 * leaves few ways to write an import, and the compiler none to write one that is not a literal here.
 */
export function specifiersIn(source: string): string[] {
  const kinds = [
    // import … from 'x', export … from 'x', over any number of lines
    /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
    // import 'x'
    /^[ \t]*import\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
    // import('x'), as an expression or in a type, and require('x')
    /\b(?:import|require(?:\.resolve)?)\s*\(\s*(['"`])(?<specifier>[^'"`\n]+)\1/g,
  ];
  return kinds.flatMap((kind) =>
    [...source.matchAll(kind)].flatMap(({ groups }) => groups?.['specifier'] ?? []),
  );
}
