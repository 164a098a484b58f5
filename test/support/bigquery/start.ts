import { AppendConnection, type AppendResponse } from './append.ts';
import { listenAnywhere } from './connections.ts';
import { countRows } from './discard.ts';
import { Faults } from './faults.ts';
import type { JobNote } from './job.ts';
import { restServer } from './rest.ts';
import { storageServer } from './storage.ts';
import { Store } from './store.ts';

const PAGE_ROWS_MAX = 10_000;

export interface FakeOptions {
  /** Of datasets that are made without one; US. */
  readonly location?: string;
  /** AppendRows counts the rows and forgets them: nothing is decoded, checked or stored. */
  readonly discard?: boolean;
  /** Most rows of a page of any answer. */
  readonly pageRowsMax?: number;
}

export interface FakeBigQuery {
  /** The base of the REST API, for BIGQUERY_EMULATOR_HOST as it is: it ends in `/bigquery/v2`. */
  readonly restUrl: string;
  /** `127.0.0.1:PORT` of the Storage Write API: gRPC without TLS. */
  readonly storageHost: string;
  readonly faults: Faults;
  /** Queries and jobs that were asked for, dry runs and failures too, oldest first. */
  readonly jobs: readonly JobNote[];
  /** A table's rows in the order they were stored: times as ISO text with microseconds, JSON as text. */
  rows(dataset: string, table: string): Promise<Record<string, unknown>[]>;
  /** Rows that were appended and forgotten, with `discard`. */
  discarded(): number;
  close(): Promise<void>;
}

/** Both APIs of BigQuery on free ports of the loopback, as the client libraries know them. Any project is the same one. */
export async function startFakeBigQuery(options: FakeOptions = {}): Promise<FakeBigQuery> {
  const faults = new Faults();
  const store = await Store.open(faults, options.location ?? 'US');
  let discarded = 0;
  const discard = (bytes: Buffer): AppendResponse => {
    discarded += countRows(bytes);
    return { appendResult: {} };
  };
  const rest = restServer(store, options.pageRowsMax ?? PAGE_ROWS_MAX);
  const storage = storageServer(store, () => {
    if (options.discard) return discard;
    const connection = new AppendConnection(store);
    return (bytes) => connection.append(bytes);
  });
  const [restPort, storagePort] = await Promise.all([listenAnywhere(rest), listenAnywhere(storage.server)]);
  return {
    restUrl: `http://127.0.0.1:${restPort}/bigquery/v2`,
    storageHost: `127.0.0.1:${storagePort}`,
    faults,
    jobs: store.notes,
    rows: (dataset, table) => store.rows({ dataset, table }),
    discarded: () => discarded,
    close: async () => {
      rest.close();
      rest.closeAllConnections();
      storage.server.close();
      storage.close();
      await store.engine.close();
    },
  };
}
