import { Readable } from 'node:stream';
import { Fault } from '../../core/fault.ts';
import { inTime } from '../../core/in-time.ts';

/** How long the next piece of a body may take. */
const SILENT_MS_MAX = 30_000;

/** Fastify answers by `statusCode`. */
class SilentBody extends Fault {
  readonly statusCode = 408;
}

/**
 * The same body, which ends in an error where nothing of it comes for so long. The time counts only while somebody waits for it: a body
 * may take hours, and its reader may pause.
 */
export function patient(body: Readable, silentMs: number = SILENT_MS_MAX): Readable {
  return Readable.from(pieces(body, silentMs), { objectMode: false });
}

async function* pieces(body: Readable, silentMs: number): AsyncIterable<Buffer> {
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    while (true) {
      const { value, done } = await inTime(
        iterator.next(),
        silentMs,
        () => new SilentBody('BODY_SILENT', 'the body stopped coming'),
      );
      if (done) return;
      yield value;
    }
  } finally {
    body.destroy();
  }
}
