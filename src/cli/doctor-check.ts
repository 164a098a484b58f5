import { maskLine } from '../core/mask.ts';

/** One thing that was looked at. */
export interface Check {
  /** Stable. */
  readonly name: string;
  /** `fail`: it keeps mail from going out. `warn`: it may, or it takes something from what Sluice promises. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** Plain English, without addresses and secrets. */
  readonly found: string;
  /** What to do; null where there is nothing. */
  readonly todo: string | null;
}

export function ok(name: string, found: string): Check {
  return { name, status: 'ok', found: masked(found), todo: null };
}

export function warn(name: string, found: string, todo: string): Check {
  return { name, status: 'warn', found: masked(found), todo };
}

export function fail(name: string, found: string, todo: string): Check {
  return { name, status: 'fail', found: masked(found), todo };
}

const NAME_COLUMNS = 18;

/** One line. */
export function checkLine({ name, status, found, todo }: Check): string {
  return `${status.padEnd(4)}  ${name.padEnd(NAME_COLUMNS)}${found}${todo === null ? '' : `: ${todo}`}`;
}

/** Reasons that somebody else wrote down may quote an address. */
function masked(text: string): string {
  const plain: unknown = JSON.parse(maskLine(JSON.stringify(text.replaceAll(/\s+/g, ' ').trim())));
  return String(plain);
}
