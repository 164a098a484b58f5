/** The numbers of google.protobuf.FieldDescriptorProto.Type. */
export const PROTO = {
  DOUBLE: 1,
  FLOAT: 2,
  INT64: 3,
  UINT64: 4,
  INT32: 5,
  BOOL: 8,
  STRING: 9,
  MESSAGE: 11,
  BYTES: 12,
  UINT32: 13,
  SFIXED32: 15,
  SFIXED64: 16,
  SINT32: 17,
  SINT64: 18,
} as const;

const NAMES = new Map<number, string>(Object.entries(PROTO).map(([name, number]) => [number, name]));

export function protoName(type: number): string {
  return NAMES.get(type)?.toLowerCase() ?? String(type);
}
