import type { FastifyError, FastifyReply } from 'fastify';
import { Fault, InputFault, type InputKind, messageOf } from '../core/fault.ts';

/** What went wrong, for programs (RFC 9457; the type is `about:blank`, so the status says it). */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** A line for each thing that is wrong, with its place in what was sent; without one the path is empty. */
  readonly errors?: readonly ProblemItem[];
}

export interface ProblemItem {
  /** Such as `audience.recipients[3].email`. */
  readonly path: string;
  readonly detail: string;
}

/** Puts a problem of our own words into an answer. It quotes nothing of the request. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  title: string,
  detail?: string,
): FastifyReply {
  return answerProblem(reply, { title, status, ...(detail === undefined ? {} : { detail }) });
}

/** How long a caller is asked to wait where Redis is away, in seconds. */
export const RETRY_SECONDS = 5;

export function answerProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503 && !reply.hasHeader('retry-after'))
    void reply.header('retry-after', RETRY_SECONDS);
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/**
 * How anything that was thrown is answered. What a user has done wrong is said in full: 422 (its content), 404 or 409, by the kind of
 * the InputFault; what can't be read at all is 400. What is our own fault is said to nobody: it may quote addresses, hosts or commands.
 */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof InputFault) return inputProblem(thrown);
  if (isRedisAway(thrown)) return REDIS_AWAY;
  const told = thrown instanceof Fault ? TOLD.get(thrown.code) : undefined;
  if (thrown instanceof Fault && told !== undefined)
    return { title: TITLES[told], status: told, detail: thrown.message };
  const status = statusOf(thrown);
  if (status === null || status >= 500 || !(thrown instanceof Error))
    return {
      title: TITLES[500],
      status: 500,
      detail: 'this is a fault of the server; its log has a line of it',
    };
  const error: Partial<FastifyError> & Error = thrown;
  if (error.validation) return invalid(error.validation);
  const title = TITLES_BY_STATUS[status] ?? 'Bad request';
  const detail = DETAILS.get(error.code ?? '');
  return { title, status, ...(detail === undefined ? {} : { detail }) };
}

/** Faults that whoever asks can do something about, in words that name nobody: most are over in a moment. */
const TOLD: ReadonlyMap<string, 502 | 503 | 507> = new Map([
  ['DESK_BUSY', 503],
  ['SES_SILENT', 503],
  ['DOMAIN_UNASKED', 503],
  ['SES_IDENTITY', 502],
  ['LIST_DISK_FULL', 507],
]);

const TITLES = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  408: 'The body did not come in time',
  409: 'Conflict',
  413: 'The body is too large',
  415: 'The body is of another type than this takes',
  422: 'Something in it is wrong',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'SES did not do it',
  503: 'Not now',
  507: 'The disk is full',
} as const satisfies Readonly<Record<number, string>>;
const TITLES_BY_STATUS: Readonly<Record<number, string>> = TITLES;

/** What Fastify's own errors mean. Their messages may quote the request. */
const DETAILS: ReadonlyMap<string, string> = new Map([
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'the body is empty, and its type says that it is JSON'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'the body is not JSON, or has a key __proto__ or constructor.prototype'],
  ['BODY_TOO_DEEP', 'the body is nested too deeply: 100 levels at most'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'the body is not as long as its Content-Length says'],
]);

export const REDIS_AWAY: Problem = {
  title: TITLES[503],
  status: 503,
  detail: 'Redis does not answer: try again in a few seconds',
};

const STATUS: Readonly<Record<InputKind, 404 | 409 | 422>> = { missing: 404, conflict: 409, wrong: 422 };

function inputProblem({ problems, kind, place }: InputFault): Problem {
  const status = STATUS[kind];
  const errors = problems.map((detail) => (place === null ? placed(detail) : { path: place, detail }));
  return { title: TITLES[status], status, detail: problems.join('; '), errors };
}

/** `content.html: has no link` says where and what; what stands in a template, its line as well. Names and sentences before a colon are no places. */
function placed(problem: string): ProblemItem {
  const [, path, line, detail] =
    /^([A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*)(?:, (line \d+, column \d+))?: (.+)$/s.exec(problem) ?? [];
  if (path === undefined || detail === undefined) return { path: '', detail: problem };
  return { path, detail: line === undefined ? detail : `${line}: ${detail}` };
}

function invalid(issues: NonNullable<FastifyError['validation']>): Problem {
  const errors = issues.map(({ instancePath, message }) => {
    const path = dotted(instancePath);
    return {
      path,
      detail: message === undefined ? 'is wrong' : `${message[0]?.toLowerCase()}${message.slice(1)}`,
    };
  });
  const detail = errors.map((error) => (error.path === '' ? error.detail : `${error.path}: ${error.detail}`));
  return { title: TITLES[422], status: 422, detail: detail.join('; '), errors };
}

/** From `/recipients/3/email` to `recipients[3].email`. */
function dotted(pointer: string): string {
  const parts = pointer.split('/').filter((part) => part !== '');
  return parts
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index > 0 ? `.${part}` : part))
    .join('');
}

function statusOf(thrown: unknown): number | null {
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
    ? thrown.statusCode
    : null;
}

/** As ioredis and Redis itself say it; our own faults have it as their cause. */
function isRedisAway(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown instanceof Fault && thrown.code === 'REDIS_AWAY') return true;
  if (
    thrown.name === 'MaxRetriesPerRequestError' ||
    /^(Command timed out|Connection is closed|Stream isn't writeable|(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN) )/.test(
      messageOf(thrown),
    )
  )
    return true;
  return isRedisAway(thrown.cause);
}
