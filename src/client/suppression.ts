import type { Page, SyncOrder } from '../desk/desk.ts';
import type { SuppressionRow } from '../suppression/export.ts';
import type { ImportCount } from '../suppression/import.ts';
import type { AddCount, RemoveCount, SuppressionCount } from '../suppression/store.ts';
import type { SeenRun } from '../suppression/sync-book.ts';
import { type Caller, type CallOptions, pause } from './caller.ts';
import { contentOf, type FileContent } from './content.ts';
import { SluiceError } from './error.ts';
import type {
  ImportOptions,
  PageQuery,
  Signature,
  SuppressionNote,
  SuppressionQuery,
  SuppressionTarget,
} from './forms.ts';
import { all } from './pages.ts';

interface Standing {
  readonly address: string;
  /** None: the address gets mail. */
  readonly suppressed: readonly SuppressionRow[];
}

/** How often a sync that is waited for is looked at. */
const SYNC_LOOK_MS = 2_000;

/** `client.suppression` */
export class Suppression {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  counts(options: CallOptions = {}): Promise<SuppressionCount> {
    return this.#caller.json({ method: 'GET', path: ['suppression', 'counts'], ...options });
  }

  /** What keeps each address from getting mail; of one sender where it is named. */
  async check(
    addresses: readonly string[],
    sender?: string,
    options: CallOptions = {},
  ): Promise<readonly Standing[]> {
    const json = { addresses, sender };
    const call = { method: 'POST', path: ['suppression', 'check'], json, ...options } as const;
    return (await this.#caller.json<{ readonly items: readonly Standing[] }>(call)).items;
  }

  /** Once it has resolved, no mail is claimed for them. 1,000 addresses at most; more come by `importCsv`. */
  add(
    addresses: readonly string[],
    target: SuppressionTarget & SuppressionNote,
    options: CallOptions = {},
  ): Promise<AddCount> {
    const json = { addresses, ...target };
    return this.#caller.json({ method: 'POST', path: ['suppression'], json, ...options });
  }

  /**
   * From one list only: what they are suppressed for besides stays. It is asked once: asked again after its answer was lost it would take away
   * what they, or somebody else, have said since.
   */
  remove(
    addresses: readonly string[],
    target: SuppressionTarget & SuppressionNote,
    options: CallOptions = {},
  ): Promise<RemoveCount> {
    const json = { addresses, ...target };
    return this.#caller.json({
      method: 'POST',
      path: ['suppression', 'remove'],
      json,
      isIdempotent: false,
      ...options,
    });
  }

  /** All of them; pages are fetched as they are wanted. */
  list(
    query: SuppressionQuery & Pick<PageQuery, 'limit'> = {},
    options: CallOptions = {},
  ): AsyncGenerator<SuppressionRow> {
    return all((after) => this.page({ ...query, ...(after === undefined ? {} : { after }) }, options));
  }

  page(query: SuppressionQuery & PageQuery = {}, options: CallOptions = {}): Promise<Page<SuppressionRow>> {
    return this.#caller.json({ method: 'GET', path: ['suppression'], query: { ...query }, ...options });
  }

  /** Suppresses every address of a CSV file with a header: up to 1,000,000 rows or 100 MB. */
  importCsv(csv: FileContent, how: ImportOptions = {}, options: CallOptions = {}): Promise<ImportCount> {
    return this.#caller.json({
      method: 'POST',
      path: ['suppression', 'import'],
      query: { ...how },
      content: contentOf(csv, 'text/csv'),
      patience: 'none',
      ...options,
    });
  }

  /**
   * Begins to bring this list and SES's own together: both directions, where none is named. It goes on in the server, for hours where the lists are
   * long: `waitForSync` waits for its end.
   */
  beginSync(order: SyncOrder & Signature = {}, options: CallOptions = {}): Promise<SeenRun> {
    return this.#caller.json({ method: 'POST', path: ['suppression', 'sync'], json: order, ...options });
  }

  /** The sync that runs, or the last one. */
  sync(options: CallOptions = {}): Promise<SeenRun> {
    return this.#caller.json({ method: 'GET', path: ['suppression', 'sync'], ...options });
  }

  /** What it has done stays. */
  stopSync(said: Signature = {}, options: CallOptions = {}): Promise<SeenRun> {
    return this.#caller.json({
      method: 'POST',
      path: ['suppression', 'sync', 'stop'],
      json: said,
      ...options,
    });
  }

  /** Resolves when it does not run any more, however it ended: look at `state`. A `signal` ends the wait, and not the sync. */
  async waitForSync(options: CallOptions = {}): Promise<SeenRun> {
    for (;;) {
      const run = await this.sync(options);
      if (run.state !== 'running') return run;
      await pause(SYNC_LOOK_MS, options.signal);
      options.signal?.throwIfAborted();
    }
  }

  /** As CSV, as it comes. */
  async exportCsv(
    query: SuppressionQuery = {},
    options: CallOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const { body, status } = await this.#caller.send({
      method: 'GET',
      path: ['suppression', 'export'],
      query: { ...query },
      accept: 'text/csv',
      patience: 'none',
      ...options,
    });
    if (body) return body;
    throw new SluiceError({ status, title: 'the answer is empty' });
  }
}
