import { csvOf } from './support/audience.ts';
import type { Figure, FigureRow } from './support/figure.ts';
import { Stage } from './support/stage.ts';
import { deliver } from './throughput.ts';

export const processes: Figure = {
  name: 'processes',
  about: '`worker --processes` 1, 2 and 4 on this machine',
  async run({ quick, say }) {
    const rows: FigureRow[] = [];
    for (const count of [1, 2, 4]) {
      const stage = await Stage.open({}, { SLUICE_WINDOW: '400' });
      try {
        await stage.worker(['--processes', String(count)]);
        const csv = await csvOf(stage.folder, quick ? 50_000 : 200_000);
        await deliver(stage, 'warm-up', csv);
        const values = [await deliver(stage, 'run-1', csv), await deliver(stage, 'run-2', csv)];
        say(`${count}: ${values.map(Math.round).join(', ')}/s`);
        rows.push({ what: `recipients a second, --processes ${count}`, values, unit: '/s', goal: null });
      } finally {
        await stage.close();
      }
    }
    return rows;
  },
};
