import type { Redis } from 'ioredis';
import type { Mention } from './mention.ts';

const READ_ENTRIES = 200;

/**
 * Entries of a stream of dead letters that name a person. They can't be read, and so not be changed; what is compressed in
 * them is not seen.
 */
export async function deadMentions(redis: Redis, stream: string, mention: Mention): Promise<number> {
  let found = 0;
  for (let from = '-'; ; ) {
    const entries = await redis.xrangeBuffer(stream, from, '+', 'COUNT', READ_ENTRIES);
    for (const [, fields] of entries) {
      if (fields.some((field) => mention.isIn(field.toString('utf8')))) found += 1;
    }
    const last = entries.at(-1);
    if (!last || entries.length < READ_ENTRIES) return found;
    from = `(${last[0].toString()}`;
  }
}
