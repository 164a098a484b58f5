import { rmSync } from 'node:fs';
import { csvOf } from './support/audience.ts';
import type { Figure } from './support/figure.ts';
import { Stage } from './support/stage.ts';
import { deliver } from './throughput.ts';

/** How often Redis is asked for its memory while the campaign runs. */
const LOOK_MS = 500;

export const memory: Figure = {
  name: 'memory',
  about: 'memory and cost of ten million recipients from one CSV',
  async run({ quick, say }) {
    const many = quick ? 1_000_000 : 10_000_000;
    const few = 100_000;
    const stage = await Stage.open();
    try {
      const empty = await stage.redisMegabytes();
      const worker = await stage.worker();
      await deliver(stage, 'warm-up', await csvOf(stage.folder, 50_000));
      const small = await csvOf(stage.folder, few);
      const cost = async (id: string, csv: string, recipients: number) => {
        const before = worker.cpuSeconds() + stage.redisCpuSeconds();
        const perSecond = await deliver(stage, id, csv);
        const perRecipient = ((worker.cpuSeconds() + stage.redisCpuSeconds() - before) / recipients) * 1e6;
        say(`${id}: ${Math.round(perSecond)}/s, ${perRecipient.toFixed(1)} µs of CPU a recipient`);
        return perRecipient;
      };
      const fewCosts = [await cost('few-1', small, few), await cost('few-2', small, few)];
      const csv = await csvOf(stage.folder, many);
      let peak = 0;
      const looking = setInterval(() => {
        stage.redisMegabytes().then(
          (now) => (peak = Math.max(peak, now)),
          () => {},
        );
      }, LOOK_MS);
      const manyCost = await cost('many', csv, many);
      clearInterval(looking);
      fewCosts.push(await cost('few-3', small, few));
      rmSync(csv);
      const note = quick ? '1,000,000 in the short form' : '';
      return [
        {
          what: 'worker RSS, its peak',
          values: [worker.peakMegabytes()],
          unit: 'MB',
          goal: { sign: '<=', value: 350 },
          note,
        },
        {
          what: 'Redis peak above empty',
          values: [peak - empty],
          unit: 'MB',
          goal: { sign: '<=', value: 64 },
          note,
        },
        {
          what: 'cost a recipient to that of 100,000',
          values: fewCosts.map((one) => manyCost / one),
          unit: 'x',
          goal: { sign: '<=', value: 1.15 },
          note,
        },
      ];
    } finally {
      await stage.close();
    }
  },
};
