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

/** Levenshtein's distance: letters to insert, to delete or to replace. Row by row of its table. */
function slipsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    for (const [index, other] of Array.from(to).entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
