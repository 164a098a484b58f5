import { nearMiss } from '../config/near-miss.ts';

/** A variable of the mail, held against the rows. */
export interface VariableUse {
  readonly name: string;
  /** Some row of the list has it, were it one that gets no mail. */
  readonly inList: boolean;
  /** Sendable rows that do not have it. */
  readonly missing: number;
  /** Sendable rows that have it with nothing in it but blanks. */
  readonly empty: number;
  /** The column that was meant, most likely, where no row has the variable. */
  readonly suggestion: string | null;
}

type Data = Readonly<Record<string, unknown>>;

/** What every mail can read, whatever its list has (`writeLetters` fills them in). */
const BUILT_IN: readonly string[] = ['email', 'campaign', 'unsubscribeUrl'];
/** Names of columns are gathered from so many rows: those of a CSV are all in the first, NDJSON may vary a little. */
const COLUMN_ROWS_MAX = 1_000;
/** And no more of them than anybody can mean; a list of generated keys must not fill the memory. */
const COLUMNS_MAX = 1_000;
/** Longer ones are no near miss of anything. */
const COLUMN_CHARS_MAX = 100;

/** Counts over all rows which of the mail's variables they lack. What a list has and the mail does not read is fine. */
export class VariableTally {
  readonly #counts: Map<string, { missing: number; empty: number }>;
  readonly #unseen: Set<string>;
  readonly #columns = new Set<string>();
  #rows = 0;

  constructor(variables: Iterable<string>) {
    const own = [...variables].filter((name) => !BUILT_IN.includes(name));
    this.#counts = new Map(own.map((name) => [name, { missing: 0, empty: 0 }]));
    this.#unseen = new Set(own);
  }

  /** Any row. */
  see(data: Data): void {
    this.#rows += 1;
    for (const name of this.#unseen) if (Object.hasOwn(data, name)) this.#unseen.delete(name);
    if (this.#rows > COLUMN_ROWS_MAX || this.#columns.size >= COLUMNS_MAX) return;
    for (const name of Object.keys(data)) {
      if (name.length <= COLUMN_CHARS_MAX && this.#columns.size < COLUMNS_MAX) this.#columns.add(name);
    }
  }

  /** A row that would get the mail. */
  count(data: Data): void {
    for (const [name, counts] of this.#counts) {
      if (!Object.hasOwn(data, name)) counts.missing += 1;
      else if (isEmpty(data[name])) counts.empty += 1;
    }
  }

  result(): VariableUse[] {
    return [...this.#counts].map(([name, counts]) => {
      const inList = !this.#unseen.has(name);
      return { name, inList, ...counts, suggestion: inList ? null : nearMiss(name, [...this.#columns]) };
    });
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}
