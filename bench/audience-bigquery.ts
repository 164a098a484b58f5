import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigqueryAudience } from '../src/audience/bigquery.ts';
import { openAudience } from '../src/audience/open.ts';
import type { AudienceSource } from '../src/audience/source.ts';
import { connectBigQuery } from '../src/bigquery/connect.ts';
import type { Figure } from './support/figure.ts';
import { startScript } from './support/process.ts';

const PROJECT = 'fake-project';

export const audienceBigQuery: Figure = {
  name: 'audience-bigquery',
  about: 'rows of an audience in BigQuery, read from a fake of it, to the same rows as NDJSON',
  async run({ quick, pairs, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const fake = await startScript('support/fake-bigquery.ts', []);
    try {
      const list = await staged(fake.line.split(' ')[0] ?? '', quick ? 50_000 : 200_000);
      const { rows, path } = await written(list, folder);
      const file = openAudience({ kind: 'ndjson', path });
      const ratios: number[] = [];
      const rates: number[] = [];
      for (let pair = 0; pair <= pairs; pair += 1) {
        const [ours, lines] = [await timed(list), await timed(file)];
        if (pair === 0) continue;
        ratios.push(lines / ours);
        rates.push((rows / ours) * 1000);
        say(
          `pair ${pair}: ${Math.round((rows / ours) * 1000)} rows/s, NDJSON ${Math.round((rows / lines) * 1000)}`,
        );
      }
      const note = 'what the fake takes is in it';
      return [
        { what: 'BigQuery audience to NDJSON', values: ratios, unit: 'x', goal: null, note },
        { what: 'BigQuery audience', values: rates, unit: 'rows/s', goal: null, note },
      ];
    } finally {
      await fake.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** An audience whose query has run. */
async function staged(restUrl: string, rows: number): Promise<AudienceSource> {
  const bigquery = connectBigQuery({ project: PROJECT, restUrl }, false);
  await bigquery.createDataset('bench');
  const query = `SELECT 'user' || i || '@example' || (i % 97) || '.com' AS email, 'Name ' || i AS name, i AS points, 'city' AS city FROM range(${rows}) AS r(i)`;
  const list = bigqueryAudience({
    bigquery,
    place: { project: PROJECT, dataset: 'bench', location: null },
    queryGbMax: 100,
    audience: { kind: 'bigquery', query },
    campaign: 'bench',
    purpose: 'send',
  });
  await list.fingerprint();
  return list;
}

async function written(list: AudienceSource, folder: string): Promise<{ rows: number; path: string }> {
  const lines: string[] = [];
  for await (const rows of list.rows()) for (const { data } of rows) lines.push(JSON.stringify(data));
  const path = join(folder, 'people.ndjson');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return { rows: lines.length, path };
}

async function timed(list: AudienceSource): Promise<number> {
  const start = performance.now();
  for await (const _rows of list.rows());
  return performance.now() - start;
}
