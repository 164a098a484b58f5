import { csvOf } from './support/audience.ts';
import type { Figure, FigureRow } from './support/figure.ts';
import { Stage } from './support/stage.ts';

const PER_SECOND = 500;

/** Milliseconds from enqueue to end. */
interface Times {
  readonly small: number;
  readonly urgent: number;
}

export const fairness: Figure = {
  name: 'fairness',
  about: 'a small campaign behind one of a million at 500 a second, to the same alone',
  async run({ quick, pairs, say }) {
    const stage = await Stage.open({ rate: PER_SECOND });
    const runs = Math.min(pairs, quick ? 1 : 3);
    const [small, urgent] = [
      await csvOf(stage.folder, 1_000, 5_000_000),
      await csvOf(stage.folder, 100, 6_000_000),
    ];
    try {
      await stage.worker();
      const took = async (id: string, path: string, change: object) => {
        const file = stage.campaign(id, { kind: 'csv', path }, change);
        const start = Date.now();
        await stage.send(file);
        const { finishedAt } = await stage.finished(id);
        return finishedAt - start;
      };
      const both = async (name: string) => ({
        small: await took(`small-${name}`, small, {}),
        urgent: await took(`urgent-${name}`, urgent, { category: 'transactional' }),
      });
      await both('warm-up');
      const alone: Times[] = [];
      for (let run = 0; run < runs; run += 1) alone.push(await both(`alone-${run}`));
      await stage.send(stage.campaign('large', { kind: 'csv', path: await csvOf(stage.folder, 1_000_000) }));
      while ((await stage.stats()).calls < 100) await new Promise((resolve) => setTimeout(resolve, 100));
      const behind: Times[] = [];
      for (let run = 0; run < runs; run += 1) behind.push(await both(`behind-${run}`));
      say(`alone ${JSON.stringify(alone)}, behind ${JSON.stringify(behind)}`);
      const ratio = (of: 'small' | 'urgent') => behind.map((one, at) => one[of] / (alone[at]?.[of] ?? 1));
      const rows: FigureRow[] = [
        {
          what: '1,000 behind 1,000,000 at 500/s, to that alone',
          values: ratio('small'),
          unit: 'x',
          goal: { sign: '<=', value: 3 },
        },
        {
          what: 'transactional 100 behind 1,000,000, to that alone',
          values: ratio('urgent'),
          unit: 'x',
          goal: { sign: '<=', value: 2 },
        },
      ];
      return rows;
    } finally {
      await stage.close();
    }
  },
};
