import type { Redis } from 'ioredis';
import type { Keys } from '../core/keys.ts';
import { decodeBlock } from '../log/block.ts';
import type { LogEvent } from '../log/event.ts';

/** A change of a campaign as a whole, as the log has it. */
export interface CampaignChange {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `campaign_accepted`, `campaign_paused`, …; `guard_set` where its limits were changed. */
  readonly type: string;
  /** Null where no person did it. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Who did what to a campaign. The scripts that change one write it down in the same step as its log row (core/change.lua). */
export class Timeline {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Oldest first; the last 500. None of a campaign that nobody knows. */
  async list(id: string): Promise<CampaignChange[]> {
    const blocks = await this.#redis.lrangeBuffer(this.#keys.changes(id), 0, -1);
    return blocks.flatMap((block) => decodeBlock(block).events.map(changeOf));
  }
}

function changeOf({ event_time, event_type, detail = {} }: Partial<LogEvent>): CampaignChange {
  const { by, reason, ...rest } = detail;
  return {
    at: new Date(event_time ?? 0).toISOString(),
    type: event_type ?? '',
    by: typeof by === 'string' && by !== '' ? by : null,
    reason: typeof reason === 'string' && reason !== '' ? reason : null,
    detail: rest,
  };
}
