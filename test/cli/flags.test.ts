import { expect, test } from 'vitest';
import { byFlags, inOtherWords } from '../../src/cli/flags.ts';
import { InputFault } from '../../src/core/fault.ts';

const FLAGS = { replyTo: '--reply-to', mailFrom: '--mail-from' };

test.each([
  ['replyTo "x": there is no @', '--reply-to "x": there is no @'],
  ['mailFrom is "x": it may be a subdomain', '--mail-from is "x": it may be a subdomain'],
  ['name: must be short', 'name: must be short'],
  ['"replyTo" is nothing', '"replyTo" is nothing'],
])('a problem with a field is one with its flag: %s', (problem, said) => {
  expect(() => byFlags(FLAGS)(new InputFault([problem], { kind: 'conflict' }))).toThrow(
    expect.objectContaining({ problems: [said], kind: 'conflict' }),
  );
});

test('what is to be done is said as it is done here; what is no mistake of the user’s stays as it was', () => {
  const rephrase = inOtherWords([['override it', 'use --override']]);
  expect(() => rephrase(new InputFault(['stands; override it']))).toThrow('stands; use --override');
  const fault = new Error('override it');
  expect(() => rephrase(fault)).toThrow(fault);
});
