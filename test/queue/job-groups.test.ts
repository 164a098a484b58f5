import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeSections,
  encodeSections,
  extendSections,
  JOB_BATCHES_MAX,
  type JobSection,
  jobsOf,
} from '../../src/queue/job-groups.ts';

const stretches = fc.array(
  fc.record({
    jobs: fc.integer({ min: 0, max: 5 }),
    size: fc.integer({ min: 1, max: JOB_BATCHES_MAX }),
    isCutShort: fc.boolean(),
  }),
  { maxLength: 12 },
);

/** The jobs that a planner put on the queue as it went, and what it kept of them. */
function plan(parts: typeof stretches extends fc.Arbitrary<infer T> ? T : never) {
  let sections: readonly JobSection[] = [];
  let next = 0;
  const put: number[][] = [];
  for (const { jobs, size, isCutShort } of parts) {
    const count = Math.max(jobs * size - (isCutShort ? 1 : 0), 0);
    sections = extendSections(sections, next, count, size);
    const batches = Array.from({ length: count }, (_unused, at) => next + at);
    put.push(...jobsOf(sections, batches));
    next += count;
  }
  return { sections, put, next };
}

test('every batch is in exactly one job, of ten batches at most', () => {
  fc.assert(
    fc.property(stretches, (parts) => {
      const { put, next } = plan(parts);
      expect(put.flat()).toEqual(Array.from({ length: next }, (_unused, batch) => batch));
      for (const job of put) expect(job.length).toBeLessThanOrEqual(JOB_BATCHES_MAX);
    }),
  );
});

test('whichever batches come back, they come back in the jobs in which they were planned', () => {
  fc.assert(
    fc.property(stretches, fc.integer({ min: 1, max: 7 }), (parts, every) => {
      const { sections, put, next } = plan(parts);
      const some = Array.from({ length: next }, (_unused, batch) => batch).filter(
        (batch) => batch % every === 0,
      );
      const again = jobsOf(decodeSections(encodeSections(sections)), some.toReversed());
      expect(again).toEqual(put.filter((job) => job.some((batch) => batch % every === 0)));
    }),
  );
});

test('a batch that a version without jobs of several planned has a job of its own', () => {
  expect(jobsOf(decodeSections(''), [3, 4])).toEqual([[3], [4]]);
  expect(jobsOf([{ first: 10, end: 15, size: 5 }], [9, 12, 15])).toEqual([[9], [10, 11, 12, 13, 14], [15]]);
});

test('jobs of one size are one section, however many there are', () => {
  let sections: readonly JobSection[] = [];
  for (let first = 0; first < 10_000; first += 100) sections = extendSections(sections, first, 100, 10);
  expect(sections).toEqual([{ first: 0, end: 10_000, size: 10 }]);
});
