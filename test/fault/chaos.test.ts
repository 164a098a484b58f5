import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runChaos } from './chaos.ts';

/*
 * The short form of the fault campaign (`npm run chaos`): everything goes wrong for half a minute, and about as long again
 * is left for everything to come to its end.
 */

test('whatever is killed, stopped, cut and restarted, nobody gets a mail twice, nobody is lost, and the books agree', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
  const lines: string[] = [];
  const { findings, kills, mails, summary } = await runChaos({
    seed: 7,
    durationMs: 25_000,
    workers: 3,
    recipients: 1_500,
    gapMs: 700,
    operators: 3,
    otherTree: null,
    folder,
    say: (line) => lines.push(line),
  });
  // The folder stays where something is wrong: it is the evidence.
  expect({ findings, folder, lines }).toEqual({ findings: [], folder, lines: expect.anything() });
  // A run in which nothing happened would prove nothing.
  expect(kills).toBeGreaterThan(5);
  expect(mails).toBeGreaterThan(500);
  // Times in which a pause, a cancellation or a suppression forbade mails.
  expect(Number(summary['silences']) + Number(summary['spared'])).toBeGreaterThan(0);
  rmSync(folder, { recursive: true, force: true });
});
