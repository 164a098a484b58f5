import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { Fault, InputFault } from '../../src/core/fault.ts';
import { problemOf } from '../../src/server/problem.ts';

test('what a user has done wrong is said in full, with its place where there is one', () => {
  const fault = new InputFault([
    'content.html: has no unsubscribe link',
    'audience.recipients[3].email: is no address',
    'campaign "autumn": there is nothing to send',
    'nobody would get it',
  ]);
  expect(problemOf(fault)).toMatchObject({
    status: 422,
    errors: [
      { path: 'content.html', detail: 'has no unsubscribe link' },
      { path: 'audience.recipients[3].email', detail: 'is no address' },
      { path: '', detail: 'campaign "autumn": there is nothing to send' },
      { path: '', detail: 'nobody would get it' },
    ],
  });
});

test.each([
  ['missing', 404],
  ['conflict', 409],
  ['wrong', 422],
] as const)('what is %s is answered with %i', (kind, status) => {
  expect(problemOf(new InputFault(['there is none'], { kind })).status).toBe(status);
});

test.each([
  new Error('Command timed out'),
  new Error('Connection is closed.'),
  new Error("READONLY You can't write against a read only replica."),
  new Fault('LOG_READ', 'the log could not be read', { cause: new Error('LOADING Redis is loading') }),
])('%o is Redis that is away, and worth another try', (error) => {
  expect(problemOf(error)).toMatchObject({ status: 503, title: 'Not now' });
});

test.each([
  new Error('connect ECONNREFUSED 10.0.0.5:6379 for taro@example.com'),
  new Fault('X', 'hunter2'),
  Object.assign(new Error('taro@example.com'), { statusCode: 502 }),
  'hunter2',
  null,
])('of our own faults nothing is told', (thrown) => {
  const problem = problemOf(thrown);
  expect(problem.status).toBe(500);
  expect(JSON.stringify(problem)).not.toMatch(/hunter2|taro|10\.0\.0\.5/);
});

test("Fastify's own errors say what is wrong, and quote nothing", async () => {
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    return reply.code(problem.status).send(problem);
  });
  app.post('/', { bodyLimit: 10 }, async () => 'ok');
  const json = { 'content-type': 'application/json' };
  const post = async (headers: Record<string, string>, payload: string) =>
    (await app.inject({ method: 'POST', url: '/', headers, payload })).json<unknown>();
  expect(await post(json, '{"a')).toEqual({
    title: 'Bad request',
    status: 400,
    detail: 'the body is not JSON, or has a key __proto__ or constructor.prototype',
  });
  expect(await post(json, '"taro@example.com"')).toMatchObject({ status: 413 });
  expect(await post({ 'content-type': 'application/hunter2' }, 'x')).toEqual({
    title: 'The body is of another type than this takes',
    status: 415,
  });
});
