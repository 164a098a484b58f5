import { Pool } from 'undici';
import type { Figure } from './support/figure.ts';
import { HTML } from './support/mail.ts';
import { Stage } from './support/stage.ts';

const CALLS = 20;
const ENTRIES = 50;

export const ceiling: Figure = {
  name: 'ceiling',
  about: 'what the stand-in for SES takes of bodies made before: it must not be the limit of any figure',
  async run({ quick }) {
    const stage = await Stage.open();
    try {
      const entry = {
        Destination: { ToAddresses: ['a@example.com'] },
        ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: 'x'.repeat(300) } },
      };
      const body = JSON.stringify({
        DefaultContent: { Template: { TemplateContent: { Html: HTML } } },
        BulkEmailEntries: Array.from({ length: ENTRIES }, () => entry),
      });
      const pool = new Pool(stage.sesUrl, { connections: CALLS, pipelining: 1 });
      const calls = quick ? 5_000 : 20_000;
      let next = 0;
      const start = performance.now();
      const caller = async () => {
        while (next < calls) {
          next += 1;
          const answer = await pool.request({ method: 'POST', path: '/v2/email/outbound-bulk-emails', body });
          await answer.body.dump();
        }
      };
      await Promise.all(Array.from({ length: CALLS }, caller));
      const perSecond = ((calls * ENTRIES) / (performance.now() - start)) * 1000;
      await pool.close();
      return [
        {
          what: 'ceiling of the stand-in for SES at 20 ms and 20 calls',
          values: [perSecond],
          unit: '/s',
          goal: null,
          note: '20 calls of 50 at 20 ms are 50,000/s at the most',
        },
      ];
    } finally {
      await stage.close();
    }
  },
};
