import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { figure } from '../core/figures.ts';
import { visible } from '../core/text-width.ts';
import { importDmarc } from '../desk/dmarc-import.ts';
import type { ImportSum } from '../dmarc/import.ts';
import { importFiles } from '../dmarc/import-files.ts';
import { EXIT_FAILED, note, print, printJson } from './output.ts';

export function importCommand(): Command {
  return new Command('import')
    .summary('keep the aggregate reports in files, folders or mails')
    .description(
      'Keeps DMARC aggregate reports (RFC 7489, RFC 9990) with the log: XML, gzip, zip, or the mails that they came in, told by what is in a file and not by its name. Folders are read with all that is below them; - reads one file from standard input.',
    )
    .argument('<file...>')
    .option('--json', 'print one JSON value: { "files", "added", "already", "failureReports", "refused" }')
    .addHelpText(
      'after',
      `
A report that was imported before counts as already there, so a folder can be imported again and again. A file that is no
report, or can't be a true one, is refused as a whole, with the reason, and the others are taken. Failure reports (about
single messages) are counted and not read.

Where to: SLUICE_LOG; files below SLUICE_LOG_DIR (dmarc/), the table dmarc_reports in BigQuery, or both.

Exit codes: 0; 1 where a file was refused, or the log can't be written; 2 where a file is not there, and nothing was done.

Examples:
  sluice dmarc import reports/
  sluice dmarc import google.com!example.jp!1764201600!1764287999.zip --json
  curl -s https://mail.example.jp/latest.eml | sluice dmarc import -`,
    )
    .action(async (names: string[], { json }: { readonly json?: boolean }) => {
      const { openReportStore } = await import('./wire-dmarc.ts');
      const openReports = () => openReportStore(loadConfig('client-without-redis'));
      const {
        where,
        reports: _reports,
        ...sum
      } = await importDmarc(
        { openReports, clock: systemClock },
        importFiles(names, process.stdin),
        (file, why) => note(visible(`${file}: refused: ${why}`)),
      );
      if (json) printJson(sum);
      else print(sumText(sum, where));
      if (sum.refused.length > 0) process.exitCode = EXIT_FAILED;
    });
}

function sumText({ files, added, already, failureReports, refused }: ImportSum, where: string): string {
  const more = [
    ...(already > 0 ? [`${figure(already)} ${already === 1 ? 'was' : 'were'} there already`] : []),
    ...(failureReports > 0
      ? [
          `${figure(failureReports)} ${failureReports === 1 ? 'mail was a failure report' : 'mails were failure reports'}, not read`,
        ]
      : []),
    ...(refused.length > 0
      ? [`${figure(refused.length)} ${refused.length === 1 ? 'file was' : 'files were'} refused`]
      : []),
  ];
  const begin = `${figure(files)} ${files === 1 ? 'file' : 'files'} read: ${figure(added)} new ${added === 1 ? 'report' : 'reports'} kept in ${where}`;
  return [begin, ...more].join('; ');
}
