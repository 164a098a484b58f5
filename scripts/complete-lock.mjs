// Puts binaries of other platforms back into package-lock.json.
//
// Packages such as the formatter's bring one optional package for each platform. Where the registry that npm used does
// not have one of them (a mirror with fewer platforms), npm leaves it out of the lock, and `npm ci` refuses that lock
// then, on every machine. Each is written as npm writes it: its version is what the package asks for, and its platform
// what its name says, so that npm passes over it wherever it does not fit. The only thing missing is its integrity.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, cpu?: string[], os?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */

/** @type {Lock} */
const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const missing = Object.values(lock.packages).flatMap(missingPlatforms);
for (const [path, entry] of missing) lock.packages[path] = entry;
const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
if (missing.length > 0) {
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
console.log(`${missing.length} packages of other platforms were missing in package-lock.json`);

/**
 * @param {Entry} parent
 * @returns {[string, Entry][]}
 */
function missingPlatforms(parent) {
  return Object.entries(parent.optionalDependencies ?? {}).flatMap(([name, version]) => {
    const path = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[path] || !platform) return [];
    return [[path, { version, ...platform, ...(parent.dev ? { dev: true } : {}), optional: true }]];
  });
}

/**
 * `@oxlint/binding-linux-arm64-musl` is for Linux on arm64 with musl.
 * @param {string} name
 * @returns {Pick<Entry, 'cpu' | 'libc' | 'os'> | null}
 */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'].find((word) =>
    words.includes(word),
  );
  const cpu = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'].find((word) =>
    words.includes(word),
  );
  if (!os || !cpu) return null;
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : null;
  return { cpu: [cpu], ...(os === 'linux' && libc ? { libc: [libc] } : {}), os: [os] };
}
