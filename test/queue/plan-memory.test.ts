import { expect, test } from 'vitest';
import { PlanMemory, SMALL_FILTER_BYTES } from '../../src/queue/plan-memory.ts';

const LARGE = 2 * SMALL_FILTER_BYTES;
const ROWS = LARGE / 16;

function admitted(memory: PlanMemory, isUrgent = false, rows = 0) {
  const seat = memory.admit(isUrgent, rows);
  if (!seat) throw new Error('there was no room');
  return seat;
}

test('where memory is used up the youngest long plan gives way, and the oldest goes on', () => {
  const memory = new PlanMemory(LARGE * 1.5, 10);
  const [oldest, youngest] = [admitted(memory), admitted(memory)];
  expect(oldest.mayStay({ bytes: LARGE })).toBe(true);
  expect(youngest.mayStay({ bytes: SMALL_FILTER_BYTES })).toBe(true);
  expect(youngest.mayStay({ bytes: LARGE })).toBe(false);
  expect(oldest.mayStay({ bytes: 4 * LARGE })).toBe(true);
});

test('who gave way comes back when there is room for what it had', () => {
  const memory = new PlanMemory(LARGE * 1.5, 10);
  const oldest = admitted(memory, false, ROWS);
  expect(memory.admit(false, ROWS)).toBeNull();
  oldest.leave();
  expect(memory.admit(false, ROWS)).not.toBeNull();
});

test('a list that is larger than all memory is planned when no other long one is', () => {
  const memory = new PlanMemory(LARGE, 10);
  expect(admitted(memory, false, 10 * ROWS).mayStay({ bytes: 10 * LARGE })).toBe(true);
});

test('short lists neither wait for long ones nor give way to them', () => {
  const memory = new PlanMemory(LARGE, 10);
  admitted(memory, false, ROWS).mayStay({ bytes: 4 * LARGE });
  expect(admitted(memory).mayStay({ bytes: SMALL_FILTER_BYTES / 2 })).toBe(true);
});

test('a transactional campaign waits for nobody, whatever its size and however many others there are', () => {
  const memory = new PlanMemory(LARGE, 2);
  admitted(memory, false, ROWS);
  admitted(memory);
  expect(memory.admit(false, 0)).toBeNull();
  expect(admitted(memory, true, ROWS).mayStay({ bytes: 10 * LARGE })).toBe(true);
});
