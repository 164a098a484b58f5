import type { Redis } from 'ioredis';
import { clientOf } from '../../src/cli/wire.ts';
import { deskParts } from '../../src/cli/wire-parts.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { Client } from '../../src/desk/client.ts';
import { createDesk } from '../../src/desk/create-desk.ts';
import type { Desk } from '../../src/desk/desk.ts';
import type { DeskParts } from '../../src/desk/parts.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { silentLogger } from './logger.ts';

export interface DeskStage {
  readonly desk: Desk;
  readonly client: Client;
  readonly parts: DeskParts;
}

export const HANA = { by: 'Hana', reason: 'as the test says' };

/** Waits for nothing. */
const hasty: Clock = { now: () => systemClock.now(), sleep: async () => {} };

/** The desk of a server on this Redis, with these settings. */
export function deskStage(
  server: { readonly redis: Redis; readonly url: string },
  environment: Readonly<Record<string, string>> = {},
  change: Partial<DeskParts> = {},
): DeskStage {
  const config = loadConfig('client', { REDIS_URL: server.url, ...environment });
  const client = clientOf(server.redis, config);
  const made = deskParts(config, client, silentLogger, 'folder');
  const parts = { ...made.parts, clock: hasty, ...change };
  return { desk: createDesk(parts), client, parts };
}

/** A campaign that nothing is wrong with. */
export function campaignInput(id: string, change: Partial<CampaignInput> = {}): CampaignInput {
  return {
    id,
    category: 'transactional',
    sender: { from: 'News <news@example.com>' },
    content: { subject: 'Hello {{name}}', text: 'Dear {{name}}' },
    audience: { kind: 'inline', recipients: [{ email: 'anna@example.com', data: { name: 'Anna' } }] },
    ...change,
  };
}
