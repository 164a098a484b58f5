import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { dmarcReports } from '../desk/dmarc-desk.ts';
import { createResolver } from '../identity/system-resolver.ts';
import { dmarcText } from './dmarc-text.ts';
import { byFlags } from './flags.ts';
import { print, printJson } from './output.ts';

/** For one look-up of an address's name; most take some milliseconds. */
const LOOKUP_MS_MAX = 5_000;

export function dmarcReportCommand(): Command {
  return new Command('report')
    .summary('tell what passes DMARC, from where, and whether a stricter policy would hurt')
    .description(
      'Tells of each domain in a month what receivers reported: how much passes DMARC, DKIM and SPF, what they did with the rest, which machines sent it, and whether p=quarantine or p=reject would hurt.',
    )
    .argument('[domain]', 'the domain of the policy; all of which there are reports where it is missing')
    .option('--month <YYYY-MM>', 'a month in UTC; the newest of which there are reports where it is missing')
    .option('--json', 'print an array with one object for each domain')
    .addHelpText(
      'after',
      `
A report counts in the month in which the middle of its time is. The verdict looks at the month and the one before.
Names of machines are asked of DNS (SLUICE_DNS_SERVERS), for the sources that are shown only; a name counts where it leads
back to the address.

Exit codes: 0; 1 where the log can't be read; 2 where there are no reports of that domain and month.

Examples:
  sluice dmarc report
  sluice dmarc report example.jp --month 2026-11
  sluice dmarc report example.jp --json`,
    )
    .action(
      async (
        domain: string | undefined,
        { month, json }: { readonly month?: string; readonly json?: boolean },
      ) => {
        const config = loadConfig('client-without-redis');
        const { openReportStore } = await import('./wire-dmarc.ts');
        const resolver = createResolver({ servers: config.dnsServers, timeoutMs: LOOKUP_MS_MAX });
        const openReports = () => openReportStore(config);
        const reports = await dmarcReports({ openReports, resolver }, { domain, month }).catch(
          byFlags({ month: '--month' }),
        );
        if (json) printJson(reports);
        else print(reports.map((report) => dmarcText(report)).join('\n\n'));
      },
    );
}
