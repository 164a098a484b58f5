import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Keys } from '../../src/core/keys.ts';
import { Roster } from '../../src/queue/roster.ts';
import { Daemon, sluice } from '../support/cli.ts';
import { sluiceHere } from '../support/cli-here.ts';
import { eventually } from '../support/eventually.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const logDir = mkdtempSync(join(tmpdir(), 'sluice-crew-'));
const daemons: Daemon[] = [];

afterEach(async () => {
  await Promise.all(daemons.splice(0).map((daemon) => daemon.stop()));
});

afterAll(() => rmSync(logDir, { recursive: true, force: true }));

function environment(): Record<string, string> {
  return { REDIS_URL: server.url, SLUICE_SES: 'sandbox', SLUICE_LOG_DIR: logDir };
}

function crewOf(processes: number): Daemon {
  const daemon = new Daemon(['worker', '--processes', String(processes)], environment());
  daemons.push(daemon);
  return daemon;
}

/** The ids of the processes on the roster: a worker's name ends with its process id and a random part. */
async function processIds(): Promise<number[]> {
  const present = await new Roster(server.redis, new Keys('{sluice}')).present();
  return present.map(({ name }) => Number(name.split('-').at(-2)));
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}

describe('worker --processes', () => {
  test('so many processes work, and SIGTERM to the parent ends them all', async () => {
    const crew = crewOf(2);
    const ids = await eventually(async () => {
      const present = await processIds();
      expect(present).toHaveLength(2);
      return present;
    });
    expect(await crew.stop()).toBe(0);
    expect(ids.filter(isAlive)).toEqual([]);
    expect(await processIds()).toEqual([]);
  });

  test('a process that is killed is started again', async () => {
    crewOf(2);
    const [first = 0, second = 0] = await eventually(async () => {
      const present = await processIds();
      expect(present).toHaveLength(2);
      return present;
    });
    process.kill(first, 'SIGKILL');
    await eventually(async () => {
      const alive = (await processIds()).filter(isAlive);
      expect(alive).toHaveLength(2);
      expect(alive).toContain(second);
      expect(alive).not.toContain(first);
    });
  });

  test('a parent that is killed leaves no process behind', async () => {
    const crew = crewOf(2);
    const ids = await eventually(async () => {
      const present = await processIds();
      expect(present).toHaveLength(2);
      return present;
    });
    crew.kill('SIGKILL');
    await eventually(() => expect(ids.filter(isAlive)).toEqual([]));
  });

  test.each(['0', '65', 'two', '1.5', '-1'])('--processes %s is refused', async (processes) => {
    const { code, stderr } = await sluiceHere(['worker', `--processes=${processes}`], environment());
    expect(code).toBe(2);
    expect(stderr).toContain(`--processes: "${processes}" is no whole number from 1 to 64`);
  });

  test('a setting that is wrong is said once', async () => {
    const { code, stderr } = await sluice(['worker', '--processes', '2'], {
      ...environment(),
      SLUICE_CONCURRENCY: 'many',
    });
    expect(code).toBe(2);
    expect(stderr.match(/SLUICE_CONCURRENCY/g)).toHaveLength(1);
  });
});
