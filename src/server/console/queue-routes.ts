import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { messageOf } from '../../core/fault.ts';
import type { Logger } from '../../core/logger.ts';
import { BATCHES_QUEUE, CAMPAIGNS_QUEUE, NOTICES_QUEUE } from '../../queue/names.ts';
import { quiet } from '../../queue/quiet-queue.ts';
import type { Language } from '../language.ts';
import { sendProblem } from '../problem.ts';
import { type BoardQuestion, openBoard } from './queues/board.ts';
import { boardFiles, readBoardFile } from './queues/board-files.ts';
import { BOARD_POLICY, boardAssets, boardPage } from './queues/board-page.ts';
import { maskedJson } from './queues/shown-job.ts';
import { ShownQueue } from './queues/shown-queue.ts';

export interface QueueRouteParts {
  /** Stays open: it is the caller's. */
  readonly redis: Redis;
  /** Of the keys, with the hash tag. */
  readonly prefix: string;
  readonly logger: Logger;
  readonly languageOf: (request: FastifyRequest) => Language;
}

/**
 * Bull Board at `/queues`: it looks and changes nothing. Only its GETs are served, under the guard of whoever registers this; jobs are shown
 * without addresses and mail (`queues/shown-job.ts`).
 */
export async function queueRoutes(app: FastifyInstance, parts: QueueRouteParts): Promise<void> {
  const folder = dirname(fileURLToPath(import.meta.resolve('@bull-board/ui/package.json')));
  const queues = openQueues(parts);
  app.addHook('onClose', async () => {
    await Promise.all(queues.map(({ queue }) => queue.close()));
  });
  const { questions } = openBoard(
    queues.map(({ shown }) => shown),
    folder,
  );
  app.addHook('onRequest', async (_request, reply) => {
    void reply.header('content-security-policy', BOARD_POLICY);
  });
  await servePage(app, parts, folder);
  for (const question of questions) serveQuestion(app, question, parts.logger);
  serveFiles(app, join(folder, 'dist', 'static'));
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE'],
    url: `${AT}/*`,
    config: { isRefusal: true },
    handler: (_request, reply) => {
      void reply.header('allow', 'GET, HEAD');
      return sendProblem(reply, 405, 'Not allowed', 'the board of the queues only looks');
    },
  });
}

const AT = '/queues';

/** What each is for, in the words of ARCHITECTURE.md. */
const QUEUES: readonly (readonly [name: string, about: string])[] = [
  [CAMPAIGNS_QUEUE, 'Campaigns to be planned'],
  [BATCHES_QUEUE, 'Batches to be sent, by number'],
  [NOTICES_QUEUE, 'Notices to webhooks'],
];

function openQueues({ redis, prefix }: QueueRouteParts) {
  return QUEUES.map(([name, about]) => {
    // It writes nothing of its own into Redis.
    const queue = quiet(new Queue(name, { connection: redis, prefix, skipMetasUpdate: true }));
    return { queue, shown: new ShownQueue(queue, redis, about) };
  });
}

async function servePage(
  app: FastifyInstance,
  { languageOf }: QueueRouteParts,
  folder: string,
): Promise<void> {
  const assets = boardAssets(await readFile(join(folder, 'dist', 'index.ejs'), 'utf8'));
  const send = (request: FastifyRequest, reply: FastifyReply) =>
    reply.type('text/html; charset=utf-8').send(boardPage(assets, languageOf(request), `${AT}/`).text);
  // The page finds its way by its own path.
  for (const path of ['', '/job-schedulers', '/queue/:queueName', '/queue/:queueName/:jobId'])
    app.get(`${AT}${path}`, send);
}

function serveQuestion(app: FastifyInstance, { path, answer }: BoardQuestion, logger: Logger): void {
  app.get(`${AT}${path}`, async (request, reply) => {
    try {
      const { status, body } = await answer({
        params: wordsOf(request.params),
        query: fieldsOf(request.query),
      });
      return await reply.code(status).type('application/json; charset=utf-8').send(maskedJson(body));
    } catch (thrown) {
      // What Bull Board would say may quote a job.
      logger.error('the board of the queues could not be asked', { path, error: messageOf(thrown) });
      return sendProblem(reply, 500, 'Internal error');
    }
  });
}

const HASHED_SECONDS = 86_400;

function serveFiles(app: FastifyInstance, folder: string): void {
  const files = boardFiles(folder);
  app.get(`${AT}/static/*`, async (request, reply) => {
    const file = files.get(wordsOf(request.params)['*'] ?? '');
    if (!file) return sendProblem(reply, 404, 'Not found');
    if (file.isFixed) void reply.header('cache-control', `private, max-age=${HASHED_SECONDS}, immutable`);
    return reply.type(file.type).send(await readBoardFile(file));
  });
}

function wordsOf(params: unknown): Record<string, string> {
  const words = Object.entries(fieldsOf(params));
  return Object.fromEntries(
    words.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
