import { campaignDesk } from './campaign-desk.ts';
import type { Desk } from './desk.ts';
import { listDesk } from './list-desk.ts';
import { Obstacles } from './obstacle.ts';
import { overviews } from './overview.ts';
import type { DeskParts } from './parts.ts';
import { senderDesk } from './sender-desk.ts';
import { suppressionDesk } from './suppression-desk.ts';

export function createDesk(parts: DeskParts): Desk {
  const obstacles = new Obstacles(parts);
  return {
    campaigns: campaignDesk(parts),
    suppression: suppressionDesk(parts),
    senders: senderDesk(parts),
    lists: listDesk(parts),
    overview: overviews(parts),
    obstacle: () => obstacles.look(),
  };
}
