import { managedwriter } from '@google-cloud/bigquery-storage';
import { credentials } from '@grpc/grpc-js';
import type { BigQueryPlace } from '../bigquery/place.ts';
import { bigQueryFault } from '../bigquery/trouble.ts';
import { Fault } from '../core/fault.ts';
import { inTime } from '../core/in-time.ts';
import { encodeRow, ROW_DESCRIPTOR } from './bigquery-rows.ts';
import type { LogRow } from './event.ts';
import { type Parcel, Parcels, type RowWriter } from './row-writer.ts';
import type { RefusedRow } from './sink.ts';

/** A request of this size is on its way while the next one is encoded; what fails is small. */
const ROWS_MAX = 10_000;

/** BigQuery answers within a second; an answer that does not come is one that was lost. */
const ANSWER_MS_MAX = 30_000;

export interface StorageWriterParts {
  readonly place: BigQueryPlace;
  /** `host:port` of a stand-in, without TLS; null for BigQuery itself. */
  readonly storageHost: string | null;
  readonly answerMsMax?: number;
  readonly requestBytesMax?: number;
}

interface Line {
  readonly connection: Awaited<ReturnType<managedwriter.WriterClient['createStreamConnection']>>;
  readonly writer: managedwriter.Writer;
}

/**
 * Writes by the Storage Write API, to the table's default stream: a row is in the table when the answer says so, at least once.
 *
 * A stream of our own with offsets would give exactly once, but only within the life of that stream: whoever takes over from a shipper that died
 * would have to take over its stream and offset as well, in the same step as the outbox's entries. The log's rows can be there twice anyway
 * (SES sends an event twice), and `event_id` and the view deal with both.
 */
export class StorageWriter implements RowWriter {
  readonly #parts: StorageWriterParts;
  #client: managedwriter.WriterClient | null = null;
  #line: Line | null = null;

  constructor(parts: StorageWriterParts) {
    this.#parts = parts;
  }

  async append(rows: readonly LogRow[]): Promise<readonly RefusedRow[]> {
    const parcels = new Parcels<Uint8Array>(ROWS_MAX, this.#parts.requestBytesMax);
    for (const row of rows) {
      const bytes = encodeRow(row);
      parcels.add(row, bytes, bytes.length);
    }
    const refused: RefusedRow[] = [...parcels.refused];
    for (const parcel of parcels.all) refused.push(...(await this.#appendParcel(parcel)));
    return refused;
  }

  async close(): Promise<void> {
    this.#hangUp();
    const client = this.#client;
    this.#client = null;
    client?.close();
    await client?.getClient().close();
  }

  /** Of a request with a bad row BigQuery takes none: the others go again without it. */
  async #appendParcel(parcel: Parcel<Uint8Array>): Promise<RefusedRow[]> {
    const refused: RefusedRow[] = [];
    let { rows, packed } = parcel;
    while (rows.length > 0) {
      const bad = await this.#ask(packed);
      if (bad.size === 0) break;
      refused.push(
        ...rows.flatMap((row, index) => (bad.has(index) ? [{ row, reason: bad.get(index) ?? '' }] : [])),
      );
      packed = packed.filter((_row, index) => !bad.has(index));
      rows = rows.filter((_row, index) => !bad.has(index));
    }
    return refused;
  }

  /** What is wrong with which rows; where that is nothing, BigQuery has them all. */
  async #ask(serializedRows: Uint8Array[]): Promise<ReadonlyMap<number, string>> {
    try {
      const { writer } = await this.#open();
      const pending = writer.appendRows({ serializedRows });
      const msMax = this.#parts.answerMsMax ?? ANSWER_MS_MAX;
      const answer = await inTime(pending.getResult(), msMax, () => noAnswer(msMax));
      const bad = (answer.rowErrors ?? []).map(({ index, message }): [number, string] => [
        Number(index ?? 0),
        message ?? 'refused',
      ]);
      if (bad.length > 0) return new Map(bad);
      // Resolved is not accepted: the error stands in the answer.
      if (answer.error)
        throw Object.assign(new Error(answer.error.message ?? 'refused'), { code: answer.error.code ?? 2 });
      return new Map();
    } catch (thrown) {
      // Answers are matched to requests by their order, which is unknown from here on.
      this.#hangUp();
      throw bigQueryFault(`appending to ${this.#parts.place.dataset}.${this.#parts.place.table}`, thrown);
    }
  }

  async #open(): Promise<Line> {
    if (this.#line?.connection.isOpen()) return this.#line;
    this.#hangUp();
    const { project, dataset, table } = this.#parts.place;
    this.#client ??= new managedwriter.WriterClient({
      projectId: project,
      ...standIn(this.#parts.storageHost),
    });
    const connection = await this.#client.createStreamConnection({
      streamId: managedwriter.DefaultStream,
      destinationTable: `projects/${project}/datasets/${dataset}/tables/${table}`,
    });
    // Whoever waits for an answer hears of it too; without a listener it would end the process.
    connection.onConnectionError(() => {});
    const writer = new managedwriter.Writer({ connection, protoDescriptor: ROW_DESCRIPTOR });
    this.#line = { connection, writer };
    return this.#line;
  }

  #hangUp(): void {
    this.#line?.connection.close();
    this.#line = null;
  }
}

function standIn(host: string | null) {
  if (host === null) return {};
  const [name = '', port = ''] = host.split(':');
  return { apiEndpoint: name, port: Number(port), sslCreds: credentials.createInsecure() };
}

function noAnswer(msMax: number): Fault {
  return new Fault('BIGQUERY_AWAY', `BigQuery: no answer within ${msMax / 1000} seconds`);
}
