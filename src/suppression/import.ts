import type { AddressProblem } from '../core/address.ts';
import { Fault, InputFault, messageOf } from '../core/fault.ts';
import { type ImportRow, type JudgeRow, judgeByColumns, judgeFor, saysWhy } from './import-row.ts';
import { type AddCount, CALL_ADDRESSES_MAX, type SuppressionStore } from './store.ts';
import { excerpt, type Stamp, type Suppression, type Target } from './target.ts';

/** A list of addresses that can be read from its start twice, in chunks. An AudienceSource is one. */
export interface ImportSource {
  rows(): AsyncIterable<readonly ImportRow[]>;
}

/** `read = added + already + invalid`. An address that is in the list twice for one target is `already` there. */
export interface ImportCount {
  readonly read: number;
  readonly added: number;
  readonly already: number;
  readonly invalid: number;
  /** The first few rows that are no addresses. */
  readonly examples: readonly InvalidRow[];
}

export interface InvalidRow {
  readonly row: number;
  readonly email: string;
  readonly reason: AddressProblem;
}

/** A list is one file of at most so many rows and bytes, as KARTE takes them; the size is asked before it is read. */
export const IMPORT_ROWS_MAX = 1_000_000;
export const IMPORT_BYTES_MAX = 100 * 1024 * 1024;
/** Calls to Redis under way at once: enough to keep it busy while rows are parsed, and 4,000 rows in memory. */
const CALLS_IN_FLIGHT_MAX = 4;
const PROBLEMS_MAX = 20;
const EXAMPLES_MAX = 5;

/**
 * Suppresses everybody in a list. It is read twice: first to the end without writing, so that a list that can't be
 * read, is too long, or says wrongly why somebody is suppressed is refused before anything is written. Rows that are no
 * addresses are skipped and counted. Importing a list again changes nothing.
 *
 * @param target whom the list is about; or `columns`: each row says it, as in what `export` writes
 * @param stamp when and from where the entries come, unless their rows say so
 * @throws InputFault where the list is refused; what the source throws while it is read for the first time
 * @throws Fault SUPPRESSION_IMPORT where it ends early while it writes: rows before that stay imported
 */
export async function importSuppression(
  source: ImportSource,
  target: Target | 'columns',
  store: Pick<SuppressionStore, 'addEach'>,
  stamp: Stamp,
): Promise<ImportCount> {
  const judge = target === 'columns' ? judgeByColumns(stamp) : judgeFor(target, stamp);
  await review(source, target === 'columns' ? judge : null);
  const writer = new Writer(store, judge);
  try {
    for await (const rows of bounded(source)) await writer.take(rows);
    return await writer.finish();
  } catch (cause) {
    throw await writer.abandon(cause);
  }
}

/** Reads the list to its end. @throws InputFault with the first problems of its rows */
async function review(source: ImportSource, judge: JudgeRow | null): Promise<void> {
  const problems: string[] = [];
  let count = 0;
  for await (const rows of bounded(source)) {
    if (!judge) continue;
    const [first] = rows;
    if (first?.seq === 1 && !saysWhy(first)) {
      throw new InputFault([
        'the list has no column “reason” or “sender”: say for all of it why these addresses get no mail, by a reason (bounced, complained, blocked) or by the sender address that they unsubscribed from',
      ]);
    }
    for (const row of rows) {
      const judged = judge(row);
      if (judged.kind !== 'wrong') continue;
      count += 1;
      if (count <= PROBLEMS_MAX) problems.push(`row ${row.seq}: ${judged.problem}`);
    }
  }
  if (count > PROBLEMS_MAX) problems.push(`and ${count - PROBLEMS_MAX} more rows like these`);
  if (count > 0) throw new InputFault(problems);
}

async function* bounded(source: ImportSource): AsyncIterable<readonly ImportRow[]> {
  let read = 0;
  for await (const rows of source.rows()) {
    read += rows.length;
    if (read > IMPORT_ROWS_MAX) {
      const most = IMPORT_ROWS_MAX.toLocaleString('en');
      throw new InputFault([`the list has more than ${most} rows: split it into files of at most so many`]);
    }
    yield rows;
  }
}

/** Gathers rows into calls to the store, and keeps a few of them under way. */
class Writer {
  readonly #store: Pick<SuppressionStore, 'addEach'>;
  readonly #judge: JudgeRow;
  readonly #calls: Promise<AddCount>[] = [];
  readonly #examples: InvalidRow[] = [];
  #gathered: Suppression[] = [];
  #read = 0;
  #added = 0;
  #already = 0;
  #invalid = 0;

  constructor(store: Pick<SuppressionStore, 'addEach'>, judge: JudgeRow) {
    this.#store = store;
    this.#judge = judge;
  }

  /** Waits where enough calls are under way. */
  async take(rows: readonly ImportRow[]): Promise<void> {
    for (const row of rows) {
      this.#read += 1;
      const judged = this.#judge(row);
      if (judged.kind === 'wrong') throw new InputFault([`row ${row.seq}: ${judged.problem}`]);
      if (judged.kind === 'invalid') this.#skip(row, judged.reason);
      else this.#gathered.push(judged.suppression);
      if (this.#gathered.length >= CALL_ADDRESSES_MAX) await this.#send();
    }
  }

  async finish(): Promise<ImportCount> {
    await this.#send();
    while (this.#calls.length > 0) await this.#settleOldest();
    return {
      read: this.#read,
      added: this.#added,
      already: this.#already,
      invalid: this.#invalid,
      examples: this.#examples,
    };
  }

  /** What to throw when `cause` has ended the import, after the calls under way have ended. */
  async abandon(cause: unknown): Promise<Fault> {
    const ended = await Promise.allSettled(this.#calls);
    for (const call of ended) if (call.status === 'fulfilled') this.#tally(call.value);
    const there = (this.#added + this.#already).toLocaleString('en');
    return new Fault(
      'SUPPRESSION_IMPORT',
      `the import stopped after ${there} addresses were suppressed: ${messageOf(cause)}. They stay suppressed; import the list again for the rest`,
      { cause },
    );
  }

  #skip(row: ImportRow, reason: AddressProblem): void {
    this.#invalid += 1;
    if (this.#examples.length < EXAMPLES_MAX) {
      this.#examples.push({ row: row.seq, email: excerpt(row.email), reason });
    }
  }

  async #send(): Promise<void> {
    const call = this.#store.addEach(this.#gathered);
    // It is waited for later; until then a failure must not count as nobody's.
    call.catch(() => {});
    this.#calls.push(call);
    this.#gathered = [];
    if (this.#calls.length >= CALLS_IN_FLIGHT_MAX) await this.#settleOldest();
  }

  async #settleOldest(): Promise<void> {
    const count = await this.#calls.shift();
    if (count) this.#tally(count);
  }

  #tally(count: AddCount): void {
    this.#added += count.added;
    this.#already += count.already;
  }
}
