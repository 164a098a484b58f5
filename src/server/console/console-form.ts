import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Fault, InputFault } from '../../core/fault.ts';
import type { Author } from '../../queue/author.ts';
import { problemOf } from '../problem.ts';
import type { PageContext } from './page-context.ts';

/**
 * The fields of a form, by a schema of zod: all of them are text. Line ends are those of files (`\n`), which browsers change.
 * @throws InputFault with a line for each field that is wrong
 */
export function readFields<T extends z.ZodType>(source: unknown, schema: T): z.output<T> {
  const parsed = schema.safeParse(plainFields(source));
  if (parsed.success) return parsed.data;
  throw new InputFault(
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the form'}: ${issue.message}`),
  );
}

/** Of a form, or of a query. */
function plainFields(source: unknown): unknown {
  if (typeof source !== 'object' || source === null) return {};
  const pairs: [unknown, unknown][] = source instanceof Map ? [...source] : Object.entries(source);
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value]),
  );
}

const Reason = z.object({
  reason: z.string().trim().max(1000, 'must have 1,000 characters at the most').default(''),
});

/** Who does what a form asks for, and why. */
export function authorOf(request: FastifyRequest, { session }: PageContext): Author {
  const { reason } = readFields(request.body, Reason);
  return { by: session.by, reason: reason === '' ? null : reason };
}

/** The problems of what its sender has to mend; anything else is thrown on. */
export function problemsOf(thrown: unknown): readonly string[] {
  if (thrown instanceof InputFault) return thrown.problems;
  throw thrown;
}

/** The status of a page that says why something was not done, as the API answers. */
export function statusOf(thrown: unknown): number {
  return isBusy(thrown) ? 503 : problemOf(thrown).status;
}

/** Too many read the log at this moment (`desk/turns.ts`). */
function isBusy(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.code === 'DESK_BUSY';
}
