import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { EventSource } from './event-stream.ts';
import type { Hub } from './hub.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A body that may take as long as it likes while something of it comes: an upload. */
    isUpload?: boolean;
    /** Its handler reads a form as a stream, and holds its CSRF token against the session by itself (`console/upload.ts`). */
    readsCsrf?: boolean;
    /** Also for a session of which nobody can say whether it has ended. */
    endsSession?: boolean;
    /** It answers only that this method is not for its path. */
    isRefusal?: boolean;
  }
}

/**
 * A group of routes that only those who may do everything reach: the API, the console, metrics, the queues. Each is registered in a
 * plugin of its own, behind the guard (`access.ts`), so hooks, parsers and error handlers of one do not touch the others.
 *
 * - Forms come as a `Form` in `request.body`, JSON as what it says; other types take a parser of the group's own.
 * - Schemas are zod's (`app.withTypeProvider<ZodTypeProvider>()`), and paths under `/v1/` that have one are in `/v1/openapi.json`.
 * - `bodyLimit` is a route's option; without one a body has 1 MB at the most. `config: { isUpload: true }` is for long ones.
 * - What a handler throws is answered by `problemOf` (`problem.ts`).
 */
export interface PrivateRoutes {
  readonly name: string;
  register(app: FastifyInstance, tools: RouteTools): Promise<void>;
  /** Answers a browser of somebody who may be here, and asks for a page that nobody has. The first group that can is asked. */
  readonly notFound?: (request: FastifyRequest, reply: FastifyReply, tools: RouteTools) => FastifyReply;
}

/** What routes are given by their host. */
export interface RouteTools {
  /** Who asks. */
  sessionOf(request: FastifyRequest): Session;
  /** Answers with a stream of events: `return tools.events(request, reply, tools.hub.watch(…))`. */
  events(request: FastifyRequest, reply: FastifyReply, source: EventSource): FastifyReply;
  /** What many readers watch is asked for once. */
  readonly hub: Hub;
  readonly clock: Clock;
  readonly logger: Logger;
  /** SLUICE_PUBLIC_URL, without a slash at its end; null where it is unset. */
  readonly publicUrl: string | null;
}

export interface Session {
  /** Who acts, for `Author`: the name given at the sign-in; `api` for a bearer token. */
  readonly by: string;
  /** By a browser's session or on this machine, and not by bearer token: forms need `csrf` then. */
  readonly isConsole: boolean;
  /** What a form must bring, as its field `csrf` or the header `x-csrf-token`. */
  readonly csrf: string;
}
