import type { AudienceRow } from '../audience/source.ts';
import type { Mailing } from '../send/mailing.ts';
import { type ProspectParts, prospects } from './prospects.ts';
import { readData } from './row.ts';

/** The row whose data a test send is written with. */
export interface TestRow {
  readonly seq: number;
  /** What the mail reads of it. */
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Looks a row up in the audience: the one with this number (counted from 1), or for null the first that would get the
 * mail. Null where there is none.
 *
 * @throws AudienceFault where the list can't be read so far
 */
export async function testRow(
  parts: ProspectParts,
  mailing: Mailing,
  seq: number | null,
): Promise<TestRow | null> {
  const row = await (seq === null ? firstSendable(parts, mailing) : rowAt(parts, seq));
  return row && { seq: row.seq, data: readData(row, mailing) };
}

async function firstSendable(parts: ProspectParts, mailing: Mailing): Promise<AudienceRow | null> {
  for await (const some of prospects(parts, mailing)) {
    const found = some.find(({ kind }) => kind === 'sendable');
    if (found) return found.row;
  }
  return null;
}

async function rowAt({ source }: ProspectParts, seq: number): Promise<AudienceRow | null> {
  for await (const rows of source.rows()) {
    const found = rows.find((row) => row.seq === seq);
    if (found) return found;
  }
  return null;
}
