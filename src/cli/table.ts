import { truncate, visible, width } from '../core/text-width.ts';

export interface TableOptions {
  /** Columns of the terminal. What is longer is cut, but never a figure; without it nothing is. */
  readonly columnsMax?: number;
  /** By column: whether it may be cut. All may where it is missing. */
  readonly mayCut?: readonly boolean[];
  readonly withHeader?: boolean;
  /** Colours what stands in a cell; what it adds must take no column. */
  readonly paint?: (text: string, column: number, row: number) => string;
}

/** The least that a column is cut to: less tells nothing. */
const COLUMN_MIN = 8;
const GAP = '  ';

/** Columns side by side, as wide as their widest cell; what looks like a number is aligned to the right. */
export function textTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const { withHeader = true, paint = (text) => text } = options;
  const { header, body, isFigures, natural, least } = measured(columns, rows, options);
  const widths = fit(natural, least, options.columnsMax ?? Number.POSITIVE_INFINITY);
  const line = (cells: readonly string[], row: number) =>
    cells
      .map((cell, column) => {
        const text = truncate(cell, widths[column] ?? 0);
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(text)));
        const painted = row < 0 ? text : paint(text, column, row);
        return isFigures[column] ? gap + painted : painted + gap;
      })
      .join(GAP)
      .trimEnd();
  return [...(withHeader ? [line(header, -1)] : []), ...body.map(line)].join('\n');
}

/** Whether the rows can stand side by side within `columnsMax`, cut where they may be. */
export function fitsTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions & { readonly columnsMax: number },
): boolean {
  return total(measured(columns, rows, options).least) <= options.columnsMax;
}

/** One field a line, a blank line between rows: for rows that are too wide for a table. */
export function textRecords(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const names = columns.map(visible);
  const widest = Math.max(0, ...names.map(width));
  const field = (name: string, cell: string | undefined) =>
    `${name}${' '.repeat(widest - width(name))}${GAP}${visible(cell ?? '')}`.trimEnd();
  return rows.map((row) => names.map((name, column) => field(name, row[column])).join('\n')).join('\n\n');
}

interface Measured {
  readonly header: readonly string[];
  readonly body: readonly (readonly string[])[];
  readonly isFigures: readonly boolean[];
  /** Widths at which nothing is cut, and at which all is that may be. */
  readonly natural: readonly number[];
  readonly least: readonly number[];
}

function measured(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { withHeader = true, mayCut }: TableOptions,
): Measured {
  const header = columns.map(visible);
  const body = rows.map((row) => columns.map((_name, column) => visible(row[column] ?? '')));
  const isFigures = columns.map(
    (_name, column) => body.length > 0 && body.every((row) => isFigure(row[column])),
  );
  const natural = columns.map((_name, column) =>
    (withHeader ? [header, ...body] : body).reduce(
      (most, line) => Math.max(most, width(line[column] ?? '')),
      0,
    ),
  );
  const least = natural.map((most, column) =>
    isFigures[column] || mayCut?.[column] === false ? most : Math.min(most, COLUMN_MIN),
  );
  return { header, body, isFigures, natural, least };
}

/** Takes from the widest first, until all is within the limit or nothing more can be taken. */
function fit(natural: readonly number[], least: readonly number[], columnsMax: number): number[] {
  const widths = [...natural];
  for (let over = total(widths) - columnsMax; over > 0; over -= 1) {
    const cuttable = widths.map((each, column) => (each > (least[column] ?? 0) ? each : 0));
    const widest = Math.max(...cuttable);
    if (widest === 0) break;
    widths[cuttable.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, 0) + GAP.length * Math.max(0, widths.length - 1);
}

function isFigure(text: string | undefined): boolean {
  return /^-?[\d,.]*$/.test(text ?? '');
}
