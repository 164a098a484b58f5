import { Command, Option } from 'commander';
import { campaignLogParts, emptyLogHint } from '../desk/campaign-log.ts';
import { reportCampaign } from '../desk/campaign-report.ts';
import { campaignId, missingCampaign } from '../desk/missing.ts';
import { reportCsv } from '../desk/report-csv.ts';
import { withDesk } from './client.ts';
import { note, print, printJson } from './output.ts';
import { reportText } from './report-text.ts';

export function reportCommand(): Command {
  return new Command('report')
    .summary("count a campaign's funnel, domains, bounces and hours")
    .description(
      'Reports what became of a campaign as its log tells it, rows in the outbox included: the funnel with rates, receiving domains, reasons of bounces, hours (UTC), ways of unsubscribing, and who got no mail. A campaign that still runs is reported on as far as it is.',
    )
    .argument('<id>', 'a campaign')
    .addOption(new Option('--json', 'print one JSON value').conflicts('csv'))
    .option('--csv', 'print one CSV file')
    .addHelpText(
      'after',
      `
Counts are people, each once, as in the receipt; test mails are in no count. In the hours, each person is
in the hour in which it happened first. Rates of delivered, bounced and complained are shares of the accepted;
those of opened, clicked and unsubscribed are shares of the delivered.

The CSV (RFC 4180, UTF-8) has the columns section, name, metric and value, one figure a line. Sections: campaign,
funnel, domain, other_domains, bounce, other_bounces, hour, unsubscribe, resubscribe, rejected, skipped,
cancelled, dropped, duplicate, invalid. Rates in it are fractions of 1, and empty where they are shares of nothing.

Exit codes: 0 done; 2 where neither Redis nor the log knows the campaign.

Examples:
  sluice report 2026-11-early-access
  sluice report 2026-11-early-access --csv > early-access.csv`,
    )
    .action(async (id: string, options: { readonly json?: boolean; readonly csv?: boolean }) => {
      await withDesk(async (parts) => {
        const log = await campaignLogParts(parts);
        const report = await reportCampaign(log, campaignId(id));
        if (!report) throw missingCampaign(id);
        if (report.isLogEmpty) note(emptyLogHint(log.place));
        if (options.json) printJson(report.campaign);
        else if (options.csv) process.stdout.write(reportCsv(report.campaign));
        else print(reportText(report.campaign));
        return 0;
      });
    });
}
