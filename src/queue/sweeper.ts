import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import { Repeated } from '../core/repeated.ts';
import type { Service } from '../core/service.ts';
import type { Campaigns, OpenCampaign } from './campaigns.ts';
import type { CanarySweep } from './canary-sweep.ts';
import type { Courier } from './courier.ts';
import type { DoubtSweep } from './doubt-sweep.ts';
import type { PlanBook } from './plan-book.ts';

export interface SweeperParts {
  readonly campaigns: Campaigns;
  readonly book: PlanBook;
  readonly courier: Courier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly doubt: DoubtSweep;
  readonly canary: CanarySweep;
  readonly intervalMs: number;
  /** How long after its planning a batch is looked after: longer than a dead worker keeps its jobs. */
  readonly overdueMs: number;
}

/**
 * The queue is a courier, not the record: a job can be removed by hand, vanish with a failover, or end while its
 * campaign is being resumed. The sweeper goes through the campaigns that are not over and puts back on the queue what
 * has no job. Adding a job that exists does nothing, so several sweepers don't get into each other's way.
 */
export class Sweeper implements Service {
  readonly #parts: SweeperParts;
  readonly #rounds: Repeated;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    const { clock, logger, intervalMs } = parts;
    const failure = 'a sweep failed and is tried again';
    this.#rounds = new Repeated({ clock, logger, intervalMs, failure, act: (signal) => this.sweep(signal) });
  }

  start(): Promise<void> {
    return this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** One round over all open campaigns. */
  async sweep(signal?: AbortSignal): Promise<void> {
    for (const id of await this.#parts.campaigns.open()) {
      if (signal?.aborted) return;
      try {
        const campaign = await this.#parts.campaigns.look(id);
        if (!campaign) continue;
        await this.#mend(campaign);
        await this.#parts.doubt.sweep(campaign);
        await this.#parts.canary.sweep(campaign);
      } catch (thrown) {
        // One campaign that can't be mended keeps no other from it.
        this.#parts.logger.warn('a campaign could not be looked after', {
          campaign: id,
          error: messageOf(thrown),
        });
      }
    }
  }

  async #mend(campaign: OpenCampaign): Promise<void> {
    const { campaigns, courier, book, clock, logger } = this.#parts;
    const { id, category, epoch } = campaign;
    // Of a campaign that is over everybody is accounted for, whatever it was standing still for.
    if (campaign.isEnding) {
      await courier.batches(id, category, await campaigns.outstanding(id));
      return;
    }
    if (campaign.paused || (campaign.notBefore ?? 0) > clock.now()) return;
    if (campaign.held) {
      const { until } = campaign.held;
      if (until === null || until > clock.now()) return;
      if (!(await campaigns.release(id, campaign.project, 'the time of the hold is over', campaign.held)))
        return;
      logger.info('a held campaign goes on', { campaign: id });
      await courier.plan(id, category, epoch);
      return;
    }
    // A canary that is out is planned further when it is home.
    if (!campaign.isPlanned && !campaign.waitsForCanary && !(await book.hasPlanner(id))) {
      await courier.plan(id, category, epoch);
    }
    // In a healthy run a batch is settled within seconds; what is older may have lost its job.
    await courier.batches(id, category, await campaigns.overdue(id, this.#parts.overdueMs));
  }
}
