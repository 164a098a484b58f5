import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { DuplicateFilter } from '../src/audience/filter.ts';
import { openAudience } from '../src/audience/open.ts';
import { judgeRow, recipientOf } from '../src/queue/row.ts';
import { csvOf } from './support/audience.ts';
import type { Figure } from './support/figure.ts';

const READER = { mail: { reads: ['name', 'plan', 'city', 'points', 'link'] }, linkColumns: [] };

export const audience: Figure = {
  name: 'audience',
  about:
    'rows of a CSV as the planner reads them (decoded, normalised, freed of duplicates), to bare csv-parse',
  async run({ quick, pairs, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    try {
      const rows = quick ? 200_000 : 1_000_000;
      const path = await csvOf(folder, rows);
      const ratios: number[] = [];
      const rates: number[] = [];
      for (let pair = 0; pair <= pairs; pair += 1) {
        const [ours, bare] = [await timed(() => planned(path)), await timed(() => parsed(path))];
        if (pair === 0) continue;
        ratios.push(bare / ours);
        rates.push((rows / ours) * 1000);
        say(
          `pair ${pair}: ${Math.round((rows / ours) * 1000)} rows/s, csv-parse ${Math.round((rows / bare) * 1000)}`,
        );
      }
      return [
        { what: 'CSV audience to bare csv-parse', values: ratios, unit: 'x', goal: { sign: '>=', value: 1 } },
        { what: 'CSV audience', values: rates, unit: 'rows/s', goal: null },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Every row as far as the planner has it before it is written down. */
async function planned(path: string): Promise<void> {
  const filter = new DuplicateFilter();
  for await (const rows of openAudience({ kind: 'csv', path }).rows()) {
    for (const row of rows) {
      const judged = judgeRow(row, filter);
      if (judged.kind === 'person') recipientOf(row, judged.address, READER);
    }
  }
}

/** To arrays of cells, by the stream that csv-parse is. */
async function parsed(path: string): Promise<void> {
  await pipeline(createReadStream(path), parse(), async (records) => {
    for await (const _record of records);
  });
}
