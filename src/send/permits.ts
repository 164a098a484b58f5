/** Lets so many at a time through, in the order of asking. */
export class Permits {
  readonly #total: number;
  readonly #waiting: { readonly count: number; readonly admit: () => void }[] = [];
  #free: number;

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /** Does it with so many of them. */
  async within<T>(count: number, act: () => Promise<T>): Promise<T> {
    const taken = await this.take(count);
    try {
      return await act();
    } finally {
      this.give(taken);
    }
  }

  /** Waits until `count` are free (all, where it asks for more than there are); give back what it resolves with. */
  async take(count: number): Promise<number> {
    const wanted = Math.min(count, this.#total);
    if (this.#waiting.length > 0 || this.#free < wanted) {
      await new Promise<void>((admit) => {
        this.#waiting.push({ count: wanted, admit });
      });
    } else this.#free -= wanted;
    return wanted;
  }

  give(count: number): void {
    this.#free += count;
    for (let next = this.#waiting[0]; next && next.count <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.count;
      next.admit();
    }
  }
}
