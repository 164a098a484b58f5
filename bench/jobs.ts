import { csvOf } from './support/audience.ts';
import type { Figure } from './support/figure.ts';
import { Stage } from './support/stage.ts';
import { deliver } from './throughput.ts';

export const jobs: Figure = {
  name: 'jobs',
  about: 'one worker process to a BullMQ job for each recipient',
  async run({ quick, pairs, say }) {
    const stage = await Stage.open();
    try {
      await stage.worker();
      const csv = await csvOf(stage.folder, quick ? 50_000 : 200_000);
      await deliver(stage, 'warm-up', csv);
      const ratios: number[] = [];
      for (let pair = 1; pair <= Math.min(pairs, 3); pair += 1) {
        const redisUrl = stage.environment['REDIS_URL'] ?? '';
        const usual = await stage.loop(
          'job-a-recipient.ts',
          redisUrl,
          stage.sesUrl,
          quick ? '5000' : '15000',
        );
        const perSecond = await deliver(stage, `pair-${pair}`, csv);
        ratios.push(perSecond / usual.perSecond);
        say(`pair ${pair}: ${Math.round(perSecond)}/s, a job each ${Math.round(usual.perSecond)}/s`);
      }
      return [
        {
          what: 'throughput to one job a recipient',
          values: ratios,
          unit: 'x',
          goal: { sign: '>=', value: 20 },
        },
      ];
    } finally {
      await stage.close();
    }
  },
};
