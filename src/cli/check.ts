import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { checkCampaign } from '../desk/campaign-check.ts';
import { nameOf, readCampaignFile } from './campaign-file.ts';
import { checkText } from './check-text.ts';
import { withDesk } from './client.ts';
import { EXIT_FAILED, print, printJson } from './output.ts';

interface CheckOptions {
  readonly json?: boolean;
}

export function checkCommand(): Command {
  return new Command('check')
    .summary('say what a campaign would do, and send nothing')
    .description(
      'Reads the whole audience as sending it would, and says whether it would be sent, how many would get the mail, how many not and why, how long it takes and what of each limit, how the sender and its domain stand, which rules of receivers are met, what readers would mind, and how it looks. Nothing is sent, enqueued or written. The same as `sluice send FILE --dry-run`.',
    )
    .argument('<file>', 'the campaign as JSON; - for standard input')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Exit codes: 0 it can be sent; 1 it would not be sent as things stand, with the reason ("blockers" in the JSON); 2 the campaign or its list is wrong, with a line for each problem and its place.

Examples:
  sluice check campaign.json
  sluice check campaign.json --json | jq '{counts, blockers, warnings}'
  sluice check campaign.json --json | jq -r '.samples[0].html' > sample.html`,
    )
    .action(check);
}

/** What `check` and `send --dry-run` do. */
export async function check(file: string, options: CheckOptions): Promise<void> {
  try {
    const campaign = readCampaignFile(file);
    await withDesk(async (parts) => {
      const report = await checkCampaign(parts, campaign, nameOf(file));
      if (options.json) printJson(report);
      else print(checkText(report, systemClock.now()));
      return report.blockers.length === 0 ? 0 : EXIT_FAILED;
    });
  } catch (thrown) {
    if (options.json && thrown instanceof InputFault) printJson({ problems: thrown.problems });
    throw thrown;
  }
}
