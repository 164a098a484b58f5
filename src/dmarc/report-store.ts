import type { AggregateReport } from './report.ts';

/** Which reports are wanted. */
export interface ReportQuery {
  /** `YYYY-MM`. */
  readonly months: readonly string[];
  /** All domains where it is missing. */
  readonly domain?: string | undefined;
}

/** Where reports are kept: each once, however often and by however many it is imported. */
export interface ReportStore {
  /** For people. */
  readonly name: string;
  /** Keeps all of a report, or nothing of it where it fails. @returns whether it is new here */
  add(report: AggregateReport): Promise<boolean>;
  /** From then on everything that was added stays, also where the machine loses its power. */
  settle(): Promise<void>;
  /** Months of which there are reports, oldest first. */
  months(): Promise<string[]>;
  /** Each report once, one in memory at a time. */
  reports(query: ReportQuery): AsyncIterable<AggregateReport>;
}

/** Files and BigQuery side by side: a report that one of them lacks is new, and what is asked is asked of the first. */
export class ReportStores implements ReportStore {
  readonly name: string;
  readonly #first: ReportStore;
  readonly #all: readonly ReportStore[];

  constructor(first: ReportStore, ...others: readonly ReportStore[]) {
    this.#first = first;
    this.#all = [first, ...others];
    this.name = this.#all.map(({ name }) => name).join(' and ');
  }

  async add(report: AggregateReport): Promise<boolean> {
    let isNew = false;
    for (const store of this.#all) isNew = (await store.add(report)) || isNew;
    return isNew;
  }

  async settle(): Promise<void> {
    for (const store of this.#all) await store.settle();
  }

  months(): Promise<string[]> {
    return this.#first.months();
  }

  reports(query: ReportQuery): AsyncIterable<AggregateReport> {
    return this.#first.reports(query);
  }
}
