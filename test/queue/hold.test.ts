import { expect, test } from 'vitest';
import { decodeHold, encodeHold } from '../../src/queue/hold.ts';

test('a hold is read back as it was put on record, with what its sentence is about', () => {
  const about = { used: 50_000, limit: 50_000, project: 'shop' };
  const stored = encodeHold({ code: 'PROJECT_DAY', reason: 'full', until: 7, about });
  expect(decodeHold(stored)).toEqual({ code: 'PROJECT_DAY', reason: 'full', until: 7, about, stored });
});

test('what it is about never takes the place of what it is', () => {
  const about = { code: 'GUARD', reason: 'forged', until: 1 };
  expect(decodeHold(encodeHold({ code: 'DOUBT', reason: 'open', until: null, about }))).toMatchObject({
    code: 'DOUBT',
    reason: 'open',
    until: null,
    about: {},
  });
});

test("the figures of the guard's hold are read as judge.lua writes them", () => {
  const stored = '{"code":"GUARD","until":null,"rule":"hour","count":3,"domain":null,"reason":"too many"}';
  expect(decodeHold(stored).about).toEqual({ rule: 'hour', count: 3 });
});
