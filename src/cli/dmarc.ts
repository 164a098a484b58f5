import { Command } from 'commander';
import { importCommand } from './dmarc-import.ts';
import { dmarcReportCommand } from './dmarc-report.ts';

export function dmarcCommand(): Command {
  return new Command('dmarc')
    .summary('what receivers report of mail that is sent as our domains')
    .description(
      'Reads DMARC aggregate reports: who sends mail as our domains, what of it passes, and whether a stricter policy would hurt.',
    )
    .addCommand(importCommand())
    .addCommand(dmarcReportCommand());
}
