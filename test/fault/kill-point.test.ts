import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../../src/core/redis-server.ts';
import { scriptSource } from '../../src/core/script.ts';
import type { Victim } from './process.ts';
import { Scene } from './scene.ts';
import { type Customs, type Passage, runsScript } from './wire.ts';

/*
 * A worker dies at a named point of its one call, and another takes over. The point is found from outside, at the wire to
 * Redis or at SES's door: nothing in the program knows of these tests.
 */

const CLAIM = scriptSource(new URL('../../src/send/claim.lua', import.meta.url));
const SETTLE = scriptSource(new URL('../../src/send/settle.lua', import.meta.url));

/** Workers are started, jobs stall, doubt ripens, and the sweeper comes by every five seconds. */
const OPTIONS = { concurrent: true, timeout: 600_000 };

let folder = '';
let server: RedisServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-kill-'));
  server = await startRedisServer(folder, ['--appendfsync', 'no']);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const isOf =
  (source: string, way: Passage['way']) =>
  (passage: Passage): boolean =>
    passage.way === way && !passage.isError && runsScript(passage.command, source);

/** Lets everything pass until the point is reached; there the worker is killed, and nothing passes any more. */
function killAt(victim: () => Victim | null, isPoint: (passage: Passage) => boolean): Customs {
  let isReached = false;
  return (passage) => {
    if (!isReached && !isPoint(passage)) return 'pass';
    isReached = true;
    victim()?.signal('SIGKILL');
    return 'swallow';
  };
}

/** The BullMQ script that ends a job names the set of ended ones; so does the one that adds a job, but not after a settle. */
function acknowledgeAfterSettle(): (passage: Passage) => boolean {
  let isSettled = false;
  return (passage) => {
    if (isOf(SETTLE, 'answer')(passage)) isSettled = true;
    return (
      isSettled &&
      passage.way === 'command' &&
      passage.command.some((word) => word.endsWith(':batches:completed'))
    );
  };
}

async function dieAtTheWire(doubt: 'drop' | 'resend', isPoint: (passage: Passage) => boolean) {
  const scene = await Scene.begin(server.url, doubt);
  try {
    let victim: Victim | null = null;
    victim = await scene.worker(killAt(() => victim, isPoint));
    const dying = victim;
    await scene.until('its death', () => (dying.isAlive ? null : true));
    await scene.worker();
    const receipt = await scene.over();
    return {
      counts: receipt.counts,
      mails: scene.endpoint.judge.mails,
      findings: await scene.findings(receipt),
    };
  } finally {
    await scene.end();
  }
}

describe('a worker that is killed', OPTIONS, () => {
  test('before its claim has sent to nobody, and another sends to all', async () => {
    const { counts, mails, findings } = await dieAtTheWire('drop', isOf(CLAIM, 'command'));
    expect(findings).toEqual([]);
    expect(mails).toHaveLength(50);
    expect(counts).toMatchObject({ accepted: 50, dropped: 0, resent: 0 });
  });

  test('after its claim leaves all in doubt, and they are sent to where the policy says so', async () => {
    const { counts, mails, findings } = await dieAtTheWire('resend', isOf(CLAIM, 'answer'));
    expect(findings).toEqual([]);
    expect(mails).toHaveLength(50);
    expect(counts).toMatchObject({ accepted: 50, resent: 50 });
  });

  test('after its claim leaves all in doubt, and nobody is sent to where the policy says no', async () => {
    const { counts, mails, findings } = await dieAtTheWire('drop', isOf(CLAIM, 'answer'));
    expect(findings).toEqual([]);
    expect(mails).toHaveLength(0);
    expect(counts).toMatchObject({ accepted: 0, dropped: 50 });
  });

  test('during its call, when SES has the mail, leaves all in doubt and nobody gets it twice', async () => {
    const dead = Promise.withResolvers<void>();
    let victim: Victim | null = null;
    const scene = await Scene.begin(server.url, 'drop', {
      taken: async () => {
        victim?.signal('SIGKILL');
        await dead.promise;
      },
    });
    try {
      const dying = await scene.worker();
      victim = dying;
      await scene.until('its death', () => (dying.isAlive ? null : true));
      dead.resolve();
      await scene.worker();
      const receipt = await scene.over();
      expect(await scene.findings(receipt)).toEqual([]);
      expect(scene.endpoint.judge.mails).toHaveLength(50);
      expect(receipt.counts).toMatchObject({ accepted: 0, dropped: 50 });
    } finally {
      await scene.end();
    }
  });

  test('with SES’s answer in its hand leaves all in doubt and nobody gets it twice', async () => {
    const { counts, mails, findings } = await dieAtTheWire('drop', isOf(SETTLE, 'command'));
    expect(findings).toEqual([]);
    expect(mails).toHaveLength(50);
    expect(counts).toMatchObject({ accepted: 0, dropped: 50 });
  });

  test('during its settle, of which it never hears, has settled once', async () => {
    const { counts, mails, findings } = await dieAtTheWire('resend', isOf(SETTLE, 'answer'));
    expect(findings).toEqual([]);
    expect(mails).toHaveLength(50);
    expect(counts).toMatchObject({ accepted: 50, resent: 0 });
  });

  test('after its settle and before the queue hears of it has settled once', async () => {
    const { counts, mails, findings } = await dieAtTheWire('resend', acknowledgeAfterSettle());
    expect(findings).toEqual([]);
    expect(mails).toHaveLength(50);
    expect(counts).toMatchObject({ accepted: 50, resent: 0 });
  });
});

describe('a worker that lives and never hears of', OPTIONS, () => {
  const loseOnce = (isPoint: (passage: Passage) => boolean): Customs => {
    let isLost = false;
    return (passage) => {
      if (isLost || !isPoint(passage)) return 'pass';
      isLost = true;
      return 'cut';
    };
  };

  test.for([
    ['its claim asks again under the same number, and sends once', CLAIM],
    ['its settle settles again, and counts once', SETTLE],
  ])('%s', async ([, script = '']) => {
    const scene = await Scene.begin(server.url, 'hold');
    try {
      await scene.worker(loseOnce(isOf(script, 'answer')));
      const receipt = await scene.over();
      expect(await scene.findings(receipt)).toEqual([]);
      expect(scene.endpoint.judge.mails).toHaveLength(50);
      expect(receipt.counts).toMatchObject({ accepted: 50, inDoubt: 0, resent: 0 });
    } finally {
      await scene.end();
    }
  });
});
