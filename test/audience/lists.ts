import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { AudienceFault } from '../../src/audience/fault.ts';
import type { AudienceRow, AudienceSource } from '../../src/audience/source.ts';

/** A folder for the lists of one test file; `write` gives the path of a new one. */
export function useLists(): {
  write(content: string | Buffer, name?: string): string;
  readonly folder: string;
} {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-lists-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    write: (content, name = 'people.csv') => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    get folder() {
      return folder;
    },
  };
}

export async function rowsOf(source: AudienceSource): Promise<AudienceRow[]> {
  const rows: AudienceRow[] = [];
  for await (const chunk of source.rows()) rows.push(...chunk);
  return rows;
}

/** The fault that ends the reading, and how many rows were given before it. */
export async function faultOf(source: AudienceSource): Promise<{ fault: AudienceFault; rows: number }> {
  let rows = 0;
  try {
    for await (const chunk of source.rows()) rows += chunk.length;
  } catch (thrown) {
    if (thrown instanceof AudienceFault) return { fault: thrown, rows };
    throw thrown;
  }
  throw new Error(`the list has no fault, but ${rows} rows`);
}
