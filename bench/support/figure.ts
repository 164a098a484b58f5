/** How a figure is run. */
export interface RunOptions {
  /** Fewer and smaller runs: shows that all of it works, and roughly how things stand. */
  readonly quick: boolean;
  readonly pairs: number;
  readonly say: (text: string) => void;
}

/** One line of the table. */
export interface FigureRow {
  readonly what: string;
  /** Measured values; more than one where it ran several times. */
  readonly values: readonly number[];
  readonly unit: string;
  /** Null where nothing was asked for: published only. */
  readonly goal: { readonly sign: '>=' | '<=' | '='; readonly value: number } | null;
  readonly note?: string;
}

export interface Figure {
  readonly name: string;
  readonly about: string;
  run(options: RunOptions): Promise<FigureRow[]>;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0];
  return sorted.length % 2 === 0 ? (low + high) / 2 : high;
}

function isReached({ values, goal }: FigureRow): boolean | null {
  if (goal === null) return null;
  const value = median(values);
  if (goal.sign === '>=') return value >= goal.value;
  return goal.sign === '<=' ? value <= goal.value : value === goal.value;
}

function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** The table of all figures, as Markdown. */
export function markdownTable(rows: readonly FigureRow[]): string {
  const lines = rows.map((row) => {
    const { what, values, unit, goal, note = '' } = row;
    const spread =
      values.length > 1
        ? `${shown(Math.min(...values))} to ${shown(Math.max(...values))} (${values.length})`
        : '';
    const reached = isReached(row);
    const goalText =
      goal === null ? 'published' : `${goal.sign} ${shown(goal.value)}${reached ? '' : ', not reached'}`;
    return `| ${what} | ${shown(median(values))} ${unit} | ${spread} | ${goalText} | ${note} |`;
  });
  return ['| figure | median | from, to (runs) | goal | |', '|---|---|---|---|---|', ...lines].join('\n');
}
