import { DelayedError, type Job, type Telemetry, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { DuplicateFilter } from '../audience/filter.ts';
import type { AudienceSource } from '../audience/source.ts';
import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import { Keys } from '../core/keys.ts';
import type { Logger } from '../core/logger.ts';
import { type Meter, NO_METER } from '../core/meter.ts';
import type { Service } from '../core/service.ts';
import { NO_TRACING, type Tracing } from '../core/tracing.ts';
import type { ProfileBook } from '../identity/profile.ts';
import type { HoldRequest, Outgoing } from '../send/deliver.ts';
import type { Mailing } from '../send/mailing.ts';
import { allowanceOf } from './allowance.ts';
import type { Campaign } from './campaign.ts';
import type { Campaigns } from './campaigns.ts';
import type { CanaryBook } from './canary.ts';
import type { Courier } from './courier.ts';
import type { Sending as DomainSending } from './domain-gate.ts';
import { CAMPAIGN_JOB, CAMPAIGNS_QUEUE, PLAN_JOB, TEST_JOB } from './names.ts';
import { outgoingOf } from './outgoing.ts';
import type { PlanBook, PlanStart } from './plan-book.ts';
import { PlanMemory, type PlanSeat } from './plan-memory.ts';
import { Planner } from './planner.ts';
import { prepareDraft } from './prepare.ts';
import { standingOf } from './standing.ts';
import { reviewSubmission } from './submit.ts';
import type { TestSender } from './test-sender.ts';

export interface PlanWorkerParts {
  readonly redis: Redis;
  readonly prefix: string;
  readonly campaigns: Campaigns;
  readonly profiles: Pick<ProfileBook, 'get'>;
  readonly book: PlanBook;
  readonly canary: Pick<CanaryBook, 'measure'>;
  readonly courier: Courier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openAudience: (campaign: Campaign) => AudienceSource;
  /** How many rows it has, as far as that can be told without reading it. */
  readonly rowsOf?: (campaign: Campaign) => Promise<number | null>;
  /** Folder that audience paths must lie under; null where there is no such rule. */
  readonly filesRoot: string | null;
  /** Whether audiences in BigQuery can be read. */
  readonly hasBigQuery?: boolean;
  /** Why a campaign may not be sent from its From domain; null where it may. */
  readonly domainObstacle: (sending: DomainSending) => Promise<HoldRequest | null>;
  /** Why marketing mail can't be sent by this installation; null where it can. */
  readonly marketingObstacle: string | null;
  /** Recipients a second that the account allows. */
  readonly accountPerSecond: () => number;
  /** Recipients a second that a campaign sets itself, or its project for so many campaigns; null where neither does. */
  readonly perSecondOf: (mailing: Mailing, sharers: number) => number | null;
  readonly windowMax: number;
  readonly backlogMax: number;
  /** Campaigns that this process plans at a time, transactional ones aside. */
  readonly plansMax: number;
  /** What their duplicate filters may take together. */
  readonly filterBytesMax: number;
  readonly lockMs: number;
  readonly testSender: Pick<TestSender, 'run'>;
  readonly meter?: Meter;
  readonly telemetry?: Telemetry | undefined;
  readonly tracing?: Tracing | undefined;
}

/** Jobs taken beyond the plans: transactional campaigns and test sends, and those that are told to wait. */
const URGENT_JOBS = 50;
/** How long a campaign that found no memory waits before it asks again, in any process. */
const CROWDED_MS = 5_000;
/** How long a planner that met a fault of ours waits before the next try. */
const RETRY_MS = 5_000;

const planJobSchema = z.object({ campaign: z.string() });

/** Takes campaigns off their queue and plans them. The job is only a courier: what counts is in the plan book. */
export class PlanWorker implements Service {
  readonly #parts: PlanWorkerParts;
  readonly #stopping = new AbortController();
  readonly #memory: PlanMemory;
  /** Campaigns that wait for memory, so that it is said once. */
  readonly #waiting = new Set<string>();
  /** Of each project, how many are planned here: together they have no more outstanding than it may send. */
  readonly #ofProject = new Map<string, number>();
  #worker: Worker | null = null;

  constructor(parts: PlanWorkerParts) {
    this.#parts = parts;
    this.#memory = new PlanMemory(parts.filterBytesMax, parts.plansMax);
  }

  async start(): Promise<void> {
    if (this.#worker || this.#stopping.signal.aborted) return;
    const { redis, prefix, plansMax, lockMs, logger, telemetry } = this.#parts;
    const worker = new Worker(CAMPAIGNS_QUEUE, (job, token) => this.#work(job, token), {
      connection: redis,
      prefix,
      concurrency: plansMax + URGENT_JOBS,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      // A plan that stalls is brought back as often as it takes.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      ...(telemetry ? { telemetry } : {}),
    });
    worker.on('error', (error) => logger.warn('the campaigns queue', { error: messageOf(error) }));
    this.#worker = worker;
    await worker.waitUntilReady();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#worker?.close();
    this.#worker = null;
  }

  async #work(job: Job, token: string | undefined): Promise<void> {
    const waitMs = await this.#turn(job);
    if (waitMs === null) return;
    await job.moveToDelayed(this.#parts.clock.now() + waitMs, token);
    throw new DelayedError();
  }

  /** Null where the job is done with; else how long until it is worth another turn. */
  async #turn(job: Job): Promise<number | null> {
    if (job.name === TEST_JOB) return this.#test(job);
    try {
      return await this.#plan(await this.#campaignOf(job), job.name === PLAN_JOB);
    } catch (thrown) {
      if (thrown instanceof UnrecoverableError) throw thrown;
      this.#parts.logger.error('planning failed and is tried again', {
        job: job.id,
        error: messageOf(thrown),
      });
      return RETRY_MS;
    }
  }

  /** A test that was interrupted goes to another worker; one that fails is not tried again: somebody is watching. */
  async #test(job: Job): Promise<number | null> {
    try {
      const end = await this.#parts.testSender.run(job.data, this.#stopping.signal);
      return end === 'interrupted' || this.#stopping.signal.aborted ? 0 : null;
    } catch (thrown) {
      this.#parts.logger.error('a test send failed', { job: job.id, error: messageOf(thrown) });
      throw new UnrecoverableError('the test send failed');
    }
  }

  /** The campaign that a job stands for; one that is handed in is reviewed and put on record first. */
  async #campaignOf(job: Job): Promise<Campaign> {
    if (job.name === PLAN_JOB) {
      const { campaign: id } = planJobSchema.parse(job.data);
      const campaign = await this.#parts.campaigns.definition(id);
      if (!campaign) throw new UnrecoverableError(`no campaign ${id} is on record`);
      return campaign;
    }
    if (job.name !== CAMPAIGN_JOB) {
      throw new UnrecoverableError(`a job here is named "${CAMPAIGN_JOB}", and this one "${job.name}"`);
    }
    const review = await reviewSubmission(job.data, this.#parts);
    if (review.kind === 'problems') {
      // What is on record was reviewed when it came: what has changed since refuses nothing of it.
      if (review.campaign && (await this.#isOnRecord(review.campaign))) return review.campaign;
      this.#parts.logger.warn('a campaign was refused', { job: job.id, problems: review.problems.length });
      throw new UnrecoverableError(review.problems.join('; '));
    }
    const acceptance = await this.#parts.campaigns.accept(review.campaign, review.mailing.sender);
    if (acceptance.kind === 'different') {
      throw new UnrecoverableError(`id: "${review.campaign.id}" was used before, with other content`);
    }
    return review.campaign;
  }

  async #isOnRecord(campaign: Campaign): Promise<boolean> {
    const { redis, prefix } = this.#parts;
    return (await standingOf(redis, new Keys(prefix), campaign)) === 'known';
  }

  /** As `#turn`. @param isResumed it was on record before, and has come back */
  async #plan(campaign: Campaign, isResumed: boolean): Promise<number | null> {
    const { book, campaigns } = this.#parts;
    const { mailing, obstacle: ownObstacle } = await this.#outgoing(campaign);
    const obstacle = ownObstacle ?? (await this.#domainObstacle(campaign, mailing, isResumed));
    if (obstacle) {
      await campaigns.hold(campaign.id, campaign.project, obstacle);
      return null;
    }
    const isUrgent = mailing.category === 'transactional';
    const seat = this.#memory.admit(isUrgent, await book.rowsBehind(campaign.id));
    if (!seat) return this.#wait(campaign.id);
    this.#waiting.delete(campaign.id);
    try {
      return await this.#planIn(seat, campaign, mailing);
    } finally {
      seat.leave();
    }
  }

  /** For those who look on. A list that can't be read is told of by who reads it. */
  async #noteRows(campaign: Campaign): Promise<void> {
    const rows = await this.#parts.rowsOf?.(campaign).catch(() => null);
    if (rows !== null && rows !== undefined) await this.#parts.book.noteRows(campaign.id, rows);
  }

  /** As `#turn`. */
  async #planIn(seat: PlanSeat, campaign: Campaign, mailing: Mailing): Promise<number | null> {
    const { book, courier, campaigns, clock, logger, backlogMax } = this.#parts;
    const { meter = NO_METER, tracing = NO_TRACING } = this.#parts;
    const { id, category } = campaign;
    const start = await book.begin(id, campaign.project);
    if (start.kind === 'scheduled') return start.waitMs;
    // Batches whose job was lost, or which were parked while the campaign stood still.
    await courier.batches(id, category, await campaigns.outstanding(id));
    if (start.kind !== 'plan') return null;
    const filter = new DuplicateFilter();
    const source = this.#parts.openAudience(campaign);
    if (start.checkpoint === null) await this.#noteRows(campaign);
    const plan = (peopleMax: number) =>
      new Planner(
        {
          book,
          clock,
          dispatch: (batches, jobs) => courier.planned(id, category, jobs, batches),
          allowance: (planning) =>
            allowanceOf(
              this.#parts.accountPerSecond(),
              this.#parts.perSecondOf(mailing, this.#ofProject.get(mailing.project) ?? 1),
              planning,
              this.#parts.windowMax,
            ),
          mayStay: () => seat.mayStay(filter),
          backlogMax,
          peopleMax,
          meter,
          tracing,
        },
        mailing,
        start,
        filter,
      );
    this.#count(mailing.project, 1);
    try {
      const people =
        start.peopleMax === 'unknown' ? await this.#measure(campaign, source, start) : start.peopleMax;
      const end = people === null ? 'superseded' : await plan(people).run(source, this.#stopping.signal);
      if (end === 'crowded') return await this.#wait(id);
      logger.info('planned', { campaign: id, end });
      // Another worker goes on behind the checkpoint.
      return end === 'interrupted' || this.#stopping.signal.aborted ? 0 : null;
    } catch (thrown) {
      if (!isOfTheAudience(thrown)) throw thrown;
      await this.#fail(campaign, messageOf(thrown), start.epoch);
      return null;
    } finally {
      this.#count(mailing.project, -1);
    }
  }

  /** People of the canary of a share of the list; null where this is no longer the campaign's planner, or is to stop. */
  async #measure(campaign: Campaign, source: AudienceSource, { epoch }: PlanStart): Promise<number | null> {
    const { book, canary } = this.#parts;
    return canary.measure(
      campaign,
      source,
      async () => !this.#stopping.signal.aborted && (await book.look(campaign.id, epoch)).kind === 'ok',
    );
  }

  /** A campaign that begins later is asked for then: its domain may be set up until then. */
  async #domainObstacle(
    { sendAt, category }: Campaign,
    { project, sender }: Mailing,
    isResumed: boolean,
  ): Promise<HoldRequest | null> {
    if (sendAt !== undefined && Date.parse(sendAt) > this.#parts.clock.now()) return null;
    return this.#parts.domainObstacle({ project, category, sender, stage: isResumed ? 'resume' : 'begin' });
  }

  /** As what it is planned: with every column that an unsubscribe URL of its profile reads, or has read. */
  async #outgoing(campaign: Campaign): Promise<Outgoing> {
    const { campaigns, profiles, marketingObstacle } = this.#parts;
    const drafted = prepareDraft(campaign);
    if (drafted.kind === 'problems') throw new Fault('CAMPAIGN_DEFINITION', drafted.problems.join('; '));
    const { profile } = campaign.sender;
    const read = profile === undefined ? null : await profiles.get(profile);
    const { mailing, obstacle } = outgoingOf(campaign, drafted.draft, read, '');
    if (obstacle) return { mailing, obstacle };
    if (mailing.unsubscribe.kind === 'sluice' && marketingObstacle !== null)
      return { mailing, obstacle: { code: 'CONFIGURATION', reason: marketingObstacle, until: null } };
    if (profile === undefined) return { mailing, obstacle: null };
    const linkColumns = await campaigns.linkColumns(campaign.id, mailing.linkColumns);
    return { mailing: { ...mailing, linkColumns }, obstacle: null };
  }

  #count(project: string, change: 1 | -1): void {
    const count = (this.#ofProject.get(project) ?? 0) + change;
    if (count === 0) this.#ofProject.delete(project);
    else this.#ofProject.set(project, count);
  }

  /** There is no memory for its filter; another process may have some. */
  async #wait(campaign: string): Promise<number> {
    await this.#parts.book.waits(campaign);
    if (!this.#waiting.has(campaign)) {
      this.#parts.logger.info('a campaign waits until other long lists are planned', { campaign });
    }
    this.#waiting.add(campaign);
    return CROWDED_MS;
  }

  /** A planner that was overtaken by another says nothing about the campaign any more. */
  async #fail(campaign: Campaign, reason: string, epoch: number): Promise<void> {
    const { campaigns, courier, logger } = this.#parts;
    if (!(await campaigns.fail(campaign.id, campaign.project, reason, epoch))) return;
    logger.warn('a campaign failed', { campaign: campaign.id, reason });
    // Each batch that is still outstanding finds that the campaign is over, and accounts for its recipients.
    await courier.batches(campaign.id, campaign.category, await campaigns.outstanding(campaign.id));
  }
}

/** What is wrong with the list itself, which no further try mends. */
function isOfTheAudience(thrown: unknown): boolean {
  return thrown instanceof Fault && (thrown.code.startsWith('AUDIENCE_') || thrown.code === 'SOURCE_CHANGED');
}
