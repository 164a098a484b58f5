import { expect, test } from 'vitest';
import type { Logger } from '../../src/core/logger.ts';
import type { EventReader, StreamMessage } from '../../src/server/event-stream.ts';
import { Hub } from '../../src/server/hub.ts';
import { eventually } from '../support/eventually.ts';

const warnings: string[] = [];
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message) => warnings.push(message),
  error: () => {},
  child: () => logger,
};

function newReader(lastId: string | null = null) {
  const heard: StreamMessage[] = [];
  let isEnded = false;
  const reader: EventReader = {
    lastId,
    send: (message) => heard.push(message),
    end: () => {
      isEnded = true;
    },
  };
  return { reader, heard, data: () => heard.map(({ data }) => data), isEnded: () => isEnded };
}

const often = { intervalMs: 1 };

test('all readers of a topic are told by one poller, which ends with the last of them', async () => {
  const hub = new Hub(logger);
  let asked = 0;
  let running = 0;
  const ask = async () => {
    running += 1;
    expect(running).toBe(1);
    asked += 1;
    await Promise.resolve();
    running -= 1;
    return Math.floor(asked / 10);
  };
  const source = hub.watch('count', ask, often);
  const [one, two] = [newReader(), newReader()];
  const leaveOne = source(one.reader);
  await eventually(() => expect(one.data()).toContain(1));
  const leaveTwo = source(two.reader);
  // Who comes later knows at once how it stands.
  expect(two.heard).toHaveLength(1);
  await eventually(() => expect(two.data()).toContain(3));
  expect(one.data().slice(0, 4)).toEqual([0, 1, 2, 3]);
  leaveOne();
  expect(hub.size).toBe(1);
  leaveTwo();
  expect(hub.size).toBe(0);
  const before = asked;
  await new Promise((done) => setTimeout(done, 20));
  expect(asked - before).toBeLessThanOrEqual(1);
});

test('a reader that comes back gets nothing that it has', async () => {
  const first = newReader();
  const leave = new Hub(logger).watch('x', async () => 'same', often)(first.reader);
  await eventually(() => expect(first.heard).toHaveLength(1));
  leave();
  const again = newReader(first.heard[0]?.id ?? null);
  const other = newReader('something older');
  const source = new Hub(logger).watch('x', async () => 'same', often);
  const leaves = [source(again.reader), source(other.reader)];
  await eventually(() => expect(other.heard).toHaveLength(1));
  expect(again.heard).toEqual([]);
  for (const each of leaves) each();
});

test('a reader that comes back is told when all is again as it had it, and was otherwise in between', async () => {
  let state = 'running';
  const ask = async () => state;
  const first = newReader();
  const leave = new Hub(logger).watch('x', ask, often)(first.reader);
  await eventually(() => expect(first.heard).toHaveLength(1));
  leave();
  const again = newReader(first.heard[0]?.id ?? null);
  const leaveAgain = new Hub(logger).watch('x', ask, often)(again.reader);
  state = 'paused';
  await eventually(() => expect(again.data()).toEqual(['paused']));
  state = 'running';
  await eventually(() => expect(again.data()).toEqual(['paused', 'running']));
  leaveAgain();
});

test('trouble is told once, without its details, and what follows is told even where nothing changed', async () => {
  const hub = new Hub(logger);
  let asked = 0;
  const ask = async () => {
    asked += 1;
    if (asked > 1 && asked < 10) throw new Error('ECONNREFUSED 10.0.0.5');
    return 'well';
  };
  const { reader, heard } = newReader();
  const leave = hub.watch('trouble', ask, often)(reader);
  await eventually(() => expect(heard).toHaveLength(3));
  leave();
  expect(heard.map(({ event }) => event)).toEqual(['message', 'trouble', 'message']);
  expect(JSON.stringify(heard)).not.toContain('10.0.0.5');
  expect(warnings).toHaveLength(1);
});

test('the last answer ends the streams', async () => {
  const hub = new Hub(logger);
  const { reader, data, isEnded } = newReader();
  hub.watch('end', async () => 'done', { ...often, isLast: (value) => value === 'done' })(reader);
  await eventually(() => expect(isEnded()).toBe(true));
  expect(data()).toEqual(['done']);
});
