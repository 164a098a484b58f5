import { Fault } from '../core/fault.ts';
import { type About, scalars } from '../core/hold-code.ts';
import type { HoldRequest } from '../send/deliver.ts';

/** Why a rule keeps a campaign from sending. */
export interface Hold {
  /** One of HOLD_CODES, or of those of another version that works on the same Redis. */
  readonly code: string;
  /** Plain English, with the figures. */
  readonly reason: string;
  /** Milliseconds since 1970 when it lifts by itself; null where an operator has to decide. */
  readonly until: number | null;
  /** The figures and names of the reason; none where nothing is known of them. */
  readonly about: About;
}

/** A hold that is on record. */
export interface StoredHold extends Hold {
  /** As it is written there: by that a hold is told from one that came since. */
  readonly stored: string;
}

/** As judge.lua writes it as well: what it is about stands beside the rest. */
export function encodeHold({ code, reason, until, about = {} }: HoldRequest): string {
  return JSON.stringify({ ...about, code, reason, until });
}

export function decodeHold(stored: string): StoredHold {
  const value: unknown = JSON.parse(stored);
  if (!isRecord(value)) throw new Fault('CAMPAIGN_HOLD', 'the hold on record is not an object');
  const { code, reason, until, ...beside } = value;
  return {
    code: String(code),
    reason: String(reason),
    until: typeof until === 'number' ? until : null,
    about: scalars(beside),
    stored,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
