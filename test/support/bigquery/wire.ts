/** One field of a message in protobuf's encoding; a number that fits 64 bits, or bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
  /** 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
  readonly wireType: number;
}

/** @throws RangeError where the bytes end too early or are of a kind that isn't used any more */
export function readFields(bytes: Buffer): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = () => {
    const { value, next } = readVarint(bytes, at);
    at = next;
    return value;
  };
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('The message ends too early.');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const [number, wireType] = [key >>> 3, key & 7];
    fields.push({ number, wireType, value: wireType === 0 ? varint() : take(lengthOf(wireType, varint)) });
  }
  return fields;
}

function lengthOf(wireType: number, varint: () => bigint): number {
  switch (wireType) {
    case 1:
      return 8;
    case 2:
      return Number(varint());
    case 5:
      return 4;
    default:
      throw new RangeError(`Wire type ${wireType} is not used.`);
  }
}

/** All varints of a packed repeated field. */
export function readPacked(bytes: Buffer): bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, next } = readVarint(bytes, at);
    values.push(value);
    at = next;
  }
  return values;
}

function readVarint(bytes: Buffer, from: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = from, shift = 0n; ; at += 1, shift += 7n) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError('The message ends too early.');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: at + 1 };
  }
}
