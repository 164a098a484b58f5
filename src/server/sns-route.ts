import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import type { Logger } from '../core/logger.ts';
import type { SnsAnswer, SnsReceiver } from '../feedback/sns-receiver.ts';
import { sendProblem } from './problem.ts';

export interface SnsParts {
  readonly receiver: SnsReceiver;
  readonly logger: Logger;
}

/** A message has 256 KB at the most; as JSON in JSON every quote takes two bytes. */
const MESSAGE_BYTES_MAX = 1_048_576;

const STATUS: Readonly<Record<SnsAnswer['kind'], number>> = {
  taken: 200,
  malformed: 400,
  refused: 403,
  off: 503,
};
const TITLE: Readonly<Record<SnsAnswer['kind'], string>> = {
  taken: 'OK',
  malformed: 'Bad request',
  refused: 'Forbidden',
  off: 'Not now',
};

/** `/hooks/ses`: where SNS posts SES's events, as text whatever it calls it. */
export async function snsRoutes(
  app: FastifyInstance,
  { receiver, logger }: SnsParts,
  config: FastifyContextConfig,
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MESSAGE_BYTES_MAX }, (_request, body, done) =>
    done(null, body),
  );
  app.post('/hooks/ses', { config }, async (request, reply) => {
    const text = typeof request.body === 'string' ? request.body : '';
    const isRaw = request.headers['x-amz-sns-rawdelivery'] === 'true';
    const answer = await receiver.receive(text, isRaw);
    if (answer.kind === 'taken') return reply.code(200).type('text/plain; charset=utf-8').send('OK\n');
    logger.warn('a message to /hooks/ses was not taken', { answer: answer.kind, reason: answer.reason });
    return sendProblem(reply, STATUS[answer.kind], TITLE[answer.kind], answer.reason);
  });
}
