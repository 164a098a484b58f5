import { expect, test } from 'vitest';
import { type Service, Services } from '../../src/core/service.ts';

/** Services that note what is asked of them, in one list. */
function noted() {
  const notes: string[] = [];
  const service = (name: string, own: Partial<Service> = {}): Service => ({
    start: async () => {
      notes.push(`start ${name}`);
      await own.start?.();
      notes.push(`${name} runs`);
    },
    stop: async () => {
      notes.push(`stop ${name}`);
      await own.stop?.();
    },
  });
  return { notes, service };
}

const fails = (message: string) => () => Promise.reject(new Error(message));

/** What each service was asked last. Stopping may be asked for more than once. */
const lastOf = (notes: readonly string[], name: string) =>
  notes.findLast((note) => note.endsWith(` ${name}`));
const firstStops = (notes: readonly string[]) => [
  ...new Set(notes.filter((note) => note.startsWith('stop'))),
];

test('services start in order and stop in reverse', async () => {
  const { notes, service } = noted();
  const services = new Services([service('a'), service('b'), service('c')]);
  await services.start();
  expect(notes).toEqual(['start a', 'a runs', 'start b', 'b runs', 'start c', 'c runs']);
  await services.stop();
  expect(firstStops(notes)).toEqual(['stop c', 'stop b', 'stop a']);
});

test('starting twice starts each once, and stopping twice leaves nothing running', async () => {
  const { notes, service } = noted();
  const services = new Services([service('a'), service('b')]);
  await Promise.all([services.start(), services.start()]);
  await services.start();
  expect(notes).toEqual(['start a', 'a runs', 'start b', 'b runs']);
  await Promise.all([services.stop(), services.stop()]);
  const stopped = notes.length;
  await services.stop();
  expect(notes).toHaveLength(stopped);
});

test('stopping what was never started does nothing', async () => {
  const { notes, service } = noted();
  await new Services([service('a')]).stop();
  expect(notes).toEqual([]);
});

test('a failed start stops what had started, in reverse, and tells why', async () => {
  const { notes, service } = noted();
  const services = new Services([
    service('a'),
    service('b'),
    service('c', { start: fails('no port') }),
    service('d'),
  ]);
  await expect(services.start()).rejects.toThrow('no port');
  expect(firstStops(notes)).toEqual(['stop c', 'stop b', 'stop a']);
  expect(notes).not.toContain('start d');
});

test('the reason of a failed start is heard even if stopping fails as well', async () => {
  const { notes, service } = noted();
  const services = new Services([
    service('a', { stop: fails('stuck') }),
    service('b', { start: fails('no port') }),
  ]);
  await expect(services.start()).rejects.toThrow('no port');
  expect(notes).toContain('stop a');
});

test('a stop that comes while something starts ends that start, and nothing after it starts', async () => {
  const { notes, service } = noted();
  let giveUp = () => {};
  const waiting = new Promise<void>((_, reject) => {
    giveUp = () => reject(new Error('stopped while it waited'));
  });
  const services = new Services([
    service('a'),
    service('b', { start: () => waiting, stop: async () => giveUp() }),
    service('c'),
  ]);
  const started = services.start();
  await expect.poll(() => notes).toContain('start b');
  await services.stop();
  await started;
  expect(lastOf(notes, 'a')).toBe('stop a');
  expect(lastOf(notes, 'b')).toBe('stop b');
  expect(notes).not.toContain('start c');
});

test('services that were stopped start again, also when that is asked for while they stop', async () => {
  const { notes, service } = noted();
  const services = new Services([service('a'), service('b')]);
  await services.start();
  await Promise.all([services.stop(), services.start()]);
  expect(lastOf(notes, 'a')).toBe('start a');
  expect(lastOf(notes, 'b')).toBe('start b');
  await services.stop();
  expect(lastOf(notes, 'a')).toBe('stop a');
});

test('all services are stopped although some fail to, and every failure is told', async () => {
  const { notes, service } = noted();
  const one = new Services([service('a'), service('b', { stop: fails('b stuck') })]);
  await one.start();
  await expect(one.stop()).rejects.toThrow('b stuck');
  expect(notes).toContain('stop a');
  const two = new Services([
    service('c', { stop: fails('c stuck') }),
    service('d', { stop: fails('d stuck') }),
  ]);
  await two.start();
  await expect(two.stop()).rejects.toMatchObject({ errors: [new Error('d stuck'), new Error('c stuck')] });
});
