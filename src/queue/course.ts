/** Samples of a campaign's counts, oldest first; between two of them lies at least `stepMs`. */
export interface Course {
  readonly stepMs: number;
  readonly samples: readonly CourseSample[];
}

/** Counts of people by then, since the beginning. */
export interface CourseSample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly accepted: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly inDoubt: number;
  readonly delivered: number;
  readonly bouncedHard: number;
  readonly bouncedSoft: number;
  readonly complained: number;
  readonly opened: number;
  readonly clicked: number;
  readonly unsubscribed: number;
}
