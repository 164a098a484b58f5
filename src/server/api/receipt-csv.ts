import { csvLine, plainCell } from '../../core/csv.ts';
import type { Receipt } from '../../queue/receipt.ts';

/** A header, and one line with everything that the receipt says (RFC 4180, UTF-8). */
export function receiptCsv(receipt: Receipt): string {
  const cells = flat({ ...receipt, canary: receipt.canary?.state ?? null });
  return `${csvLine(cells.map(([name]) => name))}${csvLine(cells.map(([, value]) => cellOf(value)))}`;
}

/** `counts.skipped.bounced` and its figure. */
function flat(value: object, prefix = ''): [name: string, value: unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null
      ? flat(inner, `${prefix}${key}.`)
      : [[`${prefix}${key}`, inner]],
  );
}

function cellOf(value: unknown): string {
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'string' ? plainCell(value) : '';
}
