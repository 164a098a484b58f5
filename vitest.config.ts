import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file that needs Redis starts its own; two cores carry two files at a time.
    maxWorkers: 2,
    // Google's libraries would look for a virtual machine's credentials.
    env: { METADATA_SERVER_DETECTION: 'none' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
