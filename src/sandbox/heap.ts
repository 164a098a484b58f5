/** A binary heap: the least element is at hand, and the others are in no particular order. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #isLess: (a: T, b: T) => boolean;

  constructor(isLess: (a: T, b: T) => boolean) {
    this.#isLess = isLess;
  }

  get size(): number {
    return this.#items.length;
  }

  /** All of them, in no particular order. */
  items(): Iterable<T> {
    return this.#items;
  }

  least(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    let place = this.#items.length;
    this.#items.push(item);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#swapIfLess(place, parent)) return;
      place = parent;
    }
  }

  pop(): T | undefined {
    const least = this.#items[0];
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return least;
    this.#items[0] = last;
    let place = 0;
    for (let child = 1; child < this.#items.length; child = 2 * place + 1) {
      const [left, right] = [this.#items[child], this.#items[child + 1]];
      if (left !== undefined && right !== undefined && this.#isLess(right, left)) child += 1;
      if (!this.#swapIfLess(child, place)) break;
      place = child;
    }
    return least;
  }

  /** True where the first of two places held the lesser item, and they are swapped now. */
  #swapIfLess(lower: number, upper: number): boolean {
    const [below, above] = [this.#items[lower], this.#items[upper]];
    if (below === undefined || above === undefined || !this.#isLess(below, above)) return false;
    this.#items[lower] = above;
    this.#items[upper] = below;
    return true;
  }
}
