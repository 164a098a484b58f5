import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file that needs Redis starts its own; two cores carry two files at a time.
    maxWorkers: 2,
    // Modules have no state of their own, so files share them: to load them anew for each of 200 files took two minutes of CPU.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Google's libraries would look for a virtual machine's credentials.
    env: { METADATA_SERVER_DETECTION: 'none' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
