import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../../src/core/redis-server.ts';
import { scriptSource } from '../../src/core/script.ts';
import type { Victim } from './process.ts';
import { Scene } from './scene.ts';
import { type Customs, runsScript, startToll } from './wire.ts';

/*
 * The fence: a worker is stopped after its claim, loses its lock, and wakes up when another has resolved its entries and
 * sent to them. What it then sends is dated before its claim, and SES does not take it.
 */

const CLAIM = scriptSource(new URL('../../src/send/claim.lua', import.meta.url));

/** Workers are started, jobs stall, doubt ripens, and the sweeper comes by every five seconds. */
const OPTIONS = { concurrent: true, timeout: 600_000 };

let folder = '';
let server: RedisServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-fence-'));
  server = await startRedisServer(folder, ['--appendfsync', 'no']);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Another worker takes over, sends again on the policy's word, and then the first one wakes up. */
async function wakeAfterAnotherHasSent(scene: Scene, sleeper: Victim, wake: () => void): Promise<void> {
  await scene.until('its sleep', () => (sleeper.isStopped ? true : null));
  await scene.worker();
  const receipt = await scene.over();
  expect(receipt.counts).toMatchObject({ accepted: 50, resent: 50 });
  const { expired } = scene.endpoint.stats();
  sleeper.signal('SIGCONT');
  wake();
  await scene.until('its request', () => (scene.endpoint.stats().expired > expired ? true : null));
  expect(scene.endpoint.judge.mails).toHaveLength(50);
  expect(await scene.findings(receipt)).toEqual([]);
}

describe(
  'a worker that wakes up after another has sent is turned away by SES, when it was stopped',
  OPTIONS,
  () => {
    test('after its claim and before it signed', async () => {
      let sleeper: Victim | null = null;
      const atClaim: Customs = ({ way, isError, command }) => {
        if (way === 'answer' && !isError && runsScript(command, CLAIM) && !sleeper?.isStopped) {
          sleeper?.signal('SIGSTOP');
        }
        return 'pass';
      };
      const scene = await Scene.begin(server.url, 'resend');
      try {
        const first = await scene.worker(atClaim);
        sleeper = first;
        await wakeAfterAnotherHasSent(scene, first, () => {});
      } finally {
        await scene.end();
      }
    });

    test.for([
      ['after it signed and before a byte had arrived', 0],
      ['in the middle of the body', 3_000],
    ] as const)('%s', async ([, bytesPassed]) => {
      let sleeper: Victim | null = null;
      const scene = await Scene.begin(server.url, 'resend');
      const toll = await startToll(scene.endpoint.url, bytesPassed, () => void sleeper?.signal('SIGSTOP'));
      try {
        const first = await scene.worker(null, toll.url);
        sleeper = first;
        await toll.held;
        await wakeAfterAnotherHasSent(scene, first, () => toll.letGo());
      } finally {
        await toll.close();
        await scene.end();
      }
    });
  },
);
