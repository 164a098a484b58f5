import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InputFault } from '../../core/fault.ts';
import { StaleForm } from '../guard.ts';
import type { Session } from '../private-routes.ts';

/** The text fields of a form that stand before its file, and the file as it comes in. */
export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  /** Null where none was chosen. It has to be read to its end, or destroyed. */
  readonly file: Readable | null;
  /** What the reader's machine calls it, without folders; empty where none was chosen. */
  readonly name: string;
}

/** A form has some ten fields, each a line. */
const LIMITS = { fields: 20, fieldSize: 4_096, fieldNameSize: 100, headerPairs: 20 };

/**
 * Forms with a file are taken as streams by the routes of this plugin, and no more as `Form`. The bound is the route's `bodyLimit`, with
 * `config: { isUpload: true }`.
 *
 * Not by @fastify/multipart: that reads the socket itself, past the bounds in time and size that the server holds against every body.
 */
export async function takeUploads(app: FastifyInstance): Promise<void> {
  if (app.hasContentTypeParser('multipart/form-data')) app.removeContentTypeParser('multipart/form-data');
  app.addContentTypeParser('multipart/form-data', (_request, payload, done) => done(null, payload));
}

/**
 * Reads up to the file; what stands behind it is not looked at, so the form's CSRF token stands before it (`config.readsCsrf`: the guard
 * leaves it to this). A body that breaks off breaks the file off.
 *
 * @throws StaleForm where the token is missing or wrong: then nothing of the file was read
 * @throws InputFault where it is no form
 */
export async function uploadOf(request: FastifyRequest, session: Session): Promise<Upload> {
  const { body } = request;
  const fields = new Map<string, string>();
  const none: Upload = { fields, file: null, name: '' };
  if (!(body instanceof Readable)) return none;
  const parser = formParser(request.headers['content-type'] ?? '', 1);
  const isStale = () => session.isConsole && fields.get('csrf') !== session.csrf;
  return new Promise((resolve, reject) => {
    let current: Readable | null = null;
    const fail = (error: Error) => {
      current?.destroy(error);
      reject(error);
    };
    parser.on('field', (name, value) => {
      if (!fields.has(name)) fields.set(name, value);
    });
    parser.on('file', (_field, file, name) => {
      // A form that breaks off breaks it off, whether anybody reads it or not; whoever does hears of it all the same.
      file.on('error', () => {});
      if (!name || isStale()) {
        file.resume();
        if (name) reject(new StaleForm());
        return;
      }
      current = file;
      resolve({ fields, file, name });
    });
    parser.on('finish', () => (isStale() ? reject(new StaleForm()) : resolve(none)));
    parser.on('error', (cause) => fail(unreadable(cause)));
    body.on('error', fail);
    body.pipe(parser);
  });
}

/** @throws InputFault where it is no form */
export function formParser(type: string, files: number): InstanceType<typeof Busboy> {
  try {
    return new Busboy({ headers: { 'content-type': type }, limits: { ...LIMITS, files } });
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** What a browser sends can be read; a program may have made it wrong. */
export function unreadable(cause: unknown): InputFault {
  return new InputFault(['the form is not whole, or not multipart/form-data: send it again'], { cause });
}

/** Whether a body was broken off since it is longer than its route's `bodyLimit`. */
export function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
}
