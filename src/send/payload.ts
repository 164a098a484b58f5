import { Fault } from '../core/fault.ts';

/** One recipient of a batch, as the planner hands it to the sender. */
export interface Recipient {
  /** Position in the audience, from 1. */
  readonly seq: number;
  /** As the audience has it, trimmed: what the log shows. */
  readonly written: string;
  /** As SES takes it. */
  readonly wire: string;
  /** The person: what duplicates and suppression are compared by. */
  readonly normal: string;
  /** The merge data that the mail reads, and no more. It is this recipient's own object: `writeLetters` adds to it. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a batch's hash holds: the normal addresses by themselves, since the claim's script reads them. */
export interface Payload {
  /** Normal addresses, one a line. */
  readonly addresses: string;
  /** JSON: a list of [seq, written, wire, data]; 0 stands for "as the normal address". */
  readonly rest: string;
}

export function encodePayload(recipients: readonly Recipient[]): Payload {
  return {
    addresses: recipients.map((recipient) => recipient.normal).join('\n'),
    rest: wellFormedJson(
      recipients.map(({ seq, written, wire, normal, data }) => [
        seq,
        written === normal ? 0 : written,
        wire === normal ? 0 : wire,
        data,
      ]),
    ),
  };
}

/** Half a surrogate pair (a name that was cut inside an emoji) is no text, and Redis's JSON does not read it. */
function wellFormedJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\ud[89a-f]/i.test(json)) return json;
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.toWellFormed() : inner,
  );
}

/** @throws Fault PAYLOAD where it is not what `encodePayload` wrote */
export function decodePayload(content: {
  readonly addresses: readonly string[];
  readonly payload: string;
}): Recipient[] {
  const { addresses, payload } = content;
  const rows: unknown = JSON.parse(payload);
  if (!Array.isArray(rows) || rows.length !== addresses.length) {
    throw new Fault('PAYLOAD', `a batch has ${addresses.length} addresses and a payload of another size`);
  }
  return rows.map((row: unknown, position) => {
    const normal = addresses[position] ?? '';
    const [seq, written, wire, data]: unknown[] = Array.isArray(row) ? row : [];
    if (typeof seq !== 'number' || !isRecord(data)) {
      throw new Fault(
        'PAYLOAD',
        `recipient ${position} of a batch is not in the form that the planner writes`,
      );
    }
    return {
      seq,
      normal,
      written: typeof written === 'string' ? written : normal,
      wire: typeof wire === 'string' ? wire : normal,
      data,
    };
  });
}

/** A recipient with his position in the batch, from 0. */
export interface Addressee {
  readonly position: number;
  readonly recipient: Recipient;
}

/** Those at these positions of a batch, with their positions. */
export function addressedOf(recipients: readonly Recipient[], positions: readonly number[]): Addressee[] {
  const addressed: Addressee[] = [];
  for (const position of positions) {
    const recipient = recipients[position];
    if (recipient) addressed.push({ position, recipient });
  }
  return addressed;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
