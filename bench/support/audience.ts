import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const ROWS_PER_PIECE = 2_000;

/** A CSV of so many people, all of them different; rows of some 70 bytes, names and cities in Japanese. */
export async function csvOf(folder: string, rows: number, first = 0): Promise<string> {
  const path = join(folder, `people-${rows}-${first}.csv`);
  if (existsSync(path)) return path;
  function* pieces(): Iterable<string> {
    yield 'email,name,plan,city,points,link\n';
    for (let from = first; from < first + rows; from += ROWS_PER_PIECE) {
      let piece = '';
      const end = Math.min(from + ROWS_PER_PIECE, first + rows);
      for (let i = from; i < end; i += 1) {
        piece += `user${i}@example${i % 97}.com,氏名 ${i},gold,東京,${i % 1000},https://shop.example/${i}\n`;
      }
      yield piece;
    }
  }
  await pipeline(Readable.from(pieces()), createWriteStream(path));
  return path;
}
