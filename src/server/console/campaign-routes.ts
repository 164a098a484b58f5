import type { FastifyInstance } from 'fastify';
import type { ConsoleTools } from './tools.ts';

/** `/campaigns` and below. */
export async function campaignRoutes(_app: FastifyInstance, _tools: ConsoleTools): Promise<void> {}
