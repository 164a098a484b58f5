import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InputFault } from '../../core/fault.ts';
import type { Author } from '../../queue/author.ts';
import { IMPORT_BYTES_MAX } from '../../suppression/import.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import { targetOf } from './suppression-fields.ts';
import { type ImportFields, importPage, importResult } from './suppression-forms.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { tried } from './tried.ts';
import { isTooLarge, takeUploads, type Upload, uploadOf } from './upload.ts';
import { suppressionWords } from './words/suppression.ts';

const NOTHING: ImportFields = { target: 'columns', sender: '', column: '', reason: '' };
/** For the other fields of the form. */
const FORM_BYTES = 65_536;

/** `/suppression/import`: a list comes in as a stream, and a page says what became of its rows. */
export async function suppressionImportRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  await takeUploads(app);
  app.get('/suppression/import', (request, reply) =>
    sendForm(reply, contextOf(request, tools), tools, NOTHING, []),
  );
  app.post(
    '/suppression/import',
    { bodyLimit: IMPORT_BYTES_MAX + FORM_BYTES, config: { isUpload: true, readsCsrf: true } },
    (request, reply) => take(request, reply, tools),
  );
}

async function sendForm(
  reply: FastifyReply,
  context: PageContext,
  { desk }: ConsoleTools,
  fields: ImportFields,
  problems: readonly string[],
  status = 200,
): Promise<FastifyReply> {
  const body = importPage(context, await desk.suppression.senders(), fields, problems);
  const { title } = suppressionWords[context.language].import;
  return sendPage(reply, context, page(context, { title, section: 'suppression', body }), status);
}

async function take(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  let fields = NOTHING;
  const end = await tried(async () => {
    try {
      const upload = await uploadOf(request, context.session);
      fields = fieldsOf(upload);
      return await imported(upload, fields, context, tools);
    } catch (thrown) {
      if (isTooLarge(thrown))
        throw new InputFault([`file: more than ${IMPORT_BYTES_MAX} bytes; split it`], { cause: thrown });
      throw thrown;
    }
  });
  if (end.kind === 'refused') return sendForm(reply, context, tools, fields, end.problems, end.status);
  const { result: title } = suppressionWords[context.language].import;
  const body = importResult(context, end.value);
  return sendPage(reply, context, page(context, { title, section: 'suppression', body }));
}

function fieldsOf({ fields, file }: Upload): ImportFields {
  if (file && !fields.has('target')) {
    file.resume();
    throw new InputFault(['target: is missing, or stands behind the file; it has to come before it']);
  }
  const of = (name: keyof ImportFields) => (fields.get(name) ?? '').trim();
  return { target: of('target'), sender: of('sender'), column: of('column'), reason: of('reason') };
}

async function imported(
  { file }: Upload,
  { target, sender, column, reason }: ImportFields,
  context: PageContext,
  { desk }: ConsoleTools,
) {
  if (!file) throw new InputFault([suppressionWords[context.language].import.none]);
  try {
    const author: Author = { by: context.session.by, reason: reason === '' ? null : reason };
    return await desk.suppression.import(
      file,
      {
        target: target === 'columns' ? 'columns' : targetOf(target, sender),
        ...(column === '' ? {} : { column }),
      },
      author,
    );
  } finally {
    // What is left of it would keep the connection waiting.
    file.resume();
  }
}
