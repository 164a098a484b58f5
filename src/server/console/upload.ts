import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The text fields of a form that stand before its file, and the file as it comes in. */
export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  /** Null where none was chosen. It has to be read to its end, or destroyed. */
  readonly file: Readable | null;
  /** What the reader's machine calls it, without folders; empty where none was chosen. */
  readonly name: string;
}

/** A form has some ten fields, each a line. */
const LIMITS = { files: 1, fields: 20, fieldSize: 4_096, fieldNameSize: 100, headerPairs: 20 };

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

/** Reads up to the file; what stands behind it is not looked at. A body that breaks off breaks the file off. */
export async function uploadOf(request: FastifyRequest): Promise<Upload> {
  const { body } = request;
  const fields = new Map<string, string>();
  const none: Upload = { fields, file: null, name: '' };
  if (!(body instanceof Readable)) return none;
  const type = request.headers['content-type'] ?? '';
  const parser = new Busboy({ headers: { ...request.headers, 'content-type': type }, limits: LIMITS });
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
      if (!name) return void file.resume();
      current = file;
      resolve({ fields, file, name });
    });
    parser.on('finish', () => resolve(none));
    parser.on('error', (error) =>
      fail(error instanceof Error ? error : new Error('the form can not be read')),
    );
    body.on('error', fail);
    body.pipe(parser);
  });
}
