import type { Column } from './descriptor.ts';
import { isJson, type Row } from './json-row.ts';
import { PROTO } from './proto-type.ts';
import type { Field } from './schema.ts';
import { isoOfMicros, isTimestamp } from './time.ts';
import { readFields, readPacked, type WireField } from './wire.ts';

const DAY_MS = 86_400_000;

/** A serialised row as the engine takes it; what is wrong with it is added to `problems`. */
export function decodeRow(
  bytes: Buffer,
  columns: ReadonlyMap<number, Column>,
  fields: readonly Field[],
  problems: string[],
): Row {
  const row: Record<string, unknown> = Object.fromEntries(
    fields.map((field) => [field.name, field.mode === 'REPEATED' ? [] : null]),
  );
  for (const wire of readFields(bytes)) {
    const column = columns.get(wire.number);
    if (!column) continue;
    const { name, mode } = column.field;
    const values = valuesOf(wire, column).map((one) => valueOf(one, column, problems));
    const there = row[name];
    row[name] = mode === 'REPEATED' && Array.isArray(there) ? [...there, ...values] : (values[0] ?? null);
  }
  for (const { name, mode } of fields) {
    if (mode === 'REQUIRED' && row[name] === null)
      problems.push(`Field ${name}: Missing required field (REQUIRED) in the row.`);
  }
  return row;
}

function valuesOf({ value, wireType }: WireField, { proto }: Column): (bigint | Buffer)[] {
  const isVarint = proto !== PROTO.STRING && proto !== PROTO.BYTES && !isNested(proto);
  const isPacked = wireType === 2 && isVarint && Buffer.isBuffer(value);
  if (!isPacked) return [value];
  const width = WIDTHS.get(proto);
  if (width === undefined) return readPacked(value);
  return Array.from({ length: value.length / width }, (_, at) =>
    value.subarray(at * width, (at + 1) * width),
  );
}

const WIDTHS = new Map<number, number>([
  [PROTO.DOUBLE, 8],
  [PROTO.SFIXED64, 8],
  [PROTO.FLOAT, 4],
  [PROTO.SFIXED32, 4],
]);

function isNested(proto: number): boolean {
  return proto === PROTO.MESSAGE;
}

function valueOf(value: bigint | Buffer, column: Column, problems: string[]): unknown {
  const { field, proto, columns } = column;
  const refuse = (why: string) => {
    problems.push(`Field ${field.name}: ${why}`);
    return null;
  };
  if (Buffer.isBuffer(value)) {
    if (isNested(proto)) return decodeRow(value, columns, field.fields ?? [], problems);
    return bytesValue(value, field, proto, refuse);
  }
  const signed = BigInt.asIntN(64, isZigzag(proto) ? (value >> 1n) ^ -(value & 1n) : value);
  switch (field.type) {
    case 'BOOLEAN':
      return signed !== 0n;
    case 'TIMESTAMP':
      return isTimestamp(signed) ? isoOfMicros(signed) : refuse(`Timestamp ${signed} is out of range.`);
    case 'DATE':
      return new Date(Number(signed) * DAY_MS).toISOString().slice(0, 10);
    default:
      return String(signed);
  }
}

function isZigzag(proto: number): boolean {
  return proto === PROTO.SINT32 || proto === PROTO.SINT64;
}

function bytesValue(value: Buffer, field: Field, proto: number, refuse: (why: string) => null): unknown {
  switch (proto) {
    case PROTO.DOUBLE:
      return value.readDoubleLE();
    case PROTO.FLOAT:
      return value.readFloatLE();
    case PROTO.SFIXED64:
      return String(value.readBigInt64LE());
    case PROTO.SFIXED32:
      return String(value.readInt32LE());
    default:
      break;
  }
  if (field.type === 'BYTES') return value.toString('base64');
  const text = value.toString();
  return field.type === 'JSON' && !isJson(text) ? refuse('Invalid JSON value.') : text;
}
