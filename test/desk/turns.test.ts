import { expect, test } from 'vitest';
import { Turns } from '../../src/desk/turns.ts';

test('no more than so many work at a time, in the order in which they came', async () => {
  const turns = new Turns(2, 10);
  const begun: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const all = gates.map((gate, index) =>
    turns.take(async () => {
      begun.push(index);
      await gate.promise;
      return index;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  gates[1]?.resolve();
  await all[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4]);
});

test('who comes when too many wait is turned away, and one that fails gives its place up', async () => {
  const turns = new Turns(1, 1);
  const gate = Promise.withResolvers<void>();
  const first = turns.take(() => gate.promise);
  const second = turns.take(async () => 'second');
  await expect(turns.take(async () => 'third')).rejects.toMatchObject({ code: 'DESK_BUSY' });
  gate.reject(new Error('as told'));
  await expect(first).rejects.toThrow('as told');
  expect(await second).toBe('second');
  expect(await turns.take(async () => 'fourth')).toBe('fourth');
});
