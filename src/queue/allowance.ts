import { CALL_RECIPIENTS_MAX } from '../send/calls.ts';
import { JOB_BATCHES_MAX } from './job-groups.ts';

/** How far a planner may run ahead of the senders. */
export interface Allowance {
  /** Batches outstanding, at most. */
  readonly window: number;
  /** Batches to a job. */
  readonly jobBatches: number;
  /** Recipients a second, at most: so fast does the window empty where the other campaigns have nothing to send. */
  readonly perSecond: number;
}

/** All campaigns together have about so much of the account's rate outstanding. */
const WINDOW_SECONDS = 2;
/** A job keeps a worker's place for about so long. */
const JOB_SECONDS = 0.1;
/** A window is twice as many jobs as a process has places: all of them find one while the window is filled up again. */
const WINDOW_JOBS_MIN = 40;
/** Fewer than this, and a slow account would wait for the planner between two batches. */
const WINDOW_MIN = 2;

/**
 * What is a campaign's share where so many are planned at the same time. Pure.
 * @param campaignPerSecond the campaign's own limit, or its project's where that is lower; null where neither has one
 */
export function allowanceOf(
  accountPerSecond: number,
  campaignPerSecond: number | null,
  campaigns: number,
  windowMax: number,
): Allowance {
  const own = campaignPerSecond ?? Number.POSITIVE_INFINITY;
  const share = Math.min(accountPerSecond / Math.max(campaigns, 1), own);
  const batches = Math.ceil((WINDOW_SECONDS * share) / CALL_RECIPIENTS_MAX);
  const window = Math.min(Math.max(batches, WINDOW_MIN), windowMax);
  const wanted = Math.round((JOB_SECONDS * share) / CALL_RECIPIENTS_MAX);
  const jobBatches = Math.max(1, Math.min(wanted, JOB_BATCHES_MAX, Math.floor(window / WINDOW_JOBS_MIN)));
  return { window, jobBatches, perSecond: Math.min(accountPerSecond, own) };
}

/** Batches that are planned at once when the window has been full: a stretch, and never less than a job. */
export function refillOf({ window, jobBatches }: Allowance): number {
  return Math.max(jobBatches, Math.floor(window / 4), 1);
}
