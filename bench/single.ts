import { csvOf } from './support/audience.ts';
import type { Figure } from './support/figure.ts';
import { Stage } from './support/stage.ts';
import { deliver } from './throughput.ts';

export const single: Figure = {
  name: 'single',
  about: 'one call a recipient, to the bare loop of SendEmail by the SDK',
  async run({ quick, pairs, say }) {
    const stage = await Stage.open({}, { SLUICE_SES_STRATEGY: 'single', SLUICE_CONCURRENCY: '50' });
    try {
      await stage.worker();
      const recipients = quick ? 5_000 : 20_000;
      await deliver(stage, 'warm-up', await csvOf(stage.folder, 3_000));
      const csv = await csvOf(stage.folder, recipients);
      const ratios: number[] = [];
      for (let pair = 1; pair <= Math.min(pairs, 3); pair += 1) {
        const loop = await stage.loop('bare-single-loop.ts', stage.sesUrl, String(recipients / 2));
        const perSecond = await deliver(stage, `pair-${pair}`, csv);
        ratios.push(perSecond / loop.perSecond);
        say(`pair ${pair}: ${Math.round(perSecond)}/s, loop ${Math.round(loop.perSecond)}/s`);
      }
      return [
        {
          what: 'single strategy to the loop of SendEmail',
          values: ratios,
          unit: 'x',
          goal: { sign: '>=', value: 1 },
        },
      ];
    } finally {
      await stage.close();
    }
  },
};
