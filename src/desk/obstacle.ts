import { Fault, messageOf } from '../core/fault.ts';
import { duration, figure } from '../core/figures.ts';
import { inTime } from '../core/in-time.ts';
import { Recent } from '../core/recent.ts';
import { OUTBOX_HOLD_ENTRIES } from '../log/outbox.ts';
import type { SesAccount } from '../send/transport.ts';
import { canAsk } from './domain-door.ts';
import type { DeskParts } from './parts.ts';

/** A balancer asks every second, and gives up soon. */
const ANSWER_MS_MAX = 2_000;
/** What was found holds for so long, so that many who ask cost no more than one. */
const FOUND_MS = 1_000;
/** SES lets its account be asked once a second, by everybody together. */
const ACCOUNT_MS = 30_000;
const ACCOUNT_ANSWER_MS_MAX = 5_000;
/** Workers put the account up every minute. */
const BOARD_MS = 5 * 60_000;

type ObstacleParts = Pick<DeskParts, 'client' | 'config' | 'clock' | 'askAccount'>;

/** What keeps this process from doing what it is asked for, as far as anything outside of it is the cause. */
export class Obstacles {
  readonly #parts: ObstacleParts;
  readonly #found: Recent<string | null>;
  readonly #account: Recent<string | null>;

  constructor(parts: ObstacleParts) {
    this.#parts = parts;
    this.#found = new Recent(() => this.#look(), parts.clock, FOUND_MS);
    this.#account = new Recent(() => this.#ask(), parts.clock, ACCOUNT_MS);
  }

  /** One sentence that names no host; null where there is nothing. */
  look(): Promise<string | null> {
    return this.#found.look();
  }

  async #look(): Promise<string | null> {
    const { redis, outbox } = this.#parts.client;
    // A connection that waits for its server keeps commands until it is there, and nobody waits for so long.
    if (redis.status !== 'ready') return 'Redis does not answer';
    try {
      const late = () => new Fault('REDIS_SILENT', 'Redis does not answer');
      const refusal = await inTime(this.#redisRefusal(), ANSWER_MS_MAX, late);
      if (refusal !== null) return refusal;
      const { entries, oldestMs } = await inTime(outbox.backlog(), ANSWER_MS_MAX, late);
      if (entries >= OUTBOX_HOLD_ENTRIES)
        return `the log is ${duration(oldestMs)} behind: ${figure(entries)} blocks of rows wait for it, and sending holds`;
      return await this.#sesObstacle();
    } catch (thrown) {
      return /LOADING/.test(messageOf(thrown)) ? 'Redis is reading its file' : 'Redis does not answer';
    }
  }

  /** Null where it takes writes. What it says itself may name hosts. */
  async #redisRefusal(): Promise<string | null> {
    const { redis, keys } = this.#parts.client;
    if (/^role:slave/m.test(await redis.info('replication')))
      return 'Redis is a replica, and takes no writes';
    try {
      await redis.set(keys.probe(), '1', 'PX', FOUND_MS);
      return null;
    } catch (thrown) {
      const said = messageOf(thrown);
      if (said.startsWith('OOM')) return 'the memory of Redis is full, and it takes no writes';
      if (said.startsWith('MISCONF')) return 'Redis can’t write to its disk, and takes no writes';
      if (/^(NOREPLICAS|READONLY)/.test(said)) return 'Redis takes no writes';
      throw thrown;
    }
  }

  /** Where this process has settings for SES it asks; else it goes by what the workers have put up. */
  #sesObstacle(): Promise<string | null> {
    return canAsk(this.#parts.config) ? this.#account.look() : this.#boardObstacle();
  }

  async #boardObstacle(): Promise<string | null> {
    const { clock, client } = this.#parts;
    const [notice, workers] = await Promise.all([client.account.read(), client.roster.present()]);
    const ageMs = notice === null ? 0 : clock.now() - notice.at;
    // Where nobody sends, nobody asks; that is no fault of SES's.
    if (ageMs < BOARD_MS || !workers.some(({ roles }) => roles.includes('send'))) return null;
    return `the workers have not reached SES for ${duration(ageMs)}`;
  }

  async #ask(): Promise<string | null> {
    const late = () => new Fault('SES_SILENT', 'SES does not answer');
    try {
      return accountObstacle(await inTime(this.#parts.askAccount(), ACCOUNT_ANSWER_MS_MAX, late));
    } catch (thrown) {
      const said = messageOf(thrown);
      // SES is there, and is asked by many.
      if (/throttl|too many requests|rate exceeded/i.test(said)) return null;
      // A server needs no permission of SES's: its workers do.
      return NOT_ALLOWED.test(said) ? this.#boardObstacle() : 'SES can’t be asked';
    }
  }
}

const NOT_ALLOWED =
  /access ?denied|not authorized|credential|security token|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch/i;

function accountObstacle({ sendingEnabled }: SesAccount): string | null {
  return sendingEnabled ? null : 'SES has paused sending for this account';
}
