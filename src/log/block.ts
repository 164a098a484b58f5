import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault } from '../core/fault.ts';
import type { EventBlock, EventType, LogEvent } from './event.ts';

/**
 * Smaller blocks stay as they are: a call of zstd takes 20 µs however little it packs, and would save some hundred
 * bytes. A batch of fifty has 7 KB and becomes 2.
 */
export const PLAIN_BYTES_MAX = 1024;

/** Far above any block that is written; it bounds what a broken or hostile frame can cost in memory. */
const BLOCK_BYTES_MAX = 64 * 1024 * 1024;

/** Level 1 takes 1.3 µs a row where level 3 takes 1.7 for the same size. */
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 } as const;
/** What zstd knows of the size, and an output of the usual one, make its tables small: a third of the time. */
const PACKED_BYTES = 8 * 1024;
const ZSTD_MAGIC = 0x28;
const OPENING_BRACE = 0x7b;

/**
 * While so few entries wait for the shipper, packing and unpacking them would cost more than the room that they take for a
 * moment: some 6 KB each.
 */
export const PLAIN_BACKLOG_ENTRIES = 500;

/** From so many events on a block is written by columns: the names of fields are then said once. */
const COLUMN_EVENTS_MIN = 4;

/**
 * A block as its entry in the outbox holds it: compact JSON, compressed where that is worth it. Events that all have the same
 * fields, as those of a batch do, are written by columns (`columns`, and in `same` what has one value for all): half the text, in
 * half the time.
 *
 * @param isPlain left as it is, whatever its size
 * @throws Fault LOG_BLOCK_SIZE when it is larger than `decodeBlock` reads
 */
export function encodeBlock(block: EventBlock, isPlain = false): Buffer {
  const columns = block.events.length < COLUMN_EVENTS_MIN ? null : columnsOf(block.events);
  const json = Buffer.from(JSON.stringify(columns ? { common: block.common, ...columns } : block));
  if (json.length > BLOCK_BYTES_MAX) {
    throw new Fault(
      'LOG_BLOCK_SIZE',
      `a block of ${block.events.length} events has ${json.length} bytes: split it`,
    );
  }
  return isPlain || json.length <= PLAIN_BYTES_MAX ? json : pack(json);
}

interface Columns {
  readonly same: Readonly<Record<string, unknown>>;
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
}

/** Null where the events differ in their fields, or have none that differs. */
function columnsOf(events: readonly Partial<LogEvent>[]): Columns | null {
  const [first = {}] = events;
  const same: Record<string, unknown> = {};
  const columns: Record<string, unknown[]> = {};
  const names = Object.keys(first);
  if (names.includes('tags') || names.includes('detail')) return null;
  for (const event of events) {
    let count = 0;
    for (const name in event) if (Object.hasOwn(event, name)) count += 1;
    if (count !== names.length) return null;
  }
  for (const name of names) {
    const column = events.map((event) => Reflect.get(event, name));
    if (column.includes(undefined)) return null;
    if (column.every((value) => value === column[0])) same[name] = column[0];
    else columns[name] = column;
  }
  return Object.keys(columns).length === 0 ? null : { same, columns };
}

function pack(json: Buffer): Buffer {
  return zstdCompressSync(json, { params: LEVEL, pledgedSrcSize: json.length, chunkSize: PACKED_BYTES });
}

/**
 * Reads a block from the outbox: what `encodeBlock` wrote, or plain JSON that a Lua script wrote with cjson.
 *
 * cjson cannot tell an empty array from an empty object, writes a number where a script forgot `tostring`, and a
 * null for a missing value; all of that is taken as it was meant. Fields that no column exists for are left out,
 * so that a newer writer does not stop an older shipper.
 *
 * @throws Fault LOG_BLOCK with the place and never the content, since that holds addresses
 */
export function decodeBlock(bytes: Buffer): EventBlock {
  const block = jsonObject(parseJson(textOf(bytes)), 'the block');
  const events = block['events'];
  if (block['columns'] !== undefined) {
    return {
      common: parseEvent(block['common'], 'common'),
      events: eventsOfColumns(parseEvent(block['same'], 'same'), jsonObject(block['columns'], 'columns')),
    };
  }
  return {
    common: parseEvent(block['common'], 'common'),
    events: Array.isArray(events)
      ? events.map((event: unknown, index) => parseEvent(event, `events[${index}]`))
      : noEvents(events),
  };
}

function eventsOfColumns(
  same: Partial<LogEvent>,
  columns: Readonly<Record<string, unknown>>,
): Partial<LogEvent>[] {
  const events: Draft[] = [];
  for (const [name, column] of Object.entries(columns)) {
    if (!Array.isArray(column)) throw wrong(`columns.${name}`, 'a list');
    if (events.length === 0) for (const _ of column) events.push({ ...same });
    if (column.length !== events.length) throw wrong(`columns.${name}`, 'as long as the others');
    for (const [index, draft] of events.entries()) {
      const said: unknown = column[index];
      if (typeof said === 'string' && isTextField(name)) draft[name] = said;
      else if (said !== null) take(draft, name, said, `columns[${index}]`);
    }
  }
  return events;
}

