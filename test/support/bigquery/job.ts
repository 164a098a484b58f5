import type { Result } from './engine.ts';

/** What ran, or was asked to. */
export interface JobNote {
  readonly sql: string;
  /** As the request had it. */
  readonly location: string | undefined;
  readonly dryRun: boolean;
  readonly maximumBytesBilled: number | undefined;
  readonly through: 'jobs.insert' | 'jobs.query';
}

/** A job that is over: they all are when they are answered. */
export interface Job {
  readonly id: string;
  readonly location: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly labels: unknown;
  readonly dryRun: boolean;
  readonly statement: string;
  readonly bytes: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly result: Result;
}
