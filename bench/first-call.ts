import { setTimeout as sleep } from 'node:timers/promises';
import { enqueueCampaign } from '../src/index.ts';
import { csvOf } from './support/audience.ts';
import type { Figure } from './support/figure.ts';
import { HTML } from './support/mail.ts';
import { Stage } from './support/stage.ts';

export const firstCall: Figure = {
  name: 'first-call',
  about: 'from enqueueing a CSV of a million rows to the first call to SES',
  async run({ pairs }) {
    const stage = await Stage.open();
    try {
      await stage.worker();
      const path = await csvOf(stage.folder, 1_000_000);
      const values: number[] = [];
      for (let run = 1; run <= pairs; run += 1) {
        const id = `first-${run}`;
        await stage.resetStats();
        const start = performance.now();
        await enqueueCampaign(
          {
            id,
            sender: { from: 'news@example.com' },
            content: { subject: 'Hello', html: HTML },
            audience: { kind: 'csv', path },
          },
          { redis: stage.environment['REDIS_URL'] ?? '' },
        );
        while ((await stage.stats()).calls === 0) await sleep(2);
        values.push((performance.now() - start) / 1000);
        await stage.cancel(id);
      }
      return [
        {
          what: 'from enqueue to the first call, 1,000,000 rows',
          values,
          unit: 's',
          goal: { sign: '<=', value: 1 },
        },
      ];
    } finally {
      await stage.close();
    }
  },
};
