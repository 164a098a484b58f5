import { Fault } from '../core/fault.ts';
import { decodeBlock } from './block.ts';
import type { OutboxEntry } from './consumer.ts';
import type { LogRow } from './event.ts';
import { nameless } from './nameless.ts';
import { logRows } from './row.ts';

/** Packed: some 25,000 rows, where blocks are of the usual kind. */
const SLICE_BYTES_MAX = 1024 * 1024;

/** Entries of other writers may be large; what is decoded at a time stays small. */
export function* slices(batch: readonly OutboxEntry[]): Generator<readonly OutboxEntry[]> {
  let slice: OutboxEntry[] = [];
  let bytes = 0;
  for (const entry of batch) {
    slice.push(entry);
    bytes += entry.bytes?.length ?? 0;
    if (bytes < SLICE_BYTES_MAX) continue;
    yield slice;
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield slice;
}

interface ReadRows {
  readonly rows: readonly LogRow[];
  readonly readable: readonly string[];
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
}

/** What the entries say. One that can't be read keeps none of the others back. */
export function readRows(entries: readonly OutboxEntry[], loggedAt: number): ReadRows {
  const rows: LogRow[] = [];
  const readable: string[] = [];
  const unreadable: { id: string; reason: string }[] = [];
  for (const { id, bytes } of entries) {
    try {
      if (!bytes) throw new Fault('LOG_BLOCK', 'the entry has no block');
      for (const row of logRows(decodeBlock(bytes), loggedAt)) rows.push(row);
      readable.push(id);
    } catch (thrown) {
      // Whatever it is, it would come again with every attempt, and everything behind it would wait.
      unreadable.push({ id, reason: nameless(thrown) });
    }
  }
  return { rows, readable, unreadable };
}
