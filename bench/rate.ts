import { setTimeout as sleep } from 'node:timers/promises';
import { csvOf } from './support/audience.ts';
import type { Figure, FigureRow } from './support/figure.ts';
import { Stage } from './support/stage.ts';

const PROCESSES = 4;

export const rate: Figure = {
  name: 'rate',
  about: "use of the account's rate by four worker processes, and calls answered 429",
  async run({ quick, say }) {
    const rows: FigureRow[] = [];
    for (const perSecond of [500, 14]) {
      const seconds = quick ? 20 : 60;
      const stage = await Stage.open({ rate: perSecond });
      try {
        await Promise.all(Array.from({ length: PROCESSES }, () => stage.worker()));
        await stage.send(
          stage.campaign('paced', {
            kind: 'csv',
            path: await csvOf(stage.folder, perSecond * (seconds + 30)),
          }),
        );
        while ((await stage.stats()).calls === 0) await sleep(5);
        // The first second may have the burst in it.
        await sleep(1_000);
        const [before, start] = [await stage.stats(), performance.now()];
        await sleep(seconds * 1000);
        const [after, end] = [await stage.stats(), performance.now()];
        const use = (after.recipients - before.recipients) / perSecond / ((end - start) / 1000);
        const throttled = after.throttledCalls / (after.calls + after.throttledCalls);
        say(
          `${perSecond}/s: use ${use.toFixed(4)}, 429s ${after.throttledCalls} of ${after.calls}, at most ${after.recipientsPerSecondMax} in a second`,
        );
        rows.push(
          {
            what: `use of ${perSecond}/s by ${PROCESSES} processes`,
            values: [use],
            unit: '',
            goal: { sign: '>=', value: 0.98 },
            note: `at most ${after.recipientsPerSecondMax} in a second of the clock`,
          },
          {
            what: `calls answered 429 at ${perSecond}/s`,
            values: [throttled * 100],
            unit: '%',
            goal: { sign: '<=', value: 0.1 },
          },
        );
      } finally {
        await stage.close();
      }
    }
    return rows;
  },
};
