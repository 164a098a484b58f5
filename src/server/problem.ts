import type { FastifyReply } from 'fastify';

/** What went wrong, for programs (RFC 9457). It quotes nothing of the request. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  title: string,
  detail?: string,
): FastifyReply {
  const problem = { title, status, ...(detail === undefined ? {} : { detail }) };
  return reply.code(status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}
