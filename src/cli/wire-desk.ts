import type { Config } from '../config/schema.ts';
import type { Logger } from '../core/logger.ts';
import type { Client } from '../desk/client.ts';
import { createDesk } from '../desk/create-desk.ts';
import type { Desk } from '../desk/desk.ts';
import { deskParts } from './wire-parts.ts';

/** The desk of a server: whoever asks may be anywhere. `close` after the last of its calls. */
export function buildDesk(
  config: Config,
  client: Client,
  logger: Logger,
): { readonly desk: Desk; readonly close: () => Promise<void> } {
  const made = deskParts(config, client, logger, 'folder');
  return { desk: createDesk(made.parts), close: () => made.close() };
}
