import { campaignDesk } from './campaign-desk.ts';
import type { Desk, Overview } from './desk.ts';
import { listDesk } from './list-desk.ts';
import { Obstacles } from './obstacle.ts';
import { overviewOf } from './overview.ts';
import type { DeskParts } from './parts.ts';
import { senderDesk } from './sender-desk.ts';
import { suppressionDesk } from './suppression-desk.ts';

export function createDesk(parts: DeskParts): Desk {
  const obstacles = new Obstacles(parts);
  let looking: Promise<Overview> | null = null;
  return {
    campaigns: campaignDesk(parts),
    suppression: suppressionDesk(parts),
    senders: senderDesk(parts),
    lists: listDesk(parts),
    // All who ask at a time see the same.
    overview: () => {
      looking ??= overviewOf(parts).finally(() => {
        looking = null;
      });
      return looking;
    },
    obstacle: () => obstacles.look(),
  };
}
