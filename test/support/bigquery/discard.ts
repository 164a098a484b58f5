import { readFields } from './wire.ts';

/** The numbers of AppendRowsRequest.proto_rows, its rows, and the serialised ones among them. */
const PROTO_ROWS = 4;
const ROWS = 2;
const SERIALIZED_ROWS = 1;

/** How many rows an AppendRowsRequest has, without looking into them. */
export function countRows(request: Buffer): number {
  return inside(inside([request], PROTO_ROWS), ROWS).reduce(
    (count, rows) => count + readFields(rows).filter(({ number }) => number === SERIALIZED_ROWS).length,
    0,
  );
}

function inside(messages: readonly Buffer[], wanted: number): Buffer[] {
  return messages.flatMap((message) =>
    readFields(message).flatMap(({ number, value }) =>
      number === wanted && Buffer.isBuffer(value) ? [value] : [],
    ),
  );
}
