import { csvOf } from './support/audience.ts';
import type { Figure, RunOptions } from './support/figure.ts';
import { Stage } from './support/stage.ts';

/** One worker process against the bare loop of the SDK, in turn: recipients a second, processor time, commands of Redis. */
export const throughput: Figure = {
  name: 'throughput',
  about: 'one worker process, suppression of a million, log to files, pace open, to the bare SDK bulk loop',
  async run({ quick, pairs, say }: RunOptions) {
    const recipients = quick ? 100_000 : 300_000;
    const stage = await Stage.open();
    try {
      await stage.suppress(quick ? 100_000 : 1_000_000);
      const worker = await stage.worker();
      await deliver(stage, 'warm-up', await csvOf(stage.folder, 50_000));
      const csv = await csvOf(stage.folder, recipients);
      const [ratios, cpuRatios, rates, loops, cpus, commands]: number[][] = [[], [], [], [], [], []];
      for (let pair = 1; pair <= pairs; pair += 1) {
        const loop = await stage.loop('bare-bulk-loop.ts', stage.sesUrl, String(recipients / 2));
        const before = {
          worker: worker.cpuSeconds(),
          redis: stage.redisCpuSeconds(),
          commands: await stage.redisCommands(),
        };
        const perSecond = await deliver(stage, `pair-${pair}`, csv);
        const cpu = worker.cpuSeconds() - before.worker + stage.redisCpuSeconds() - before.redis;
        const cpuPer100k = (cpu / recipients) * 100_000;
        ratios?.push(perSecond / loop.perSecond);
        cpuRatios?.push(cpuPer100k / loop.cpuPer100k);
        rates?.push(perSecond);
        loops?.push(loop.perSecond);
        cpus?.push(cpuPer100k);
        commands?.push(((await stage.redisCommands()) - before.commands) / recipients);
        say(
          `pair ${pair}: ${Math.round(perSecond)}/s, loop ${Math.round(loop.perSecond)}/s; ${cpuPer100k.toFixed(2)} and ${loop.cpuPer100k.toFixed(2)} CPU-s/100k`,
        );
      }
      return [
        {
          what: 'throughput of one worker to the bare loop',
          values: ratios ?? [],
          unit: 'x',
          goal: { sign: '>=', value: 1 },
        },
        {
          what: 'CPU of worker and Redis to the bare loop',
          values: cpuRatios ?? [],
          unit: 'x',
          goal: { sign: '<=', value: 1.2 },
        },
        { what: 'recipients a second, one worker', values: rates ?? [], unit: '/s', goal: null },
        { what: 'recipients a second, bare loop', values: loops ?? [], unit: '/s', goal: null },
        { what: 'CPU of worker and Redis per 100,000', values: cpus ?? [], unit: 's', goal: null },
        {
          what: 'Redis commands a recipient, all of them',
          values: commands ?? [],
          unit: '',
          goal: { sign: '<=', value: 1.2 },
        },
      ];
    } finally {
      await stage.close();
    }
  },
};

/** Recipients a second from the first call to SES to the campaign's end; resolves when the log has everything. */
export async function deliver(stage: Stage, id: string, csv: string): Promise<number> {
  await stage.resetStats();
  await stage.send(stage.campaign(id, { kind: 'csv', path: csv }));
  const { finishedAt } = await stage.finished(id);
  const { recipients, firstAt } = await stage.stats();
  await stage.shipped();
  return (recipients / (finishedAt - firstAt)) * 1000;
}
