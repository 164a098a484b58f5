import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { HoldRequest } from './deliver.ts';
import type { Mailing } from './mailing.ts';
import type { Limits, UsedUp } from './pace.ts';
import { type WarmUp, type WarmUpBook, warmUpDay } from './warm-up.ts';

export interface SendingLimitsParts {
  readonly warmUps: Pick<WarmUpBook, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the settings; null where they set none. */
  readonly perDayMax: number | null;
  readonly perMonthMax: number | null;
  /** What the account leaves for us in 24 hours; null where it has no such limit, or nobody knows. */
  readonly accountPerDay: () => number | null;
}

/** How often the schedules are read: a change counts when it was said for so long, and a little more. */
const REFRESH_MS = 1_000;
export const SCHEDULES_KNOWN_MS: number = 2 * REFRESH_MS;
/** A hold that lifts itself at once would only make noise. */
const HOLD_MS_MIN = 60_000;

/** What may be sent in all, from the settings, the account, and the schedules of domains that are warmed up. */
export class SendingLimits implements Service {
  readonly #parts: SendingLimitsParts;
  readonly #stopping = new AbortController();
  #schedules = new Map<string, WarmUp>();
  #loop: Promise<void> | null = null;

  constructor(parts: SendingLimitsParts) {
    this.#parts = parts;
  }

  /** Knows the schedules when it resolves. */
  async start(): Promise<void> {
    if (this.#loop || this.#stopping.signal.aborted) return;
    await this.#read();
    this.#loop = this.#refresh();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  of({ sender }: Pick<Mailing, 'sender'>): Limits {
    const { perDayMax, perMonthMax, accountPerDay, clock } = this.#parts;
    const domain = sender.slice(sender.lastIndexOf('@') + 1);
    const schedule = this.#schedules.get(domain);
    const today = schedule ? warmUpDay(schedule, clock.now()) : null;
    return {
      perDay: lower(perDayMax, accountPerDay()),
      perMonth: perMonthMax,
      warmUp: today && { domain, day: today.day, allowance: today.allowance },
    };
  }

  /** Why a campaign waits whose limit is used up, and until when. */
  holdFor(mailing: Pick<Mailing, 'sender'>, { what, used, roomAt }: UsedUp): HoldRequest {
    const soonest = this.#parts.clock.now() + HOLD_MS_MIN;
    const limits = this.of(mailing);
    switch (what) {
      case 'day':
        return {
          code: 'QUOTA_DAY',
          reason: `${used} recipients were sent to within 24 hours, and ${limits.perDay ?? used} may be; sending goes on by itself`,
          until: Math.max(roomAt, soonest),
        };
      case 'month':
        return {
          code: 'QUOTA_MONTH',
          reason: `${used} recipients were sent to within 30 days, and ${limits.perMonth ?? used} may be; sending goes on by itself`,
          until: Math.max(roomAt, soonest),
        };
      case 'warm-up': {
        const schedule = this.#schedules.get(limits.warmUp?.domain ?? '');
        const endsAt = (schedule && warmUpDay(schedule, this.#parts.clock.now())?.endsAt) ?? soonest;
        return {
          code: 'WARM_UP',
          reason: `${limits.warmUp?.domain ?? 'the domain'} is warmed up, and ${used} of today's ${limits.warmUp?.allowance ?? used} recipients are sent to; sending goes on by itself`,
          until: Math.max(endsAt, soonest),
        };
      }
    }
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#parts.clock.sleep(REFRESH_MS, signal);
      if (!signal.aborted) await this.#read();
    }
  }

  async #read(): Promise<void> {
    try {
      const schedules = await this.#parts.warmUps.list();
      this.#schedules = new Map(schedules.map((schedule) => [schedule.domain, schedule]));
    } catch (thrown) {
      this.#parts.logger.warn('the warm-up schedules could not be read; the last ones count', {
        error: messageOf(thrown),
      });
    }
  }
}

function lower(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
