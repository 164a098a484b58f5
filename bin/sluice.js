#!/usr/bin/env node
// In a checkout the TypeScript runs as it is; in the published package only dist/ is there.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `sluice: needs Node 22.19 or newer, and this is ${process.version}. ` +
      'In a checkout `npx sluice` uses the Node that the project brings; elsewhere install a newer one.',
  );
  process.exit(1);
}
// Compiled code is kept between runs: a command then starts in half the time. Threads find the folder in the environment only.
module.enableCompileCache?.();
const cache = module.getCompileCacheDir?.();
if (cache) process.env['NODE_COMPILE_CACHE'] ??= cache;
const source = new URL('../src/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
