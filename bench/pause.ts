import { setTimeout as sleep } from 'node:timers/promises';
import { csvOf } from './support/audience.ts';
import type { Figure } from './support/figure.ts';
import { runSluice } from './support/process.ts';
import { Stage } from './support/stage.ts';

/** Longer than any call that was claimed before. */
const AFTER_MS = 1_500;

export const pause: Figure = {
  name: 'pause',
  about: 'recipients who are claimed after `pause` has returned, at full speed',
  async run({ quick, say }) {
    const stage = await Stage.open();
    try {
      await stage.worker();
      await stage.worker();
      await stage.send(
        stage.campaign('to-pause', { kind: 'csv', path: await csvOf(stage.folder, 1_000_000) }),
      );
      let late = 0;
      for (let run = 1; run <= (quick ? 3 : 10); run += 1) {
        const { recipients } = await stage.stats();
        while ((await stage.stats()).recipients < recipients + 5_000) await sleep(5);
        await runSluice(['pause', 'to-pause'], stage.environment);
        // Whoever is claimed by now was claimed before: all of them are, or will be, at SES.
        const claimed = await claimedSoFar(stage);
        await sleep(AFTER_MS);
        const sent = (await stage.stats()).recipients;
        late += Math.max(0, sent - claimed);
        say(`pause ${run}: ${claimed} claimed when it had returned, ${sent} sent ${AFTER_MS} ms later`);
        await runSluice(['resume', 'to-pause'], stage.environment);
      }
      return [
        { what: 'claims after pause has returned', values: [late], unit: '', goal: { sign: '=', value: 0 } },
      ];
    } finally {
      await stage.close();
    }
  },
};

/** Accepted, and claimed in the ledgers of batches that are not settled: read in one step, so that nobody is counted twice. */
async function claimedSoFar(stage: Stage): Promise<number> {
  const script = `
    local base = '{sluice}:campaign:to-pause'
    local count = tonumber(redis.call('HGET', base, 'accepted') or 0)
    for _, batch in ipairs(redis.call('ZRANGE', base .. ':outstanding', 0, -1)) do
      local states = redis.call('HGET', base .. ':batch:' .. batch, 's') or ''
      for run in string.gmatch(states, '[^,]+') do
        if string.sub(run, 1, 1) == 'c' then count = count + tonumber(string.match(run, '%*(%d+)$') or 1) end
      end
    end
    return count`;
  return Number(await stage.redis.eval(script, 0));
}
