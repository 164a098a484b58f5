/** What a mail is filled with: the recipient's columns, as JSON values. Functions in it are never called. */
export type MergeData = Readonly<Record<string, unknown>>;

/** What lies deeper renders empty: no mail needs it, and a tree without a bottom must not end the process. */
const DEPTH_MAX = 32;

/**
 * The prototype of every object that a template sees. It has no property that a name could reach, and says itself
 * how it is written as text, since data may hold a `toString` of its own that is no function.
 */
const PROTOTYPE: object = Object.freeze(
  Object.create(null, { [Symbol.toPrimitive]: { value: () => '[object Object]' } }),
);

/** A property of the data itself. What it inherits (`constructor`, `toString`) is not data. */
export function ownValue(data: MergeData, name: string): unknown {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}

/** The named fields (all of them where `names` is null) as an object that a template may be given. */
export function mergeContext(data: MergeData, names: readonly string[] | null): MergeData {
  if (names === null) return copyFields(data, 0);
  const context: Record<string, unknown> = Object.create(PROTOTYPE);
  for (const name of names) {
    if (Object.hasOwn(data, name)) context[name] = plainValue(data[name], 1);
  }
  return context;
}

/** The value as a template writes it without escaping: nothing for what is missing, `a,b` for a list. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  // `join` writes nothing for null and undefined; objects say how they are written themselves (PROTOTYPE).
  return [plainValue(value, 1)].join('');
}

/**
 * The value as data and nothing else: text without halves of surrogate pairs (UTF-8 has no room for them), lists
 * and objects copied without what they inherit, functions and symbols gone.
 */
function plainValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'number':
    case 'boolean':
    case 'bigint':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth > DEPTH_MAX) return undefined;
      return Array.isArray(value) ? copyItems(value, depth) : copyFields(value, depth);
    default:
      return undefined;
  }
}

function copyItems(items: readonly unknown[], depth: number): unknown[] {
  const copy: unknown[] = [];
  for (let index = 0; index < items.length; index++) copy.push(plainValue(items[index], depth + 1));
  return copy;
}

function copyFields(fields: object, depth: number): MergeData {
  const copy: Record<string, unknown> = Object.create(PROTOTYPE);
  for (const [name, value] of Object.entries(fields)) copy[name] = plainValue(value, depth + 1);
  return copy;
}
