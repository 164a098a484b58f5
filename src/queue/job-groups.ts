/**
 * Which batches of a campaign travel in one job. It is fixed when they are planned, and kept with the campaign: whoever
 * brings batches back makes the same jobs under the same ids, so a batch is never in two jobs that live.
 * A batch that no section names has a job of its own.
 */
export interface JobSection {
  /** Number of the first batch. */
  readonly first: number;
  /** Number behind the last batch. */
  readonly end: number;
  /** Batches to a job; the last job of a section may have fewer. */
  readonly size: number;
}

/** Ten calls of 50: what a job costs in the queue no longer counts, and a worker that stops still hands over soon. */
export const JOB_BATCHES_MAX = 10;
/** Sections of a campaign. A list that needs more (nearly all of it duplicates) goes on with one batch to a job. */
export const SECTIONS_MAX = 300;

/** @returns the whole jobs that these batches belong to, each with its batches in order */
export function jobsOf(sections: readonly JobSection[], batches: readonly number[]): number[][] {
  const jobs = new Map<number, number[]>();
  for (const batch of batches.toSorted((a, b) => a - b)) {
    const { first, end } = rangeOf(sections, batch);
    if (!jobs.has(first))
      jobs.set(
        first,
        Array.from({ length: end - first }, (_unused, at) => first + at),
      );
  }
  return [...jobs.values()];
}

/** The sections after a stretch of so many batches was planned, `size` of them to a job. */
export function extendSections(
  sections: readonly JobSection[],
  first: number,
  count: number,
  size: number,
): readonly JobSection[] {
  // What no section names has a job of its own anyway.
  if (count === 0 || size === 1) return sections;
  const last = sections.at(-1);
  const end = first + count;
  if (last?.size === size && last.end === first && (last.end - last.first) % size === 0) {
    return [...sections.slice(0, -1), { ...last, end }];
  }
  return [...sections, { first, end, size }];
}

/** `first:end:size`, one after the other. */
export function encodeSections(sections: readonly JobSection[]): string {
  return sections.map(({ first, end, size }) => `${first}:${end}:${size}`).join(' ');
}

export function decodeSections(text: string): JobSection[] {
  return text.split(' ').flatMap((section) => {
    const [first = Number.NaN, end = Number.NaN, size = Number.NaN] = section.split(':').map(Number);
    const isSection = Number.isInteger(first) && end > first && size >= 1 && size <= JOB_BATCHES_MAX;
    return isSection ? [{ first, end, size }] : [];
  });
}

function rangeOf(sections: readonly JobSection[], batch: number): { first: number; end: number } {
  const section = sections.find(({ first, end }) => batch >= first && batch < end);
  if (!section) return { first: batch, end: batch + 1 };
  const first = batch - ((batch - section.first) % section.size);
  return { first, end: Math.min(first + section.size, section.end) };
}
