import { domainOf } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { Project, ProjectBook } from '../identity/project.ts';
import type { HoldRequest } from './deliver.ts';
import { FeedbackBrake } from './feedback-brake.ts';
import type { Mailing } from './mailing.ts';
import type { Limits, UsedUp } from './pace.ts';
import { type WarmUp, type WarmUpBook, warmUpDay } from './warm-up.ts';

export interface SendingLimitsParts {
  readonly warmUps: Pick<WarmUpBook, 'list'>;
  readonly projects: Pick<ProjectBook, 'list'>;
  /** How late SES's events are applied, in milliseconds; null where nobody knows. */
  readonly feedbackLagMs: () => Promise<number | null>;
  /** How long an entry in doubt waits for an event. */
  readonly doubtMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the settings; null where they set none. */
  readonly perDayMax: number | null;
  readonly perMonthMax: number | null;
  /** What the account leaves for us in 24 hours; null where it has no such limit, or nobody knows. */
  readonly accountPerDay: () => number | null;
}

/** How often what operators set is read: a change counts when it was said for so long, and a little more. */
const REFRESH_MS = 1_000;
export const LIMITS_KNOWN_MS: number = 2 * REFRESH_MS;
/** A hold that lifts itself at once would only make noise. */
const HOLD_MS_MIN = 60_000;

/** Why a campaign is held whose project has used up what it may send. */
export const PROJECT_HOLDS: readonly string[] = ['PROJECT_DAY', 'PROJECT_MONTH'];
export const WARM_UP_HOLD = 'WARM_UP';

/**
 * What may be sent in all, from the settings, the account, the projects, and the schedules of domains that are warmed up; and how
 * much of the account's rate, while SES's events are late.
 */
export class SendingLimits implements Service {
  readonly #parts: SendingLimitsParts;
  readonly #stopping = new AbortController();
  readonly #brake: FeedbackBrake;
  #schedules = new Map<string, WarmUp>();
  #projects = new Map<string, Project>();
  #loop: Promise<void> | null = null;

  constructor(parts: SendingLimitsParts) {
    this.#parts = parts;
    this.#brake = new FeedbackBrake(parts.doubtMs, parts.logger);
  }

  /** Knows all of it when it resolves. */
  async start(): Promise<void> {
    if (this.#loop || this.#stopping.signal.aborted) return;
    await this.#read();
    this.#loop = this.#refresh();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  of({ sender, project }: Pick<Mailing, 'sender' | 'project'>): Limits {
    const { perDayMax, perMonthMax, accountPerDay, clock } = this.#parts;
    const domain = domainOf(sender);
    const schedule = this.#schedules.get(domain);
    const today = schedule ? warmUpDay(schedule, clock.now()) : null;
    return {
      perDay: lower(perDayMax, accountPerDay()),
      perMonth: perMonthMax,
      project: this.#projects.get(project) ?? null,
      warmUp: today && { domain, day: today.day, allowance: today.allowance },
    };
  }

  /**
   * Recipients a second that a campaign and its project set themselves; null where neither does.
   * @param sharers campaigns that share what the project has
   */
  perSecondOf({ project, perSecond }: Pick<Mailing, 'project' | 'perSecond'>, sharers = 1): number | null {
    const ofProject = this.#projects.get(project)?.perSecond ?? null;
    return lower(perSecond, ofProject === null ? null : ofProject / sharers);
  }

  /** How much of the account's rate is to be used. */
  accountShare(): number {
    return this.#brake.share;
  }

  /** Why a campaign waits whose limit is used up, and until when. */
  holdFor(mailing: Pick<Mailing, 'sender' | 'project'>, { what, used, roomAt }: UsedUp): HoldRequest {
    const soonest = this.#parts.clock.now() + HOLD_MS_MIN;
    const limits = this.of(mailing);
    switch (what) {
      case 'day':
        return {
          code: 'QUOTA_DAY',
          about: { used, limit: limits.perDay ?? used },
          reason: `${used} recipients were sent to within 24 hours, and ${limits.perDay ?? used} may be; sending goes on by itself`,
          until: Math.max(roomAt, soonest),
        };
      case 'month':
        return {
          code: 'QUOTA_MONTH',
          about: { used, limit: limits.perMonth ?? used },
          reason: `${used} recipients were sent to within 30 days, and ${limits.perMonth ?? used} may be; sending goes on by itself`,
          until: Math.max(roomAt, soonest),
        };
      case 'project-day':
        return {
          code: 'PROJECT_DAY',
          about: { used, limit: limits.project?.perDay ?? used, project: mailing.project },
          reason: `${used} recipients of the project ${mailing.project} were sent to within 24 hours, and ${limits.project?.perDay ?? used} may be; sending goes on by itself`,
          until: Math.max(roomAt, soonest),
        };
      case 'project-month':
        return {
          code: 'PROJECT_MONTH',
          about: { used, limit: limits.project?.perMonth ?? used, project: mailing.project },
          reason: `${used} recipients of the project ${mailing.project} were sent to within 30 days, and ${limits.project?.perMonth ?? used} may be; sending goes on by itself`,
          until: Math.max(roomAt, soonest),
        };
      case 'warm-up': {
        const schedule = this.#schedules.get(limits.warmUp?.domain ?? '');
        const endsAt = (schedule && warmUpDay(schedule, this.#parts.clock.now())?.endsAt) ?? soonest;
        return {
          code: WARM_UP_HOLD,
          about: { used, limit: limits.warmUp?.allowance ?? used, domain: domainOf(mailing.sender) },
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

  /** Each by itself: one that can't be read keeps nobody from the others. */
  async #read(): Promise<void> {
    const { warmUps, projects, feedbackLagMs } = this.#parts;
    await Promise.all([
      this.#refreshed('the warm-up schedules', async () => {
        const schedules = await warmUps.list();
        this.#schedules = new Map(schedules.map((schedule) => [schedule.domain, schedule]));
      }),
      this.#refreshed('the limits of projects', async () => {
        this.#projects = new Map((await projects.list()).map((project) => [project.name, project]));
      }),
      this.#refreshed("how late SES's events are", async () => this.#brake.see((await feedbackLagMs()) ?? 0)),
    ]);
  }

  async #refreshed(what: string, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (thrown) {
      this.#parts.logger.warn(`${what} could not be read; what was known last counts`, {
        error: messageOf(thrown),
      });
    }
  }
}

function lower(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
