import type { DuplicateFilter } from '../audience/filter.ts';

/** A plan at work, as the memory counts it. */
interface Seat {
  bytes: number;
  readonly isUrgent: boolean;
}

/** A place for one plan's duplicate filter. */
export interface PlanSeat {
  /** Whether the plan may go on with a filter as large as it is by now. */
  mayStay(filter: Pick<DuplicateFilter, 'bytes'>): boolean;
  leave(): void;
}

/** Some 500,000 addresses. Who stays below waits for nobody. */
export const SMALL_FILTER_BYTES = 8 * 1024 * 1024;
/** Of a filter after growing; what a plan that goes on will need is reckoned with it. */
const ADDRESS_BYTES = 16;

/**
 * Shares the memory for duplicate filters between the plans of a process, first come, first served: where it is used up,
 * the youngest of the large plans gives its filter back and waits until there is room again. The oldest always goes on,
 * so that something does. Small plans and urgent ones neither wait nor give way.
 */
export class PlanMemory {
  readonly #bytesMax: number;
  readonly #plansMax: number;
  /** In the order in which they came. */
  readonly #seats = new Set<Seat>();

  /** @param plansMax plans at a time, the urgent ones aside: each also holds an open file and what it has read ahead */
  constructor(bytesMax: number, plansMax: number) {
    this.#bytesMax = bytesMax;
    this.#plansMax = plansMax;
  }

  /**
   * @param rowsBehind rows that were planned already, and must be read again
   * @returns null where there is no room now
   */
  admit(isUrgent: boolean, rowsBehind: number): PlanSeat | null {
    const bytes = rowsBehind * ADDRESS_BYTES;
    if (!isUrgent && !this.#hasRoom(bytes)) return null;
    const seat: Seat = { bytes, isUrgent };
    this.#seats.add(seat);
    return {
      mayStay: (filter) => {
        // A plan that catches up is counted with what it will have.
        seat.bytes = Math.max(seat.bytes, filter.bytes);
        return this.#bytes() <= this.#bytesMax || this.#youngestLarge() !== seat;
      },
      leave: () => {
        this.#seats.delete(seat);
      },
    };
  }

  #hasRoom(bytes: number): boolean {
    if ([...this.#seats].filter((seat) => !seat.isUrgent).length >= this.#plansMax) return false;
    if (bytes <= SMALL_FILTER_BYTES) return true;
    return this.#bytes() + bytes <= this.#bytesMax || !this.#large().some(Boolean);
  }

  #bytes(): number {
    return [...this.#seats].reduce((sum, seat) => sum + seat.bytes, 0);
  }

  #large(): Seat[] {
    return [...this.#seats].filter((seat) => !seat.isUrgent && seat.bytes > SMALL_FILTER_BYTES);
  }

  /** Null where there is only one: giving way would make room for nobody. */
  #youngestLarge(): Seat | null {
    const large = this.#large();
    return large.length > 1 ? (large.at(-1) ?? null) : null;
  }
}
