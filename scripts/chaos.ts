import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChaos } from '../test/fault/chaos.ts';

/*
 * The fault campaign: rounds of half a minute to two minutes, each with a seed of its own, until the time is over. What it
 * does is in docs/reliability.md. Ends with 1 where a promise was broken, and says what to look at.
 */

const USAGE =
  'usage: npm run chaos -- --minutes N --seed S [--workers 3] [--recipients 3000] [--round-seconds 60] [--gap-ms 900] [--operators 0] [--with TREE] [--keep]';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '3' },
    recipients: { type: 'string', default: '3000' },
    'round-seconds': { type: 'string', default: '60' },
    'gap-ms': { type: 'string', default: '900' },
    operators: { type: 'string', default: '0' },
    with: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const number = (name: keyof typeof values, min: number) => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= min) return value;
  console.error(`--${name} is not a number of at least ${min}\n${USAGE}`);
  return process.exit(2);
};

// An exit by way of these takes the workers along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const until = Date.now() + number('minutes', 0) * 60_000;
const firstSeed = number('seed', 0);
const roundMs = number('round-seconds', 5) * 1_000;
const options = {
  workers: number('workers', 1),
  recipients: number('recipients', 10),
  gapMs: number('gap-ms', 50),
  operators: number('operators', 0),
  otherTree: values.with ?? null,
};
const sums = { rounds: 0, kills: 0, campaigns: 0, mails: 0, broken: 0 };

for (let seed = firstSeed; seed === firstSeed || Date.now() < until; seed += 1) {
  const folder = mkdtempSync(join(tmpdir(), `sluice-chaos-${seed}-`));
  const result = await runChaos({
    ...options,
    seed,
    durationMs: roundMs,
    folder,
    say: (line) => console.error(line),
  });
  console.log(JSON.stringify(result.summary));
  sums.rounds += 1;
  sums.kills += result.kills;
  sums.campaigns += result.campaigns;
  sums.mails += result.mails;
  if (result.findings.length > 0) {
    sums.broken += 1;
    for (const { campaign, kind, text } of result.findings)
      console.log(`BROKEN ${kind} ${campaign}: ${text}`);
    console.log(
      `seed ${seed} again: npm run chaos -- --minutes 0 --seed ${seed} --workers ${options.workers} --recipients ${options.recipients} --round-seconds ${roundMs / 1_000} --gap-ms ${options.gapMs} --operators ${options.operators}${values.with === undefined ? '' : ` --with ${values.with}`}; evidence in ${folder}`,
    );
  } else if (values.keep) {
    console.log(`evidence in ${folder}`);
  } else {
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(JSON.stringify(sums));
process.exitCode = sums.broken > 0 ? 1 : 0;
