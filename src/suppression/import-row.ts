import { type AddressProblem, parseAddress } from '../core/address.ts';
import { excerpt, parseTarget, type Stamp, type Suppression, type Target } from './target.ts';

/** One row of a list that is imported; a row of an audience is one, too. */
export interface ImportRow {
  /** Position in the list, from 1. */
  readonly seq: number;
  /** The address column as it stands. */
  readonly email: string;
  /** Columns by name. Where each row says why: `reason`, `sender`, `at`, `source`, `detail`, as `export` writes them. */
  readonly data: Readonly<Record<string, unknown>>;
}

export type JudgedRow =
  | { readonly kind: 'suppression'; readonly suppression: Suppression }
  /** No address: such a row is skipped and counted. */
  | { readonly kind: 'invalid'; readonly reason: AddressProblem }
  /** An address whose row doesn't say rightly why it is suppressed: such a list is refused. */
  | { readonly kind: 'wrong'; readonly problem: string };

export type JudgeRow = (row: ImportRow) => JudgedRow;

/** All rows are suppressed for one target; columns other than the address don't matter. */
export function judgeFor(target: Target, stamp: Stamp): JudgeRow {
  return (row) => {
    const parsed = parseAddress(row.email);
    if (parsed.kind === 'invalid') return { kind: 'invalid', reason: parsed.reason };
    return { kind: 'suppression', suppression: { address: parsed.address.normal, target, ...stamp } };
  };
}

/** Each row says by its columns why it is suppressed; `fallback` stands in for a time or source that is empty. */
export function judgeByColumns(fallback: Stamp): JudgeRow {
  return (row) => {
    const parsed = parseAddress(row.email);
    if (parsed.kind === 'invalid') return { kind: 'invalid', reason: parsed.reason };
    const target = parseTarget(cell(row, 'reason'), cell(row, 'sender'));
    if (target.kind === 'wrong') return target;
    const at = cell(row, 'at');
    const time = at === '' ? fallback.at : parseTime(at);
    if (time === null)
      return { kind: 'wrong', problem: `the time “${excerpt(at)}” is not like 2026-11-27T09:00:00Z` };
    const stamp = { at: time, ...originOf(row, fallback) };
    return {
      kind: 'suppression',
      suppression: { address: parsed.address.normal, target: target.target, ...stamp },
    };
  };
}

/** Whether rows of this shape can say why they are suppressed. */
export function saysWhy(row: ImportRow): boolean {
  return Object.hasOwn(row.data, 'reason') || Object.hasOwn(row.data, 'sender');
}

/** A row that names its source says all about it: no detail means none, and not the fallback's. */
function originOf(row: ImportRow, fallback: Stamp): Omit<Stamp, 'at'> {
  const source = cell(row, 'source');
  const detail = cell(row, 'detail') || null;
  return source === '' ? { source: fallback.source, detail: detail ?? fallback.detail } : { source, detail };
}

function cell(row: ImportRow, column: string): string {
  const value = Object.hasOwn(row.data, column) ? row.data[column] : '';
  return typeof value === 'string' ? value.trim() : '';
}

/** RFC 3339, or a date alone (midnight UTC). A time without its offset could be anybody's, and is refused. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/i;

function parseTime(text: string): number | null {
  const ms = TIME.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
