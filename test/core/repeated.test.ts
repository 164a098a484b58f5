import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Repeated } from '../../src/core/repeated.ts';
import { eventually } from '../support/eventually.ts';
import { silentLogger } from '../support/logger.ts';

const parts = { clock: systemClock, logger: silentLogger, intervalMs: 1, failure: 'as the test says' };

test('it goes on after a failure', async () => {
  let times = 0;
  const service = new Repeated({
    ...parts,
    act: async () => {
      times += 1;
      if (times < 3) throw new Error('not yet');
    },
  });
  await service.start();
  await service.start();
  await eventually(() => expect(times).toBeGreaterThan(4));
  await service.stop();
  const ended = times;
  await systemClock.sleep(20);
  expect(times).toBe(ended);
});

test('stop waits for what is being done, and tells it', async () => {
  let isDone = false;
  const service = new Repeated({
    ...parts,
    act: async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      isDone = true;
    },
  });
  await service.start();
  await systemClock.sleep(20);
  await service.stop();
  expect(isDone).toBe(true);
});

test('one that was stopped before it was started does nothing', async () => {
  let times = 0;
  const service = new Repeated({
    ...parts,
    act: async () => {
      times += 1;
    },
  });
  await service.stop();
  await service.start();
  await systemClock.sleep(20);
  expect(times).toBe(0);
});
