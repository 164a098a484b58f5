import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { InputFault } from '../../core/fault.ts';
import { StaleForm } from '../guard.ts';
import type { Session } from '../private-routes.ts';
import { formParser, unreadable } from './upload.ts';

/** A file of a form. What is not read of it is passed over when the next one is asked for. */
export interface UploadedFile {
  /** What the reader's machine calls it, without folders. */
  readonly name: string;
  readonly content: AsyncIterable<unknown>;
}

interface Arrived {
  readonly name: string;
  readonly content: Readable;
}

/**
 * The files of a form with several, one after the other as they come in. The form's CSRF token stands before them (`config.readsCsrf`).
 *
 * @throws StaleForm where the token is missing or wrong: then nothing of any file was read
 * @throws InputFault where it is no form, or has more files
 */
export async function* uploadsOf(
  { body, headers }: FastifyRequest,
  session: Session,
  filesMax: number,
): AsyncGenerator<UploadedFile> {
  if (!(body instanceof Readable)) return;
  const found = new Waiting();
  const parser = formParser(headers['content-type'] ?? '', filesMax);
  let csrf: string | null = null;
  const isStale = () => session.isConsole && csrf !== session.csrf;
  parser.on('field', (name, value) => {
    if (name === 'csrf') csrf ??= value;
  });
  parser.on('file', (_field, content, name) => {
    if (name && !isStale()) return found.put({ name, content });
    content.resume();
    if (name) found.end(new StaleForm());
  });
  parser.on('filesLimit', () => found.end(tooMany(filesMax)));
  parser.on('finish', () => found.end(isStale() ? new StaleForm() : null));
  parser.on('error', (cause) => found.breakOff(unreadable(cause)));
  body.on('error', (error) => found.breakOff(error));
  body.pipe(parser);
  try {
    for (let next = await found.next(); next !== null; next = await found.next()) {
      yield { name: next.name, content: piecesOf(next.content) };
      next.content.resume();
    }
  } finally {
    found.drop();
  }
}

/** Whoever stops to read leaves the rest to be passed over: a file that is destroyed would keep those behind it. */
function piecesOf(content: Readable): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => content.iterator({ destroyOnReturn: false }) };
}

function tooMany(filesMax: number): InputFault {
  return new InputFault([
    `file: there are more than ${filesMax} files; those before are taken: send the others by themselves`,
  ]);
}

/** Files that nobody has read yet: those that came with one piece of the form, and no more, since a file is passed on as it is read. */
class Waiting {
  readonly #files: Arrived[] = [];
  #current: Arrived | null = null;
  #end: { readonly error: Error | null } | null = null;
  #isLeft = false;
  #wake: () => void = () => {};

  put(file: Arrived): void {
    // One that breaks off is heard of by whoever reads it.
    file.content.on('error', () => {});
    if (this.#isLeft) file.content.resume();
    else this.#files.push(file);
    this.#wake();
  }

  /** When those that came are read. Only the first end counts. */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** What is being read will never be whole. */
  breakOff(error: Error): void {
    this.end(error);
    this.#current?.content.destroy(error);
    for (const { content } of this.#files) content.destroy(error);
  }

  async next(): Promise<Arrived | null> {
    this.#current = null;
    while (this.#files.length === 0 && !this.#end)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#current = this.#files.shift() ?? null;
    if (!this.#current && this.#end?.error) throw this.#end.error;
    return this.#current;
  }

  /** What is left would keep the connection waiting. */
  drop(): void {
    this.#isLeft = true;
    for (const { content } of [...(this.#current ? [this.#current] : []), ...this.#files]) content.resume();
  }
}
