import type { Call } from './caller.ts';

/** A file: as text or bytes, or as a stream, of Node or of the web, which is read once. */
export type FileContent =
  | string
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>;

/** What can be sent again is told from what can't. */
export function contentOf(content: FileContent, type: string): NonNullable<Call['content']> {
  if (typeof content === 'string' || content instanceof Blob) return { type, body: content, once: false };
  if (content instanceof Uint8Array) return { type, body: new Blob([new Uint8Array(content)]), once: false };
  if (content instanceof ReadableStream) return { type, body: content, once: true };
  return { type, body: streamOf(content), once: true };
}

function streamOf(pieces: AsyncIterable<Uint8Array | string>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/** By the ending of a name. */
export function typeOf(name: string): string {
  if (name.endsWith('.gz')) return 'application/gzip';
  if (name.endsWith('.csv')) return 'text/csv';
  return name.endsWith('.ndjson') ? 'application/x-ndjson' : 'application/octet-stream';
}
