/** The known variable that somebody who wrote `name` most likely meant, or null. */
export function nearMiss(name: string, known: readonly string[]): string | null {
  const written = bare(name);
  const candidates = known.map((candidate) => ({ candidate, slips: slipsBetween(written, bare(candidate)) }));
  const [nearest] = candidates.toSorted((a, b) => a.slips - b.slips);
  return nearest !== undefined && nearest.slips <= written.length / LETTERS_PER_SLIP
    ? nearest.candidate
    : null;
}

/** One slip in three letters still looks like the same word; with more, everything looks like everything. */
const LETTERS_PER_SLIP = 3;

/** The prefix says nothing: many variables have it, and LOG_LEVEL and REDIS_URL are easily given it. */
function bare(name: string): string {
  return name.toUpperCase().replace(/^SLUICE_/, '');
}

/**
 * Letters to insert, to delete, to replace, or to swap with their neighbour (optimal string alignment; swaps are the most
 * frequent slips of the finger). Row by row of its table.
 */
function slipsBetween(from: string, to: string): number {
  const letters = Array.from(to);
  let before: number[] = [];
  let row = Array.from({ length: letters.length + 1 }, (_, index) => index);
  let lastLetter = '';
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    for (const [index, other] of letters.entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      const isSwap = index > 0 && letter === letters[index - 1] && lastLetter === other;
      const swapped = isSwap ? (before[index - 1] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    before = row;
    row = next;
    lastLetter = letter;
  }
  return row[letters.length] ?? 0;
}
