import { z } from 'zod';
import { CALL_RECIPIENTS_MAX } from '../send/calls.ts';
import { CANARY_RECIPIENTS, type Campaign } from './campaign.ts';

const storedSchema = z.object({
  /** People of the first stage; missing where it is a share of a list that nobody has counted. */
  recipients: z.number().optional(),
  /** How long events are waited for after the last mail of a stage. */
  waitMs: z.number(),
  confidence: z.number(),
});

const DEFAULTS = { recipients: undefined, share: undefined, waitSeconds: 900, confidence: 0.95 };

/** People of the first stage, of a list of so many rows: no fewer than a batch has. */
export function canarySize(canary: NonNullable<Campaign['canary']>, rows: number): number {
  const { recipients, share } = canary === true ? DEFAULTS : canary;
  return share === undefined
    ? (recipients ?? CANARY_RECIPIENTS)
    : Math.max(CALL_RECIPIENTS_MAX, Math.ceil(rows * share));
}

/** How a canary is judged, as the campaign's hash has it (JSON). */
export function storedCanary(canary: NonNullable<Campaign['canary']>): string {
  const { recipients, share, waitSeconds, confidence } = canary === true ? DEFAULTS : canary;
  const stored: z.input<typeof storedSchema> = { waitMs: waitSeconds * 1000, confidence };
  return JSON.stringify(
    share === undefined ? { recipients: recipients ?? CANARY_RECIPIENTS, ...stored } : stored,
  );
}

export function readCanary(stored: string): z.output<typeof storedSchema> {
  return storedSchema.parse(JSON.parse(stored));
}
