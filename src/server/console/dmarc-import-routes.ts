import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InputFault } from '../../core/fault.ts';
import type { DmarcImport } from '../../desk/desk.ts';
import { FILES_MAX, importPanel, importResultPage } from './dmarc-import-part.ts';
import { page } from './page.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { tried } from './tried.ts';
import { isTooLarge, takeUploads } from './upload.ts';
import { uploadsOf } from './uploads.ts';
import { dmarcImportWords } from './words/dmarc-import.ts';

/** Of all files together; one has 32 MB at the most, and usually some kilobytes. */
const FORM_BYTES_MAX = 256 * 1024 * 1024;

/** `/dmarc/import`: aggregate reports come in as files, and a page says what became of each. */
export async function dmarcImportRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  await app.register(async (inner) => {
    await takeUploads(inner);
    const options = { bodyLimit: FORM_BYTES_MAX, config: { isUpload: true, readsCsrf: true } };
    inner.post('/dmarc/import', options, (request, reply) => take(request, reply, tools));
  });
}

async function take(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
): Promise<FastifyReply> {
  const context = contextOf(request, tools);
  const words = dmarcImportWords[context.language];
  const end = await tried(async () => {
    const done = await imported(request, tools);
    if (done.files === 0) throw new InputFault([words.none]);
    return done;
  });
  const body =
    end.kind === 'done' ? importResultPage(context, end.value) : importPanel(context, end.problems);
  const title = end.kind === 'done' ? words.result : words.title;
  const status = end.kind === 'done' ? 200 : end.status;
  return sendPage(reply, context, page(context, { title, section: 'dmarc', body }), status);
}

async function imported(request: FastifyRequest, tools: ConsoleTools): Promise<DmarcImport> {
  const files = uploadsOf(request, tools.sessionOf(request), FILES_MAX);
  try {
    return await tools.desk.senders.importDmarc(files);
  } catch (thrown) {
    if (isTooLarge(thrown))
      throw new InputFault(
        [`file: all together have more than ${FORM_BYTES_MAX} bytes; send fewer at a time`],
        {
          cause: thrown,
        },
      );
    throw thrown;
  }
}
