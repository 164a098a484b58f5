import { protos } from '@google-cloud/bigquery-storage';
import { status } from '@grpc/grpc-js';
import { ApiError } from './api-error.ts';
import { type Column, columnsOf } from './descriptor.ts';
import type { Row } from './json-row.ts';
import { decodeRow } from './proto-row.ts';
import type { Store } from './store.ts';
import type { TableName } from './translate.ts';

const { AppendRowsRequest } = protos.google.cloud.bigquery.storage.v1;
export type AppendResponse = protos.google.cloud.bigquery.storage.v1.IAppendRowsResponse;
type AppendRequest = protos.google.cloud.bigquery.storage.v1.IAppendRowsRequest;
type DescriptorProto = protos.google.protobuf.IDescriptorProto;

const REQUEST_BYTES_MAX = 10 * 1024 * 1024;

/** Ends the connection with a status. */
export class CallError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** One connection of a writer: it says what it writes to, and with which fields, in its first request. */
export class AppendConnection {
  readonly #store: Store;
  #stream: string | null = null;
  #descriptor: DescriptorProto | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws CallError where the connection is to end */
  async append(bytes: Buffer): Promise<AppendResponse> {
    if (bytes.length > REQUEST_BYTES_MAX) {
      const message = `AppendRows request too large: ${bytes.length} limit ${REQUEST_BYTES_MAX}`;
      throw new CallError(status.INVALID_ARGUMENT, message);
    }
    const request = AppendRowsRequest.decode(bytes);
    const writeStream = this.#streamOf(request);
    const table = findTable(this.#store, writeStream);
    this.#descriptor = request.protoRows?.writerSchema?.protoDescriptor ?? this.#descriptor;
    if (!this.#descriptor)
      throw new CallError(status.INVALID_ARGUMENT, 'Invalid writer schema: it is missing.');
    const found = columnsOf(this.#descriptor, table.fields);
    if ('refusal' in found)
      throw new CallError(status.INVALID_ARGUMENT, `${found.refusal}. Entity: ${writeStream}`);
    const { rows, rowErrors } = this.#decode(request, found.columns, table.fields);
    if (rowErrors.length > 0) return { error: ROWS_REFUSED, rowErrors, writeStream };
    await this.#store.append(table, rows);
    return { appendResult: {}, writeStream };
  }

  #streamOf({ writeStream }: AppendRequest): string {
    const stream = writeStream || this.#stream;
    if (!stream)
      throw new CallError(status.INVALID_ARGUMENT, 'The first request must name its write stream.');
    this.#stream = stream;
    return stream;
  }

  #decode(
    request: AppendRequest,
    columns: ReadonlyMap<number, Column>,
    fields: Parameters<typeof decodeRow>[2],
  ) {
    const rows: Row[] = [];
    const rowErrors: protos.google.cloud.bigquery.storage.v1.IRowError[] = [];
    for (const [index, serialized] of (request.protoRows?.rows?.serializedRows ?? []).entries()) {
      const problems: string[] = [];
      const row = decodeRow(Buffer.from(serialized), columns, fields, problems);
      const reason = problems.join(' ') || (this.#store.faults.poison?.(row) ?? '');
      if (reason) rowErrors.push({ index, code: 'FIELDS_ERROR', message: reason });
      else rows.push(row);
    }
    return { rows, rowErrors };
  }
}

const ROWS_REFUSED = {
  code: status.INVALID_ARGUMENT,
  message:
    'Errors found while processing rows. Please refer to the row_errors field for details. The list may not be complete because of the size limitations.',
};

/** @throws CallError NOT_FOUND */
export function findTable(store: Store, stream: string) {
  const { dataset = '', table = '' } = STREAM.exec(stream)?.groups ?? {};
  if (!dataset) throw new CallError(status.INVALID_ARGUMENT, `Invalid stream name: ${stream}`);
  const name: TableName = { dataset, table };
  try {
    return store.catalog.table(name);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new CallError(
      status.NOT_FOUND,
      `Requested entity was not found. ${error.message}. Entity: ${stream}`,
    );
  }
}

const STREAM = /^projects\/[^/]+\/datasets\/(?<dataset>[^/]+)\/tables\/(?<table>[^/]+)\/streams\/_default$/u;
