import type { Field } from './schema.ts';
import { isoOfMicros, isTimestamp, microsOf } from './time.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Problem {
  readonly location: string;
  readonly message: string;
}

/** A row of insertAll as the engine takes it; what is wrong with it is added to `problems`. */
export function takeRow(fields: readonly Field[], source: Row, problems: Problem[], path = ''): Row {
  const known = new Set(fields.map((field) => field.name.toLowerCase()));
  for (const name of Object.keys(source)) {
    if (!known.has(name.toLowerCase()))
      problems.push({ location: path + name, message: `no such field: ${path}${name}.` });
  }
  const byName = new Map(Object.entries(source).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      takeField(field, byName.get(field.name.toLowerCase()), problems, path),
    ]),
  );
}

function takeField(field: Field, value: unknown, problems: Problem[], path: string): unknown {
  const location = path + field.name;
  if (value === undefined || value === null) {
    if (field.mode === 'REQUIRED')
      problems.push({
        location: '',
        message: `Missing required field: Msg_0_CLOUD_QUERY_TABLE.${location}.`,
      });
    return field.mode === 'REPEATED' ? [] : null;
  }
  if (field.mode === 'REPEATED') {
    if (Array.isArray(value)) return value.map((item) => takeOne(field, item, problems, location));
    return [takeOne(field, value, problems, location)];
  }
  if (Array.isArray(value)) {
    problems.push({ location, message: 'Array specified for non-repeated field.' });
    return null;
  }
  return takeOne(field, value, problems, location);
}

function takeOne(field: Field, value: unknown, problems: Problem[], location: string): unknown {
  if (field.type === 'RECORD') {
    if (isRecord(value)) return takeRow(field.fields ?? [], value, problems, `${location}.`);
    problems.push({ location, message: 'This field is not a record.' });
    return null;
  }
  if (typeof value === 'object') {
    problems.push({ location, message: `This field: ${field.name} is not a record.` });
    return null;
  }
  const taken = takeScalar(field.type, value);
  if (taken !== undefined) return taken;
  const message = `Cannot convert value to ${field.type.toLowerCase()} (bad value): ${JSON.stringify(value)}`;
  problems.push({ location, message });
  return null;
}

/** Undefined where the value can't be of the type. */
function takeScalar(type: string, value: unknown): unknown {
  const text = String(value);
  switch (type) {
    case 'STRING':
      return text;
    case 'INTEGER':
      return /^-?\d{1,19}$/u.test(text) ? text : undefined;
    case 'FLOAT':
      return text !== '' && typeof value !== 'boolean' && !Number.isNaN(Number(text))
        ? Number(text)
        : undefined;
    case 'BOOLEAN':
      return /^(?:true|false)$/iu.test(text) ? text.toLowerCase() === 'true' : undefined;
    case 'TIMESTAMP': {
      const micros = microsOf(value);
      return micros !== null && isTimestamp(micros) ? isoOfMicros(micros) : undefined;
    }
    case 'JSON':
      return typeof value === 'string' && isJson(value) ? value : undefined;
    default:
      return typeof value === 'boolean' ? undefined : text;
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
