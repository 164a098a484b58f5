import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first; where a line names a folder, all that is in it. What is not named comes after them. */
const LONGEST = [
  'test/browser/',
  'test/package/',
  'test/fault/kill-point.test.ts',
  'test/log/bigquery-crash.test.ts',
  'test/fault/',
  'test/cli/crew.test.ts',
  'test/integration/',
];

/** So that a run does not end with one file that everything has to wait for. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((path) => moduleId.includes(`/${path}`));
  return index < 0 ? LONGEST.length : index;
}
