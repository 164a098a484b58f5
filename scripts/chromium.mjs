// Where a Chromium is on this machine; for the tests of the console, and for their setup.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_APPS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** @returns {string | null} its path: the one that CHROMIUM names, else the first that works */
export function findChromium() {
  const told = process.env['CHROMIUM']?.trim();
  // One that is named and not there is a mistake: another in its place would hide it.
  if (told) return works(told) ? told : null;
  return [...onPath(), ...MAC_APPS].find((path) => existsSync(path) && works(path)) ?? null;
}

function onPath() {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** Ubuntu has a script in its place that only tells to install a snap. @param {string} binary */
function works(binary) {
  const { status, stdout } = spawnSync(binary, ['--version'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    timeout: 20_000,
  });
  return status === 0 && /Chrom(e|ium)/.test(stdout);
}
