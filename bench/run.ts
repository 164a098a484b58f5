/*
 * All figures of docs/performance.md, against the product as it stands in this checkout:
 *
 *   npm run bench                            all of them, an hour or so
 *   npm run bench -- --only throughput,rate  some of them
 *   npm run bench -- --quick                 smaller and fewer runs: shows that all of it works
 *   npm run bench -- --pairs 3 --json out.json
 *   npm run bench -- --list
 */
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { audience } from './audience.ts';
import { audienceBigQuery } from './audience-bigquery.ts';
import { ceiling } from './ceiling.ts';
import { events } from './events.ts';
import { fairness } from './fairness.ts';
import { feedback } from './feedback.ts';
import { firstCall } from './first-call.ts';
import { jobs } from './jobs.ts';
import { memory } from './memory.ts';
import { pause } from './pause.ts';
import { processes } from './processes.ts';
import { rate } from './rate.ts';
import { shipper } from './shipper.ts';
import { single } from './single.ts';
import { type FigureRow, markdownTable } from './support/figure.ts';
import { throughput } from './throughput.ts';

const FIGURES = [
  ceiling,
  throughput,
  jobs,
  single,
  processes,
  audience,
  audienceBigQuery,
  shipper,
  firstCall,
  fairness,
  pause,
  rate,
  events,
  feedback,
  memory,
];

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const say = (text: string) => void process.stderr.write(`${text}\n`);

if (options.list) {
  for (const { name, about } of FIGURES) process.stdout.write(`${name}: ${about}\n`);
  process.exit(0);
}
const wanted = options.only?.split(',') ?? FIGURES.map(({ name }) => name);
const unknown = wanted.filter((name) => !FIGURES.some((figure) => figure.name === name));
if (unknown.length > 0) {
  say(`bench: no figure is named ${unknown.join(', ')}; --list names them`);
  process.exit(2);
}

const pairs = Number(options.pairs ?? (options.quick ? 1 : 5));
const rows: FigureRow[] = [];
for (const figure of FIGURES.filter(({ name }) => wanted.includes(name))) {
  say(`\n${figure.name}: ${figure.about}`);
  try {
    rows.push(...(await figure.run({ quick: options.quick, pairs, say: (text) => say(`  ${text}`) })));
  } catch (thrown) {
    // The others are worth something all the same.
    say(`  failed: ${String(thrown)}`);
    process.exitCode = 1;
  }
}
const [cpu] = cpus();
const machine = `${cpu?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GB, Node ${process.version}`;
if (options.json)
  writeFileSync(
    options.json,
    `${JSON.stringify({ machine, at: new Date().toISOString(), quick: options.quick, rows }, null, 2)}\n`,
  );
process.stdout.write(`\n${machine}${options.quick ? ', short form' : ''}\n\n${markdownTable(rows)}\n`);
