import { addressColumn, shown } from './address-column.ts';
import type { Cells } from './records.ts';

/** What the columns of a list are called, and which one has the address. */
export interface Header {
  readonly kind: 'header';
  /** Empty where a column has no name: its cells are left out. */
  readonly names: readonly string[];
  /** Index of the column with the address. */
  readonly email: number;
}

/** Why a list can't be used, in plain English, and the number of the column (from 1) where there is one to name. */
export interface HeaderProblem {
  readonly kind: 'problem';
  readonly problem: string;
  readonly column?: number;
}

/**
 * Reads the first row of a list. White space around a name is dropped; a name may stand there once only, since nobody
 * could tell which of two columns a mail means.
 *
 * @param emailColumn its exact name; where it is undefined, the one column with a usual name is taken
 */
export function readHeader(cells: Cells, emailColumn: string | undefined): Header | HeaderProblem {
  const names = cells.map((cell) => cell.trim());
  const repeated = repeatedName(names);
  if (repeated) return repeated;
  const column = addressColumn(names, emailColumn?.trim());
  switch (column.kind) {
    case 'found':
      return { kind: 'header', names, email: column.index };
    case 'missing':
      return problem(column.problem);
    case 'several':
      return problem(column.problem, column.index);
  }
}

function repeatedName(names: readonly string[]): HeaderProblem | null {
  const first = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const before = first.get(name);
    if (name !== '' && before !== undefined) {
      return problem(
        `columns ${before + 1} and ${index + 1} are both named "${shown(name)}"; rename one`,
        index,
      );
    }
    first.set(name, index);
  }
  return null;
}

function problem(text: string, index?: number): HeaderProblem {
  return index === undefined
    ? { kind: 'problem', problem: text }
    : { kind: 'problem', problem: text, column: index + 1 };
}
