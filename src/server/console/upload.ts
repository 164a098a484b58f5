import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The text fields of a form that stand before its file, and the file as it comes in. */
export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  /** Null where none was chosen. It has to be read to its end, or destroyed. */
  readonly file: Readable | null;
  /** What the reader's machine calls it; empty where none was chosen. */
  readonly name: string;
}

/** A form has some ten fields, each a line; the file is bounded by whoever reads it. */
const FIELDS_MAX = 20;
const FIELD_BYTES_MAX = 4_096;

/** Forms with a file are taken as streams by the routes of this plugin, and no more as `Form`. @param bytesMax of a file */
export async function takeUploads(app: FastifyInstance, bytesMax: number): Promise<void> {
  if (app.hasContentTypeParser('multipart/form-data')) app.removeContentTypeParser('multipart/form-data');
  await app.register(multipart, {
    limits: {
      files: 1,
      fields: FIELDS_MAX,
      fieldSize: FIELD_BYTES_MAX,
      fieldNameSize: 100,
      fileSize: bytesMax,
      headerPairs: 20,
    },
    throwFileSizeLimit: true,
  });
}

/** Reads up to the file; what stands behind it is not looked at. */
export async function uploadOf(request: FastifyRequest): Promise<Upload> {
  const fields = new Map<string, string>();
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      const isChosen = part.filename !== undefined && part.filename !== '';
      if (isChosen) return { fields, file: part.file, name: part.filename };
      part.file.resume();
    } else if (typeof part.value === 'string' && !fields.has(part.fieldname)) {
      fields.set(part.fieldname, part.value);
    }
  }
  return { fields, file: null, name: '' };
}
