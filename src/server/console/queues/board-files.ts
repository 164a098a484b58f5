import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** A file that the board's page loads. */
export interface BoardFile {
  readonly path: string;
  readonly type: string;
  /** Its name has a hash of what is in it. */
  readonly isFixed: boolean;
}

/** The files below a folder, by their paths with slashes: what is not listed is not served, whatever a request asks for. */
export function boardFiles(folder: string): ReadonlyMap<string, BoardFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      const file = { path: join(folder, name), type: type ?? '', isFixed: /\.[0-9a-f]{8,}\./.test(name) };
      return type === undefined ? [] : [[name.replaceAll('\\', '/'), file] as const];
    }),
  );
}

export function readBoardFile({ path }: BoardFile): Promise<Buffer> {
  return readFile(path);
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
