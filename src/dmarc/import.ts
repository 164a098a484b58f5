import type { ImportFile } from './import-files.ts';
import { readFileContent } from './read-file.ts';
import { Refusal } from './refusal.ts';
import type { AggregateReport } from './report.ts';
import type { ReportStore } from './report-store.ts';

/** What `dmarc import --json` prints. */
export interface ImportSum {
  readonly files: number;
  /** Reports that were not there before. */
  readonly added: number;
  readonly already: number;
  /** Mails about one failed message, which are not read. */
  readonly failureReports: number;
  readonly refused: readonly { readonly file: string; readonly why: string }[];
}

export interface ImportParts {
  readonly files: AsyncIterable<ImportFile>;
  readonly store: Pick<ReportStore, 'add' | 'settle'>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Called for each file that is refused, when it is. */
  readonly onRefused?: (file: string, why: string) => void;
  /** Called for each report, when it is kept or found to be there. */
  readonly onTaken?: (file: string, report: AggregateReport, isNew: boolean) => void;
}

/**
 * Keeps every report of the files. A file is read to its end before anything of it is kept, and one that is refused keeps no
 * other from being taken.
 *
 * @throws what the store throws: reports before that stay
 */
export async function importReports({
  files,
  store,
  now,
  onRefused,
  onTaken,
}: ImportParts): Promise<ImportSum> {
  const sum = { files: 0, added: 0, already: 0, failureReports: 0 };
  const refused: ImportSum['refused'][number][] = [];
  try {
    for await (const file of files) {
      sum.files += 1;
      const content = await contentOf(file, now);
      if (content instanceof Refusal) {
        refused.push({ file: file.name, why: content.message });
        onRefused?.(file.name, content.message);
      } else if (content.kind === 'failure') sum.failureReports += 1;
      else {
        for (const report of content.reports) {
          const isNew = await store.add(report);
          if (isNew) sum.added += 1;
          else sum.already += 1;
          onTaken?.(file.name, report, isNew);
        }
      }
    }
  } finally {
    await store.settle();
  }
  return { ...sum, refused };
}

async function contentOf(file: ImportFile, now: number) {
  try {
    return await readFileContent(await file.bytes(), now);
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
}
