import { expect, test } from 'vitest';
import { Gathering } from '../../src/feedback/gather.ts';

/** An action that runs until the test lets it end. */
function heldAction() {
  const calls: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const gathering = new Gathering<number, string>(
    (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve(items.map((item) => `r${item}`)));
        calls.push({ items, end });
      }),
  );
  return { calls, gathering };
}

test('what is asked for while the action runs is done together, and everybody hears of his own', async () => {
  const { calls, gathering } = heldAction();
  const first = gathering.add([1, 2]);
  const second = gathering.add([3]);
  const third = gathering.add([4, 5]);
  expect(calls.map(({ items }) => items)).toEqual([[1, 2]]);
  calls[0]?.end();
  expect(await first).toEqual(['r1', 'r2']);
  expect(calls.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  calls[1]?.end();
  expect(await second).toEqual(['r3']);
  expect(await third).toEqual(['r4', 'r5']);
});

test('an action that fails fails for those whose items it held, and for nobody after', async () => {
  const { calls, gathering } = heldAction();
  const first = gathering.add([1]);
  const second = gathering.add([2]);
  calls[0]?.end(new Error('no'));
  await expect(first).rejects.toThrow('no');
  calls[1]?.end();
  expect(await second).toEqual(['r2']);
  const third = gathering.add([]);
  calls[2]?.end();
  expect(await third).toEqual([]);
});
