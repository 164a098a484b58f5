import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './test/support/eventually.ts';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file that needs Redis starts its own; many of them wait most of the time, so that two cores carry three files.
    maxWorkers: 3,
    // Modules have no state of their own, so files share them: to load them anew for each of 200 files took two minutes of CPU.
    isolate: false,
    // Node reads TypeScript by itself, in a fifth less CPU than Vite takes to rewrite every module first; nothing here is mocked, so nothing is rewritten.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    sequence: { sequencer: LongestFirst },
    // Google's libraries would look for a virtual machine's credentials.
    env: { METADATA_SERVER_DETECTION: 'none' },
    // No test has a time of its own that is shorter: what takes a second takes twenty on a machine that does much else.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: PATIENCE_MS, interval: 50 } },
  },
});
