import protobuf from 'protobufjs';
import { COLUMNS, type Column } from './columns.ts';
import type { LogRow } from './event.ts';

/** Types of protobuf, by name and by their number in descriptor.proto. */
const PROTO_TYPES: Readonly<Record<Column['kind'], { readonly name: string; readonly number: number }>> = {
  text: { name: 'string', number: 9 },
  time: { name: 'int64', number: 3 },
  whole: { name: 'int64', number: 3 },
  flag: { name: 'bool', number: 8 },
  json: { name: 'string', number: 9 },
};

/** Labels of descriptor.proto. */
const LABEL = { optional: 1, required: 2 } as const;

/** What the Storage Write API is told of the rows that follow (a DescriptorProto). */
export const ROW_DESCRIPTOR = {
  name: 'Row',
  field: COLUMNS.map(({ name, kind, isRequired }, index) => ({
    name,
    number: index + 1,
    type: PROTO_TYPES[kind].number,
    label: isRequired ? LABEL.required : LABEL.optional,
  })),
};

const RowMessage = new protobuf.Type('Row');
for (const [index, { name, kind, isRequired }] of COLUMNS.entries())
  RowMessage.add(
    new protobuf.Field(name, index + 1, PROTO_TYPES[kind].name, isRequired ? 'required' : 'optional'),
  );

/** A row as the Storage Write API takes it: times are microseconds, JSON is its text. */
export function encodeRow(row: LogRow): Uint8Array {
  return RowMessage.encode(plainRow(row)).finish();
}

function plainRow(row: LogRow): Record<string, unknown> {
  return {
    ...row,
    event_time: microseconds(row.event_time),
    logged_at: microseconds(row.logged_at),
    tags: row.tags === null ? null : JSON.stringify(row.tags),
    detail: row.detail === null ? null : JSON.stringify(row.detail),
  };
}

function microseconds(isoTime: string): number {
  return Date.parse(isoTime) * 1000;
}

/** A row as insertAll takes it: JSON columns as text, too. */
export function insertRow(row: LogRow): Record<string, unknown> {
  const { tags, detail } = row;
  return {
    ...row,
    tags: tags === null ? null : JSON.stringify(tags),
    detail: detail === null ? null : JSON.stringify(detail),
  };
}
