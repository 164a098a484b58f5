import type { LogRow } from './event.ts';
import type { RefusedRow } from './sink.ts';

/** One of the two ways into a table of BigQuery's. */
export interface RowWriter {
  /**
   * Resolves when BigQuery has every row but those that it refuses by themselves.
   * @throws Fault BIGQUERY_… where it is not certain that it has them
   */
  append(rows: readonly LogRow[]): Promise<readonly RefusedRow[]>;
  close(): Promise<void>;
}

/** Both APIs take 10 MB a request at most; the rest is for what stands around the rows. */
const REQUEST_BYTES_MAX: number = 9 * 1024 * 1024;

/** The same as a sentence, for rows that will never fit. */
function tooLarge(bytes: number): string {
  return `the row has ${bytes} bytes, and BigQuery takes 10 MB a request`;
}

/** Some of the rows, as they travel. */
export interface Parcel<T> {
  readonly rows: LogRow[];
  readonly packed: T[];
}

/** Cuts rows into requests of at most so many rows and bytes. */
export class Parcels<T> {
  readonly all: Parcel<T>[] = [];
  readonly refused: RefusedRow[] = [];
  readonly #rowsMax: number;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(rowsMax: number, bytesMax: number = REQUEST_BYTES_MAX) {
    this.#rowsMax = rowsMax;
    this.#bytesMax = bytesMax;
  }

  add(row: LogRow, packed: T, bytes: number): void {
    if (bytes > this.#bytesMax) {
      this.refused.push({ row, reason: tooLarge(bytes) });
      return;
    }
    const last = this.all.at(-1);
    const hasRoom = last && last.rows.length < this.#rowsMax && this.#bytes + bytes <= this.#bytesMax;
    const parcel = hasRoom ? last : { rows: [], packed: [] };
    if (!hasRoom) {
      this.all.push(parcel);
      this.#bytes = 0;
    }
    parcel.rows.push(row);
    parcel.packed.push(packed);
    this.#bytes += bytes;
  }
}
