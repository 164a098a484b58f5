import { Fault, messageOf } from '../core/fault.ts';

/**
 * What an error of BigQuery's means.
 *
 * `missing`: the dataset or table is not there. `schema`: it is, and has other columns. `forbidden`: the account may not.
 * `busy`: a quota or rate, of which the next attempt may find some. `exists`: somebody was faster. `wrong`: what was asked for can't be
 * done, however often it is tried. `away`: everything else, that is no answer, or one that says nothing.
 */
export type Trouble = 'missing' | 'schema' | 'forbidden' | 'busy' | 'exists' | 'wrong' | 'away';

/** Status codes of gRPC (google.rpc.Code). */
const BY_STATUS: ReadonlyMap<number, Trouble> = new Map([
  [3, 'wrong'],
  [5, 'missing'],
  [6, 'exists'],
  [7, 'forbidden'],
  [8, 'busy'],
  [16, 'forbidden'],
]);

const BY_HTTP: ReadonlyMap<number, Trouble> = new Map([
  [400, 'wrong'],
  [401, 'forbidden'],
  [403, 'forbidden'],
  [404, 'missing'],
  [409, 'exists'],
  [429, 'busy'],
]);

/** 403 stands for both: what one may not, and what one may not at the moment. */
const BUSY_REASONS: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'quotaExceeded',
  'jobRateLimitExceeded',
]);

/** What is wrong with a job that was taken and failed: there is no code then, but a reason. */
const BY_REASON: ReadonlyMap<string, Trouble> = new Map([
  ['accessDenied', 'forbidden'],
  ['billingNotEnabled', 'forbidden'],
  ['bytesBilledLimitExceeded', 'wrong'],
  ['duplicate', 'exists'],
  ['invalid', 'wrong'],
  ['invalidQuery', 'wrong'],
  ['notFound', 'missing'],
  ['resourcesExceeded', 'wrong'],
  ['responseTooLarge', 'wrong'],
]);

/** Of an error of the REST client, of gRPC's, or of anything else that was thrown. */
export function troubleOf(thrown: unknown): Trouble {
  if (reasonsOf(thrown).some((reason) => BUSY_REASONS.has(reason))) return 'busy';
  const code = codeOf(thrown);
  if (code === null) return reasonsOf(thrown).flatMap((reason) => BY_REASON.get(reason) ?? [])[0] ?? 'away';
  const trouble = (code < 100 ? BY_STATUS : BY_HTTP).get(code) ?? 'away';
  // The Storage Write API says of a column that the table lacks that the argument is wrong.
  return trouble === 'wrong' && /schema|extra field|missing field|no such field/i.test(messageOf(thrown))
    ? 'schema'
    : trouble;
}

/**
 * What was thrown, as a Fault with a stable code (`BIGQUERY_MISSING`, `BIGQUERY_FORBIDDEN`, …) that says what was being done.
 * Faults stay as they are.
 */
export function bigQueryFault(doing: string, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const said = messageOf(thrown).replace(/[.\s]+$/, '');
  return new Fault(`BIGQUERY_${troubleOf(thrown).toUpperCase()}`, `BigQuery: ${doing}: ${said}`, {
    cause: thrown,
  });
}

/** Null where BigQuery answers with that trouble, which the caller reckons with. */
export async function orNull<T>(expected: Trouble, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (thrown) {
    if (troubleOf(thrown) === expected) return null;
    throw thrown;
  }
}

/** REST's `reason`s, such as `invalidQuery`. */
export function reasonsOf(thrown: unknown): string[] {
  const errors: unknown = field(thrown, 'errors');
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    const reason = field(error, 'reason');
    return typeof reason === 'string' ? [reason] : [];
  });
}

function codeOf(thrown: unknown): number | null {
  const code = field(thrown, 'code');
  return typeof code === 'number'
    ? code
    : typeof code === 'string' && /^\d+$/.test(code)
      ? Number(code)
      : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