/** Fields of nothing but text: those that batches have in columns, and so the only ones for which a short way is worth it. */
function isTextField(name: string): name is 'recipient' | 'ses_message_id' | 'reason' | 'mark' {
  return name === 'recipient' || name === 'ses_message_id' || name === 'reason' || name === 'mark';
}

function textOf(bytes: Buffer): string {
  if (bytes[0] === OPENING_BRACE) return bytes.toString('utf8');
  if (bytes[0] !== ZSTD_MAGIC) throw new Fault('LOG_BLOCK', 'the block is neither JSON nor zstd');
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: BLOCK_BYTES_MAX }).toString('utf8');
  } catch (cause) {
    throw new Fault('LOG_BLOCK', 'the block can not be decompressed', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // Half a surrogate pair is legal in JSON's escapes, and no reader of the log takes it: one such character in
    // a diagnostic would make the whole row unreadable.
    return /\\ud[89a-f]/i.test(text) ? wellFormed(value) : value;
  } catch (cause) {
    throw new Fault('LOG_BLOCK', 'the block is not JSON', { cause });
  }
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]),
  );
}

function noEvents(events: unknown): [] {
  if (Object.keys(jsonObject(events, 'events')).length > 0) throw wrong('events', 'a list');
  return [];
}

type Draft = { -readonly [Name in keyof LogEvent]?: LogEvent[Name] };

function parseEvent(value: unknown, place: string): Partial<LogEvent> {
  const draft: Draft = {};
  for (const [name, said] of Object.entries(jsonObject(value, place))) {
    if (said !== null) take(draft, name, said, place);
  }
  return draft;
}

function take(draft: Draft, name: string, said: unknown, place: string): void {
  switch (name) {
    case 'event_type':
      draft.event_type = eventType(said, place);
      break;
    case 'event_time':
      draft.event_time = instant(said, place);
      break;
    case 'seq':
      draft.seq = wholeNumber(said, `${place}.seq`);
      break;
    case 'override':
    case 'test':
      if (typeof said !== 'boolean') throw wrong(`${place}.${name}`, 'true or false');
      draft[name] = said;
      break;
    case 'tags':
      draft.tags = textMap(said, `${place}.tags`);
      break;
    case 'detail':
      draft.detail = jsonObject(said, `${place}.detail`);
      break;
    case 'project':
    case 'campaign_id':
    case 'recipient':
    case 'sender':
    case 'ses_message_id':
    case 'reason':
    case 'smtp_status':
    case 'diagnostic':
    case 'url':
    case 'user_agent':
    case 'mark':
      draft[name] = plainText(said, `${place}.${name}`);
      break;
    default:
  }
}

/** An empty array is cjson's empty object. */
function jsonObject(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (Array.isArray(value) && value.length === 0) return {};
  if (!isObject(value)) throw wrong(place, 'an object');
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textMap(value: unknown, place: string): Readonly<Record<string, string>> {
  const map = jsonObject(value, place);
  return Object.fromEntries(
    Object.entries(map).map(([name, text]) => [name, plainText(text, `${place}.${name}`)]),
  );
}

function plainText(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw wrong(place, 'text');
}

/** Script arguments are strings, and Redis's clock gives fractions. */
function wholeNumber(value: unknown, place: string): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(Math.floor(number)))
    throw wrong(place, 'a whole number');
  return Math.floor(number);
}

/** The end of the year 9999: what four digits of a year, and every warehouse, can hold. */
const TIME_MS_MAX = 253_402_300_799_999;

function instant(value: unknown, place: string): number {
  const time = wholeNumber(value, `${place}.event_time`);
  if (time < 0 || time > TIME_MS_MAX)
    throw wrong(`${place}.event_time`, 'milliseconds between 1970 and 9999');
  return time;
}

/** A record, so that the compiler asks for the type that was forgotten. */
const EVENT_TYPES: Readonly<Record<Exclude<EventType, `campaign_${string}`>, true>> = {
  duplicate: true,
  invalid: true,
  skipped: true,
  accepted: true,
  rejected: true,
  cancelled: true,
  dropped: true,
  in_doubt: true,
  resolved: true,
  send: true,
  delivery: true,
  delivery_delay: true,
  bounce: true,
  complaint: true,
  reject: true,
  open: true,
  click: true,
  rendering_failure: true,
  subscription: true,
  unsubscribe: true,
  resubscribe: true,
  project_set: true,
  guard_set: true,
  profile_set: true,
  profile_removed: true,
  domain_added: true,
  domain_removed: true,
  domain_moved: true,
  person_forgotten: true,
  bulk_sender: true,
};

function eventType(value: unknown, place: string): EventType {
  if (typeof value === 'string' && isEventType(value)) return value;
  throw wrong(`${place}.event_type`, 'a known type of event');
}

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(EVENT_TYPES, text) || /^campaign_[a-z_]{1,50}$/.test(text);
}

function wrong(place: string, wanted: string): Fault {
  return new Fault('LOG_BLOCK', `${place} is not ${wanted}`);
}
