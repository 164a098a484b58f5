import { Command } from 'commander';
import { figure } from '../core/figures.ts';
import { type Audit, auditCampaign } from '../desk/campaign-audit.ts';
import { campaignLogParts } from '../desk/campaign-log.ts';
import { campaignId, missingCampaign } from '../desk/missing.ts';
import { BOOK_LINES } from '../log/books.ts';
import { withDesk } from './client.ts';
import { EXIT_FAILED, print, printJson } from './output.ts';
import { textTable } from './table.ts';

export function auditCommand(): Command {
  return new Command('audit')
    .summary('hold the counters against the log')
    .description(
      'Holds the counters of a campaign against its log, rows in the outbox included: every figure of the receipt, exactly one end for every row of the audience, and no two mails. Names what differs.',
    )
    .argument('<id>', 'a campaign')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Rows of the audience are named by their position; \`sluice why ID ROW\` tells what happened to one.

While a campaign is running, figures that go up and down are not compared. Pause it to have all of them compared.

Exit codes: 0 they agree; 1 they differ; 2 there is no such campaign.

Example:
  sluice audit 2026-11-early-access`,
    )
    .action(async (id: string, options: { readonly json?: boolean }) => {
      await withDesk(async (parts) => {
        const audit = await auditCampaign(await campaignLogParts(parts), campaignId(id));
        if (!audit) throw missingCampaign(id);
        if (options.json) printJson(audit);
        else print(auditText(audit));
        return audit.agrees ? 0 : EXIT_FAILED;
      });
    });
}

/** For people: the verdict, what differs, and the figures side by side. */
export function auditText(audit: Audit): string {
  const { campaign, agrees, moving, differences, notes, counters, rows } = audit;
  const verdict = agrees
    ? moving
      ? 'counters and log agree so far'
      : 'counters and log agree'
    : 'counters and log differ';
  const figures = BOOK_LINES.filter(({ of }) => of(counters) > 0 || of(rows) > 0).map(({ name, of }) => [
    `  ${name}`,
    figure(of(counters)),
    figure(of(rows)),
  ]);
  return [
    `${campaign}: ${verdict}`,
    ...differences.map(({ text }) => `  ${text}`),
    ...(differences.length > 0 ? [''] : []),
    textTable(['', 'counted', 'in the log'], figures),
    ...notes.map((note) => `  ${note}`),
    ...(moving
      ? ['  the campaign went on meanwhile: figures that go up and down were not compared; pause it for that']
      : []),
  ].join('\n');
}
