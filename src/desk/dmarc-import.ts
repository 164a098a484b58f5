import { Readable } from 'node:stream';
import { type ImportSum, importReports } from '../dmarc/import.ts';
import { type ImportFile, streamedFile } from '../dmarc/import-files.ts';
import type { DmarcFile, DmarcImport } from './desk.ts';
import type { DeskParts } from './parts.ts';

/**
 * Keeps every report of the files, each once. A file that is refused keeps no other from being taken.
 * @param onRefused hears of each file that is refused, when it is
 */
export async function importDmarc(
  { openReports, clock }: Pick<DeskParts, 'openReports' | 'clock'>,
  files: AsyncIterable<ImportFile>,
  onRefused: (file: string, why: string) => void = () => {},
): Promise<DmarcImport & { readonly where: string }> {
  const store = await openReports();
  const reports: DmarcImport['reports'][number][] = [];
  const sum: ImportSum = await importReports({
    files,
    store,
    now: clock.now(),
    onRefused,
    onTaken: (file, { organisation, domain, reportId, month, begin, end }, isNew) => {
      reports.push({ file, organisation, domain, reportId, month, begin, end, isNew });
    },
  });
  return { ...sum, reports, where: store.name };
}

/** Files that come as streams, one after the other. */
export async function* streamedFiles(
  files: Iterable<DmarcFile> | AsyncIterable<DmarcFile>,
): AsyncGenerator<ImportFile> {
  for await (const { name, content } of files) {
    // Who sends it may hang up before it is read.
    if (content instanceof Readable) content.on('error', () => {});
    yield streamedFile(name, content);
  }
}
