/** Why a rule stops a campaign. docs/operators.md has each of them, and the console has words for each. */
export const HOLD_CODES = [
  'GUARD',
  'CANARY',
  'DOUBT',
  'LOG_BACKLOG',
  'QUOTA_DAY',
  'QUOTA_MONTH',
  'PROJECT_DAY',
  'PROJECT_MONTH',
  'WARM_UP',
  'PROFILE',
  'CONFIGURATION',
  'DOMAIN',
  'SES_QUOTA',
  'SES_PAUSED',
  'SES_CREDENTIALS',
  'SES_SUSPENDED',
  'SES_IDENTITY',
  'SES_CONFIGURATION',
  'SES_ACCESS',
  'SES_REFUSED',
  'SES_CLIENT',
] as const;

export type HoldCode = (typeof HOLD_CODES)[number];

/**
 * What a sentence is about, as data beside it: figures, shares from 0 to 1, durations in milliseconds, names. Whoever says the same in
 * another language, or in other words, has it from here.
 */
export type About = Readonly<Record<string, string | number>>;

/** What of a record can be said: its texts and numbers. */
export function scalars(record: Readonly<Record<string, unknown>>): About {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [],
    ),
  );
}
