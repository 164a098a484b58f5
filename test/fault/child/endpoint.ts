import { z } from 'zod';
import { ailmentOf, fateOf } from '../ailment.ts';
import { startEndpoint } from '../endpoint.ts';

/*
 * The endpoint of a chaos run, as a process of its own: what becomes of a call or an event depends on the seed and on its
 * number alone. Ends with whoever started it.
 */

const options = z
  .object({
    seed: z.number(),
    skewMs: z.number(),
    judgeFile: z.string(),
    perSecond: z.number(),
    latencyMs: z.number(),
    /** Share of events that never come. */
    dropShare: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? '{}'));

const { seed, dropShare } = options;
const endpoint = await startEndpoint({
  ...options,
  ailment: (call) => ailmentOf(seed, call),
  fate: (event) => fateOf(seed, event, dropShare),
});
process.stdout.write(`${JSON.stringify({ url: endpoint.url, queueUrl: endpoint.queueUrl })}\n`);
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
