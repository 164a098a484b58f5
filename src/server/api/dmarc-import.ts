import { Readable } from 'node:stream';
import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { Desk } from '../../desk/desk.ts';
import { FILE_BYTES_MAX } from '../../dmarc/bounds.ts';
import { dmarcImport } from './answers/dmarc.ts';
import { operation, type Route } from './operation.ts';

/** Types under which a report may come; what it is says its content. */
export const REPORT_TYPES = [
  'application/xml',
  'text/xml',
  'application/gzip',
  'application/zip',
  'message/rfc822',
  'application/octet-stream',
] as const;

/** What messages call a file that came as a body. */
const NAME = 'the file';

export function dmarcImportRoutes({ senders }: Desk): Route[] {
  return [
    operation({
      id: 'importDmarcReports',
      method: 'POST',
      url: '/v1/dmarc/reports',
      tag: 'domains',
      summary: 'Keep the aggregate reports of a file',
      description:
        'The body is the file: XML, a gzip or zip of it, or the mail that it came in, told by what is in it, up to 32 MB. It is taken whole, or refused (422) with the reason. A report that is there already is told as `already`, and counted once: idempotent.',
      body: z.instanceof(Readable, { error: 'is missing: send the file itself' }),
      upload: REPORT_TYPES,
      bodyLimit: FILE_BYTES_MAX,
      answers: { 200: dmarcImport },
      errors: [408],
      handle: async ({ body }) => {
        const {
          refused,
          files: _files,
          ...taken
        } = await senders.importDmarc([{ name: NAME, content: body }]);
        if (refused.length > 0)
          throw new InputFault(refused.map(({ file, why }) => `${file} is refused: ${why}`));
        return taken;
      },
    }),
  ];
}
