import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { AudienceFault } from './fault.ts';
import type { AudienceSource } from './source.ts';

/**
 * The same list, which is not read where one of its files lies outside of a folder: its path was held against the folder when the campaign came
 * in, and a link may lead on from there.
 */
export function within(source: AudienceSource, paths: readonly string[], folder: string): AudienceSource {
  return {
    fingerprint: async () => {
      await requireWithin(paths, folder);
      return source.fingerprint();
    },
    async *rows() {
      await requireWithin(paths, folder);
      yield* source.rows();
    },
  };
}

/** Whether a path, as it is written, leads out of a folder. */
export function isOutside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '..' || way.startsWith('../') || way.startsWith('..\\') || isAbsolute(way);
}

/** @throws AudienceFault */
async function requireWithin(paths: readonly string[], folder: string): Promise<void> {
  const root = await realpath(folder).catch(() => folder);
  for (const file of paths) {
    // What is not there is said by whoever reads it.
    const place = await realpath(file).catch(() => null);
    if (place !== null && isOutside(place, root))
      throw new AudienceFault('AUDIENCE_FILE', { file }, `${file} is a link that leads out of SLUICE_FILES`);
  }
}
