import { createServer, type Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { protos } from '@google-cloud/bigquery-storage';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { messageOf } from '../../../src/core/fault.ts';
import { type AppendResponse, CallError, findTable } from './append.ts';
import { Connections } from './connections.ts';
import type { FaultKind } from './faults.ts';
import { storageSchema } from './storage-schema.ts';
import type { Store } from './store.ts';

const v1 = protos.google.cloud.bigquery.storage.v1;
type GetRequest = protos.google.cloud.bigquery.storage.v1.IGetWriteStreamRequest;
type WriteStream = protos.google.cloud.bigquery.storage.v1.IWriteStream;
type AppendCall = ServerDuplexStream<Buffer, AppendResponse>;

/** What a request does to the rows: stores them, or only counts them. */
export type Append = (bytes: Buffer) => AppendResponse | Promise<AppendResponse>;

const PATH = '/google.cloud.bigquery.storage.v1.BigQueryWrite';
const SERVICE = {
  appendRows: {
    path: `${PATH}/AppendRows`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (response: AppendResponse) =>
      toBuffer(v1.AppendRowsResponse.encode(v1.AppendRowsResponse.fromObject(response)).finish()),
    responseDeserialize: (bytes: Buffer) => v1.AppendRowsResponse.decode(bytes),
  },
  getWriteStream: {
    path: `${PATH}/GetWriteStream`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: GetRequest) => toBuffer(v1.GetWriteStreamRequest.encode(request).finish()),
    requestDeserialize: (bytes: Buffer) => v1.GetWriteStreamRequest.decode(bytes),
    responseSerialize: (stream: WriteStream) =>
      toBuffer(v1.WriteStream.encode(v1.WriteStream.fromObject(stream)).finish()),
    responseDeserialize: (bytes: Buffer) => v1.WriteStream.decode(bytes),
  },
} as const;

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export interface StorageServer {
  /** Not listening yet. */
  readonly server: NetServer;
  close(): void;
}

/**
 * The gRPC service behind a listener of our own, which can cut connections.
 *
 * @param connect what takes the requests of a new AppendRows call
 */
export function storageServer(store: Store, connect: () => Append): StorageServer {
  const grpc = new Server({ 'grpc.max_receive_message_length': -1 });
  const connections = new Connections(store.faults);
  grpc.addService(SERVICE, {
    appendRows: (call: AppendCall) => serveAppends(store, connections, call, connect()),
    getWriteStream: (call: ServerUnaryCall<GetRequest, WriteStream>, reply: sendUnaryData<WriteStream>) =>
      void getWriteStream(store, connections, call, reply),
  });
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    if (connections.take(socket)) injector.injectConnection(socket);
  });
  const close = () => {
    connections.resetAll();
    grpc.forceShutdown();
  };
  return { server, close };
}

/** Requests of a connection are answered one after the other, in their order. */
function serveAppends(store: Store, connections: Connections, call: AppendCall, append: Append): void {
  let last = Promise.resolve();
  const inTurn = (work: () => Promise<void> | void) => {
    last = last.then(work).catch((error: unknown) => {
      call.emit('error', { code: codeOf(error), details: messageOf(error) });
    });
  };
  call.on('data', (bytes: Buffer) => inTurn(() => serveAppend(store, connections, call, bytes, append)));
  call.on('end', () => inTurn(() => void call.end()));
}

async function serveAppend(
  store: Store,
  connections: Connections,
  call: AppendCall,
  bytes: Buffer,
  append: Append,
): Promise<void> {
  const fault = store.faults.take('append');
  if (fault === 'silent') return new Promise(() => undefined);
  if (fault === 'resetBefore') return connections.reset(call.getPeer());
  const refusal = fault && refusalOf(fault);
  if (refusal) throw refusal;
  if (isObject(fault) && 'errorCode' in fault) {
    call.write({ error: { code: fault.errorCode, message: 'The fake was told to fail.' } });
    return undefined;
  }
  const response = await append(bytes);
  if (fault === 'resetAfter') return connections.reset(call.getPeer());
  if (isObject(fault) && 'slowMs' in fault) await sleep(fault.slowMs);
  call.write(response);
  return undefined;
}

async function getWriteStream(
  store: Store,
  connections: Connections,
  call: ServerUnaryCall<GetRequest, WriteStream>,
  reply: sendUnaryData<WriteStream>,
): Promise<void> {
  const fault = store.faults.take('getWriteStream');
  if (fault === 'silent') return;
  if (fault === 'resetBefore' || fault === 'resetAfter') return connections.reset(call.getPeer());
  if (isObject(fault) && 'slowMs' in fault) await sleep(fault.slowMs);
  try {
    const refusal = fault && refusalOf(fault);
    if (refusal) throw refusal;
    const name = call.request.name ?? '';
    const { fields } = findTable(store, name);
    reply(null, {
      name,
      type: 'COMMITTED',
      writeMode: 'INSERT',
      tableSchema: { fields: fields.map(storageSchema) },
    });
  } catch (error) {
    reply(Object.assign(new Error(messageOf(error)), { code: codeOf(error) }));
  }
}

function refusalOf(fault: FaultKind): CallError | null {
  switch (fault) {
    case 'unavailable':
      return new CallError(status.UNAVAILABLE, 'The service is currently unavailable.');
    case 'tooManyRequests':
    case 'rateLimitExceeded':
      return new CallError(
        status.RESOURCE_EXHAUSTED,
        'Exceeds AppendRows throughput quota. Please slow down.',
      );
    case 'quotaExceeded':
      return new CallError(status.RESOURCE_EXHAUSTED, 'Quota exceeded: Your project exceeded quota.');
    default:
      return null;
  }
}

function codeOf(error: unknown): status {
  return error instanceof CallError ? error.code : status.INTERNAL;
}

function isObject(fault: FaultKind | null): fault is Extract<FaultKind, object> {
  return fault !== null && typeof fault === 'object';
}
