import { protos } from '@google-cloud/bigquery-storage';
import { PROTO, protoName } from './proto-type.ts';
import type { Field } from './schema.ts';

type DescriptorProto = protos.google.protobuf.IDescriptorProto;
type FieldProto = protos.google.protobuf.IFieldDescriptorProto;
const { Type: ProtoType, Label } = protos.google.protobuf.FieldDescriptorProto;

/** How one field of the writer's messages goes into the table. */
export interface Column {
  readonly number: number;
  readonly proto: number;
  readonly field: Field;
  /** Of a record. */
  readonly columns: ReadonlyMap<number, Column>;
}

/** The writer's fields by their numbers, or what is wrong with them as the API words it. */
export type Columns = { readonly columns: ReadonlyMap<number, Column> } | { readonly refusal: string };

const INTEGERS: readonly number[] = [
  PROTO.INT64,
  PROTO.INT32,
  PROTO.UINT32,
  PROTO.SINT32,
  PROTO.SINT64,
  PROTO.SFIXED64,
  PROTO.SFIXED32,
];
/** Which protobuf types BigQuery takes for a column's type. */
const TAKEN: Readonly<Record<string, readonly number[]>> = {
  INTEGER: INTEGERS,
  STRING: [PROTO.STRING, PROTO.BYTES],
  JSON: [PROTO.STRING],
  BOOLEAN: [PROTO.BOOL],
  FLOAT: [PROTO.DOUBLE, PROTO.FLOAT],
  TIMESTAMP: [PROTO.INT64],
  DATE: [PROTO.INT32, PROTO.INT64],
  BYTES: [PROTO.BYTES],
  NUMERIC: [PROTO.STRING],
  DATETIME: [PROTO.STRING],
  TIME: [PROTO.STRING],
  RECORD: [PROTO.MESSAGE],
};

export function columnsOf(descriptor: DescriptorProto, fields: readonly Field[], path = 'root'): Columns {
  const columns = new Map<number, Column>();
  for (const proto of descriptor.field ?? []) {
    const found = columnOf(descriptor, proto, fields, path);
    if ('refusal' in found) return found;
    columns.set(found.number, found);
  }
  return { columns };
}

function columnOf(
  descriptor: DescriptorProto,
  proto: FieldProto,
  fields: readonly Field[],
  path: string,
): Column | { readonly refusal: string } {
  const name = proto.name ?? '';
  const number = proto.number ?? 0;
  const type = typeNumber(proto.type);
  const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (!field)
    return { refusal: `Input schema has more fields than BigQuery schema, extra fields: '${path}.${name}'` };
  const repeated = proto.label === Label.LABEL_REPEATED || proto.label === 'LABEL_REPEATED';
  if (!TAKEN[field.type]?.includes(type) || repeated !== (field.mode === 'REPEATED')) {
    const refusal = `The proto field mismatched with BigQuery field at ${path}.${name}, the proto field type ${protoName(type)}, BigQuery field type ${field.type}`;
    return { refusal };
  }
  if (field.type !== 'RECORD') return { number, proto: type, field, columns: new Map() };
  const typeText = proto.typeName?.split('.').at(-1);
  const nested = descriptor.nestedType?.find((one) => one.name === typeText);
  const inner = columnsOf(nested ?? {}, field.fields ?? [], `${path}.${name}`);
  return 'refusal' in inner ? inner : { number, proto: type, field, columns: inner.columns };
}

function typeNumber(type: FieldProto['type']): number {
  return typeof type === 'string' ? ProtoType[type] : (type ?? 0);
}
