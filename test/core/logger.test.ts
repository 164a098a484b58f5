import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { createLogger, type LogLevel } from '../../src/core/logger.ts';

function collecting(level: LogLevel = 'info') {
  const lines: string[] = [];
  const logger = createLogger({ level, pretty: false, output: { write: (line) => lines.push(line) } });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') };
}

test('a line has its message, its level by name, the time in UTC and its fields', () => {
  const { logger, last } = collecting();
  logger.warn('a campaign is held', { campaign: 'spring', accepted: 3 });
  expect(last()).toMatchObject({ level: 'warn', msg: 'a campaign is held', campaign: 'spring', accepted: 3 });
  expect(new Date(last().time).toISOString()).toBe(last().time);
});

test('a message is written as it is, percent signs included', () => {
  const { logger, last } = collecting();
  logger.info('100%s of %d %% sent %j', { campaign: 'a' });
  expect(last().msg).toBe('100%s of %d %% sent %j');
});

test('an error is written with its code, its stack and the causes behind it', () => {
  const { logger, last } = collecting();
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' });
  const failed = new Fault('LOG_APPEND_FAILED', 'the sink refused 500 rows', {
    cause: new Error('no connection', { cause: refused }),
  });
  logger.error('shipping failed', { error: failed });
  expect(last().error).toMatchObject({
    type: 'Fault',
    code: 'LOG_APPEND_FAILED',
    message: 'the sink refused 500 rows',
    stack: expect.stringContaining('logger.test.ts'),
    cause: { message: 'no connection', cause: { code: 'ECONNREFUSED' } },
  });
});

test('an error that is its own cause, a huge one and one of several are written all the same', () => {
  const { logger, lines, last } = collecting();
  const circle = new Error('circle');
  circle.cause = circle;
  logger.error('first', { error: circle });
  expect(last().error.cause.message).toBe('circle');
  logger.error('second', { error: new Error('x'.repeat(1_000_000)) });
  expect(lines.at(-1)?.length).toBeLessThan(20_000);
  logger.error('third', { error: new AggregateError([new Error('a'), new Error('b')], 'two') });
  expect(last().error.errors).toEqual(['Error: a', 'Error: b']);
});

test('what an error carries beside its message stays out, since it may be a whole request', () => {
  const { logger, lines } = collecting();
  logger.error('redis', {
    error: Object.assign(new Error('ERR'), { command: { name: 'hset', args: ['private'] } }),
  });
  expect(lines.join('')).not.toContain('private');
});

test('neither addresses nor secrets reach the log, in messages, fields, errors and children', () => {
  const { logger, lines } = collecting();
  const child = logger.child({ to: 'child@example.com', apiToken: 'hidden' });
  child.error('refused: message@example.com', {
    list: ['field@example.com'],
    error: new Error('error@example.com', { cause: new Error('cause@example.com') }),
    password: 'hidden',
  });
  expect(lines.join('')).not.toMatch(/example\.com|hidden/);
  expect(lines.join('')).toContain('[address]');
});

test('lines below the level are not written', () => {
  const { logger, lines } = collecting('warn');
  logger.debug('no');
  logger.info('no');
  logger.child({ part: 'child' }).info('no');
  logger.warn('yes');
  expect(lines).toHaveLength(1);
});

test('without an output, lines go to standard error at once, and nothing to standard output', () => {
  const program = `
    import { createLogger } from '${new URL('../../src/core/logger.ts', import.meta.url).href}';
    createLogger({ level: 'info', pretty: process.argv[1] === 'pretty' }).error('the last words', { to: 'a@example.com' });
    process.exit(0);`;
  const run = (form: string) =>
    execFileSync('sh', [
      '-c',
      '"$0" --input-type=module -e "$1" "$2" 2>&1 >/dev/null',
      process.execPath,
      program,
      form,
    ]).toString();
  expect(JSON.parse(run('json'))).toMatchObject({ msg: 'the last words', to: '[address]' });
  expect(run('pretty')).toMatch(/ERROR.*the last words\n.*to:.*\[address\]/s);
});
