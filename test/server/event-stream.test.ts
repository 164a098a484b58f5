import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EventStream } from '../../src/server/event-stream.ts';
import { eventually } from '../support/eventually.ts';

/** A reader that takes what comes, until it is told to stop. */
function reader() {
  const heard: string[] = [];
  let go = () => {};
  let isSlow = false;
  const sink = new Writable({
    decodeStrings: false,
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      heard.push(String(chunk));
      if (isSlow) go = done;
      else done();
    },
  });
  return {
    sink,
    text: () => heard.join(''),
    stall: () => {
      isSlow = true;
    },
    goOn: () => {
      isSlow = false;
      go();
    },
  };
}

test('messages are written as a browser reads them', async () => {
  const stream = new EventStream(null);
  const { sink, text } = reader();
  stream.pipe(sink);
  stream.send({ event: 'receipt', id: 'a1', data: { name: 'two\nlines' } });
  stream.send({ data: null });
  stream.end();
  await once(sink, 'finish');
  expect(text()).toBe(
    'retry: 3000\n\nevent: receipt\nid: a1\ndata: {"name":"two\\nlines"}\n\ndata: null\n\n',
  );
});

test('somebody slow misses steps and gets the newest, however many there were', async () => {
  const stream = new EventStream(null);
  const { sink, text, stall, goOn } = reader();
  stall();
  stream.pipe(sink);
  await eventually(() => expect(text()).toContain('retry'));
  for (let step = 0; step < 10_000; step += 1) {
    stream.send({ event: 'step', data: step });
    stream.send({ event: 'other', data: -step });
    if (step % 1_000 === 0) await sleep(0);
  }
  expect(stream.readableLength + sink.writableLength).toBeLessThan(200);
  goOn();
  stream.end();
  await once(sink, 'finish');
  const steps = text().match(/event: step/g) ?? [];
  expect(steps.length).toBeLessThan(5);
  expect(text()).toContain('event: step\ndata: 9999\n\n');
  expect(text()).toMatch(/event: other\ndata: -9999\n\n$/);
});

test('a heart beats while nothing happens, and not after the end', async () => {
  const stream = new EventStream(null, 10);
  const { sink, text } = reader();
  stream.pipe(sink);
  await eventually(() => expect(text().match(/^: $/gm)?.length).toBeGreaterThan(2));
  stream.end();
  await once(sink, 'finish');
  const end = text();
  stream.send({ data: 'late' });
  await sleep(30);
  expect(text()).toBe(end);
});
