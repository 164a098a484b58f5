import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { csvLine } from '../core/csv.ts';
import type { Reason } from './entry.ts';
import { reasonOf, type Suppression } from './target.ts';

/** A suppression as it is printed, in the order and with the names of the columns of an export. */
export interface SuppressionRow {
  readonly email: string;
  readonly reason: Reason;
  /** Null where it counts for every sender. */
  readonly sender: string | null;
  /** ISO 8601 in UTC; null where what is stored is no time. */
  readonly at: string | null;
  readonly source: string;
  readonly detail: string | null;
}

const COLUMNS = [
  'email',
  'reason',
  'sender',
  'at',
  'source',
  'detail',
] as const satisfies (keyof SuppressionRow)[];

/**
 * Writes suppressions as CSV (RFC 4180, UTF-8) and ends the stream; resolves when it has taken everything.
 *
 * Nothing is done to cells that a spreadsheet would take for formulas: `=`, `+` and `-` may begin an address, and what
 * is exported must come back as it was when it is imported. Import such a file into a spreadsheet as text.
 */
export async function exportSuppression(
  suppressions: AsyncIterable<readonly Suppression[]>,
  out: Writable,
): Promise<{ readonly written: number }> {
  let written = 0;
  async function* lines(): AsyncIterable<string> {
    yield `${COLUMNS.join(',')}\r\n`;
    for await (const some of suppressions) {
      written += some.length;
      yield some.map(line).join('');
    }
  }
  await pipeline(Readable.from(lines()), out);
  return { written };
}

export function suppressionRow({ address, target, at, source, detail }: Suppression): SuppressionRow {
  const time = new Date(at);
  return {
    email: address,
    reason: reasonOf(target),
    sender: target.kind === 'sender' ? target.sender : null,
    at: Number.isNaN(time.getTime()) ? null : time.toISOString(),
    source,
    detail,
  };
}

function line(suppression: Suppression): string {
  const row = suppressionRow(suppression);
  return csvLine(COLUMNS.map((column) => row[column] ?? ''));
}
