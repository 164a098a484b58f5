import { expect, test } from 'vitest';
import type { FaultAction } from '../../src/sandbox/fault.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { useSandbox } from './client.ts';

const open = useSandbox();
const mail = { to: ['a@example.com'] };

test.each<[FaultAction, object]>([
  [{ kind: 'drop', taken: false }, { code: 'ECONNRESET' }],
  [{ kind: 'status', taken: false, status: 503, name: 'ServiceUnavailable' }, { name: 'ServiceUnavailable' }],
  [{ kind: 'garbage', taken: false, body: '<html>' }, { name: 'SyntaxError' }],
])('a fault before the mail is taken leaves no mail: %o', async (fault, error) => {
  const { send, sandbox } = await open({ faults: () => fault });
  await expect(send(mail)).rejects.toMatchObject(error);
  expect(sandbox.store.stats().accepted).toBe(0);
});

test.each<[FaultAction, object]>([
  [{ kind: 'drop', taken: true }, { code: 'ECONNRESET' }],
  [{ kind: 'status', taken: true, status: 500 }, { $metadata: { httpStatusCode: 500 } }],
  [{ kind: 'garbage', taken: true, body: '<html>' }, { name: 'SyntaxError' }],
])('a fault after the mail was taken spoils the answer alone: %o', async (fault, error) => {
  const { send, sandbox } = await open({ faults: () => fault });
  await expect(send(mail)).rejects.toMatchObject(error);
  expect(sandbox.store.stats().accepted).toBe(1);
});

test('a call that is late on its way is judged by the time of its arrival', async () => {
  const clock = new MovableClock();
  const { send, sandbox } = await open({
    clock,
    faults: () => {
      clock.move(6 * 60_000);
      return { kind: 'delay', taken: false, ms: 1 };
    },
  });
  await expect(send(mail)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  expect(sandbox.store.stats().accepted).toBe(0);
});

test('the hook sees every call, by number and operation, and may wait', async () => {
  const seen: [number, string][] = [];
  const { send } = await open({
    faults: async ({ number, operation, body }) => {
      await Promise.resolve();
      expect(JSON.parse(body.toString())).toMatchObject({ BulkEmailEntries: [{}] });
      seen.push([number, operation]);
      return number === 1 ? { kind: 'drop', taken: false } : null;
    },
  });
  await expect(send(mail)).rejects.toThrow();
  await expect(send(mail)).resolves.toMatchObject([{ Status: 'SUCCESS' }]);
  expect(seen).toEqual([
    [1, 'SendBulkEmail'],
    [2, 'SendBulkEmail'],
  ]);
});

test('a sandbox that is closed neither waits for a delayed call nor takes its mail', async () => {
  let arrived = () => {};
  const atTheHook = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { send, sandbox } = await open({
    faults: () => {
      arrived();
      return { kind: 'delay', taken: false, ms: 3_600_000 };
    },
  });
  const answer = expect(send(mail)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await atTheHook;
  await sandbox.close();
  await answer;
  expect(sandbox.store.stats().accepted).toBe(0);
});
