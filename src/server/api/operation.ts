import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { RouteTools } from '../private-routes.ts';
import { problem } from './answers/problem.ts';
import { problemsOf } from './problems.ts';

/** One thing that can be asked of the API: what it takes, what it answers, and who does it. */
export interface Operation<Params, Query, Body, Answer> {
  /** Stable, a verb and its object: what generated clients call it. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly tag: Tag;
  /** A few words. */
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** What OpenAPI says of the body, where somebody further down judges it: the campaign has one schema and one judge. */
  readonly documentedBody?: z.ZodType;
  /** Of a body that is taken as it streams. */
  readonly upload?: readonly string[];
  readonly bodyLimit?: number;
  /** By status. */
  readonly answers: Readonly<Record<number, z.ZodType<Answer>>>;
  /** In place of `answers`, where the answer is not JSON: its type. */
  readonly stream?: string;
  /** Beyond those that every route has. */
  readonly errors?: readonly (keyof typeof ERRORS)[];
  readonly handle: (call: Call<Params, Query, Body>) => Promise<Answer | FastifyReply>;
}

export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly tools: RouteTools;
}

export type Tag = 'campaigns' | 'audiences' | 'suppression' | 'senders' | 'domains' | 'operations';

/** An operation that has found its place, whatever its types. */
export type Route = (app: FastifyInstance, tools: RouteTools) => void;

const ERRORS = {
  400: 'It can’t be read: no JSON, or another length than it says.',
  401: 'No token, or a wrong one.',
  404: 'There is no such thing.',
  408: 'The body stopped coming.',
  409: 'It can’t be done to the thing as it stands.',
  413: 'The body is too large.',
  415: 'The body is of a type that this does not take.',
  422: 'Something in it is wrong; `errors` says what, each with its path. Nothing was done.',
  429: 'Too many requests; `Retry-After` says how many seconds to wait.',
  502: 'SES did not do it; `detail` says why.',
  503: 'Redis is away, or the log is: try again after `Retry-After` seconds.',
  507: 'The disk of SLUICE_FILES is full. Nothing was kept.',
} as const;
const DONE: Readonly<Record<string, string>> = {
  200: 'Done, or found.',
  201: 'Done, and it is new.',
  202: 'It runs.',
};
const FILE = z.string().meta({ format: 'binary', description: 'The file itself' });
const ALWAYS = [401, 422, 429, 503] as const;
const WITH_BODY = [400, 413, 415] as const;

/** By bearer token; browsers that have signed in by their cookie. */
const SECURITY = [{ bearer: [] }, { cookie: [] }];
/** Of uploads: whoever takes one says how much it takes, in words that help. */
const UPLOAD_BYTES_MAX = Number.MAX_SAFE_INTEGER;

/** Registers with Fastify; what it takes is judged here, so that every mistake is an InputFault with its paths. */
export function operation<Params = unknown, Query = unknown, Body = unknown, Answer = unknown>(
  spec: Operation<Params, Query, Body, Answer>,
): Route {
  return (app, tools) => {
    const { method, url, bodyLimit = spec.upload && UPLOAD_BYTES_MAX } = spec;
    app.route({
      method,
      url,
      // Fastify answers HEAD by reading all of the answer, and a stream may have no end.
      exposeHeadRoute: method === 'GET' && spec.stream === undefined,
      ...(bodyLimit === undefined ? {} : { bodyLimit }),
      ...(spec.upload ? { config: { isUpload: true } } : {}),
      schema: schemaOf(spec),
      // The schema is for OpenAPI: what it says is judged below, once.
      validatorCompiler: () => (value: unknown) => ({ value }),
      handler: async (request, reply) => spec.handle({ ...judged(spec, request), request, reply, tools }),
    });
  };
}

/** @throws InputFault with everything that is wrong with path, query and body */
function judged<Params, Query, Body>(
  spec: Pick<Operation<Params, Query, Body, unknown>, 'params' | 'query' | 'body'>,
  request: FastifyRequest,
) {
  const { params = taken<Params>(), query = taken<Query>(), body = taken<Body>() } = spec;
  const inPath = params.safeParse(request.params);
  const inQuery = query.safeParse(request.query);
  const unknown = spec.query ? undefined : z.strictObject({}).safeParse(request.query).error;
  // Who sends nothing says nothing.
  const inBody = body.safeParse(request.body ?? (spec.body ? {} : request.body));
  if (inPath.success && inQuery.success && inBody.success && !unknown)
    return { params: inPath.data, query: inQuery.data, body: inBody.data };
  throw new InputFault([
    ...problemsOf(inPath.error, 'the path'),
    ...problemsOf(unknown ?? inQuery.error, 'the query'),
    ...problemsOf(inBody.error, 'the body'),
  ]);
}

/** Of what an operation does not look at. */
function taken<T>(): z.ZodType<T> {
  return z.custom<T>(() => true);
}

function schemaOf<Params, Query, Body, Answer>(spec: Operation<Params, Query, Body, Answer>): FastifySchema {
  const { id, tag, summary, description, params, query, stream, answers, errors = [] } = spec;
  const body = spec.upload ? FILE : (spec.documentedBody ?? spec.body);
  const statuses = [...ALWAYS, ...(body ? WITH_BODY : []), ...errors];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY,
    ...(params ? { params } : {}),
    ...(query ? { querystring: query } : {}),
    ...(body ? { body } : {}),
    ...(spec.upload ? { consumes: [...spec.upload] } : {}),
    response: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          { description: DONE[status], content: { [stream ?? 'application/json']: { schema } } },
        ]),
      ),
      ...Object.fromEntries(
        statuses
          .toSorted((a, b) => a - b)
          .map((status) => [
            status,
            { description: ERRORS[status], content: { 'application/problem+json': { schema: problem } } },
          ]),
      ),
    },
  };
}
