import { setTimeout as sleep } from 'node:timers/promises';
import { csvOf } from './support/audience.ts';
import type { Figure } from './support/figure.ts';
import { Stage } from './support/stage.ts';

export const feedback: Figure = {
  name: 'feedback',
  about: 'two processes, with every Send and Delivery event back by SQS and applied',
  async run({ quick, say }) {
    const recipients = quick ? 20_000 : 100_000;
    const stage = await Stage.open({ events: true });
    try {
      await stage.worker();
      await stage.worker();
      await stage.send(
        stage.campaign('with-events', { kind: 'csv', path: await csvOf(stage.folder, recipients) }),
      );
      await stage.finished('with-events');
      const { firstAt } = await stage.stats();
      while (Number(await stage.redis.hget('{sluice}:campaign:with-events', 'delivered')) < recipients)
        await sleep(50);
      const perSecond = (recipients / (Date.now() - firstAt)) * 1000;
      say(`${Math.round(perSecond)} recipients/s until the last delivery was counted`);
      return [
        {
          what: 'recipients/s with all events applied, two processes',
          values: [perSecond],
          unit: '/s',
          goal: null,
          note: 'aim: 5,000',
        },
      ];
    } finally {
      await stage.close();
    }
  },
};
