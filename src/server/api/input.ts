import { z } from 'zod';
import { describeProblem, parseAddress } from '../../core/address.ts';
import type { Author } from '../../queue/author.ts';
import { REASONS } from '../../suppression/entry.ts';
import type { SuppressionFilter } from '../../suppression/store.ts';
import { parseTarget, type Target } from '../../suppression/target.ts';
import type { Call } from './operation.ts';

/** As in the override of a campaign. */
const NAME_CHARS_MAX = 200;
const REASON_CHARS_MAX = 1_000;
const ROWS_MAX = 1_000_000_000;
const PAGE_ITEMS = { byDefault: 50, max: 500 } as const;
/** What a cursor may be; ours are a few dozen characters. */
const CURSOR_CHARS_MAX = 1_000;
/** In one call. More come as a file. */
const ADDRESSES_MAX = 1_000;
const ADDRESS_CHARS_MAX = 1_000;

const by = z.string().trim().min(1).max(NAME_CHARS_MAX);
const why = z.string().trim().min(1).max(REASON_CHARS_MAX);

/** Fields of a body, or of a query, that say who does it and why. */
export const signature = {
  by: by.exactOptional().meta({ description: 'Who does it, for the log; else who has signed in, or `api`' }),
  reason: why.exactOptional().meta({ description: 'Why, for the log' }),
};

/** The same, where a reason is wanted. */
export const signatureWithReason = { ...signature, reason: why.meta({ description: 'Why, for the log' }) };

export function authorOf(
  { request, tools }: Pick<Call<unknown, unknown, unknown>, 'request' | 'tools'>,
  said: { readonly by?: string | undefined; readonly reason?: string | undefined },
): Author {
  return { by: said.by ?? tools.sessionOf(request).by, reason: said.reason ?? null };
}

/** An id that no campaign can have is one that is not there. */
export const campaignParams = z.object({
  id: z.string().min(1).meta({ description: 'Its id: 1 to 64 letters, digits, `_` or `-`' }),
});
export const nameParams = z.object({ name: z.string().min(1).max(NAME_CHARS_MAX) });

/** A number in a query. */
const number = (max: number) =>
  z.coerce
    .number({ error: `must be a whole number from 1 to ${max}` })
    .int()
    .min(1)
    .max(max);

const limit = number(PAGE_ITEMS.max)
  .default(PAGE_ITEMS.byDefault)
  .meta({
    description: `Items of a page: ${PAGE_ITEMS.byDefault} where it is missing, ${PAGE_ITEMS.max} at most`,
  });
export const row = number(ROWS_MAX);

export const pageQuery = {
  limit,
  after: z
    .string()
    .min(1)
    .max(CURSOR_CHARS_MAX)
    .exactOptional()
    .meta({ description: '`next` of the page before' }),
};

/** An address in any form, as its normal form. */
export const address = z
  .string()
  .max(ADDRESS_CHARS_MAX)
  .transform((written, context) => {
    const parsed = parseAddress(written);
    if (parsed.kind === 'address') return parsed.address.normal;
    context.addIssue({ code: 'custom', message: `is not an address: ${describeProblem(parsed.reason)}` });
    return z.NEVER;
  });

export const addresses = z.array(address).min(1).max(ADDRESSES_MAX);

const reason = z.enum(REASONS);

/** Whom a suppression is about; `sender` alone means `unsubscribed`. */
export const targetFields = {
  reason: reason.exactOptional().meta({ description: 'bounced, complained and blocked count everywhere' }),
  sender: address
    .exactOptional()
    .meta({ description: 'The sender address that they unsubscribed from; then the reason may be missing' }),
};

type TargetFields = { readonly reason?: (typeof REASONS)[number]; readonly sender?: string };

/** Adds the target, or says what is wrong with it. */
export function withTarget<T extends TargetFields>(
  fields: T,
  context: z.RefinementCtx,
): T & { readonly target: Target } {
  const parsed = parseTarget(fields.reason ?? '', fields.sender ?? '');
  if (parsed.kind === 'target') return { ...fields, target: parsed.target };
  context.addIssue({ code: 'custom', message: parsed.problem, path: ['reason'] });
  return z.NEVER;
}

export function filterOf({ reason: only, sender }: TargetFields): SuppressionFilter {
  return { ...(only === undefined ? {} : { reason: only }), ...(sender === undefined ? {} : { sender }) };
}
