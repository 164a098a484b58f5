/** Chance that a seed decides: the same numbers from 0 to 1 every time ("mulberry32", public domain). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Numbers of their own for one thing among many, so that what happens to it does not depend on the others. */
export function randomFor(seed: number, topic: string, number: number): () => number {
  let hash = seed >>> 0;
  for (const letter of `${topic}/${number}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return randomOf(hash);
}

export function between(random: () => number, min: number, max: number): number {
  return Math.floor(min + random() * (max - min));
}

/** One of several, by weight. */
export function pick<T>(random: () => number, choices: readonly (readonly [weight: number, choice: T])[]): T {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0);
  let left = random() * total;
  for (const [weight, choice] of choices) {
    left -= weight;
    if (left < 0) return choice;
  }
  const last = choices.at(-1);
  if (!last) throw new Error('nothing to choose from');
  return last[1];
}
