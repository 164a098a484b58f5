import { z } from 'zod';

/** A figure that is counted. */
export const count = z.number();
export const countOrNull = z.number().nullable();
/** From 0 to 1. */
export const share = z.number().meta({ description: 'A share, from 0 to 1' });
export const shareOrNull = z.number().nullable().meta({ description: 'A share, from 0 to 1' });
export const text = z.string();
export const textOrNull = z.string().nullable();
export const time = z.string().meta({ description: 'ISO 8601 in UTC' });
export const timeOrNull = z.string().nullable().meta({ description: 'ISO 8601 in UTC' });
export const ms = z.number().meta({ description: 'Milliseconds' });
export const instant = z.number().meta({ description: 'Milliseconds since 1970' });

export const about = z.record(z.string(), z.union([z.string(), z.number()])).meta({
  description: 'The figures and names of the sentence; shares are from 0 to 1, durations in milliseconds',
});

/** `next` is the `after` of the page that follows. */
export function pageOf<T>(item: z.ZodType<T>, id: string) {
  return z
    .object({
      items: z.array(item),
      next: z.string().nullable().meta({ description: 'To be given as `after`; null on the last page' }),
    })
    .meta({ id });
}

/** A list that is short enough to come whole. */
export function listOf<T>(item: z.ZodType<T>, id: string) {
  return z.object({ items: z.array(item) }).meta({ id });
}
