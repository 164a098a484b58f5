import { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { Keys } from '../core/keys.ts';
import { unlooked } from '../desk/check-bigquery.ts';
import { bookFacts } from '../desk/check-books.ts';
import type { CheckFindings } from '../desk/check-findings.ts';
import { type CheckReport, checkReport } from '../desk/check-report.ts';
import { senderFacts } from '../desk/check-sender.ts';
import type { Client } from '../desk/client.ts';
import type { Campaign } from '../queue/campaign.ts';
import { mailFacts } from '../queue/mail-facts.ts';
import { preflight } from '../queue/preflight.ts';
import { standingOf } from '../queue/standing.ts';
import type { Mailing } from '../send/mailing.ts';
import { estimateOf, sourceOf } from '../desk/audience.ts';
import { nameOf, readCampaignFile } from './campaign-file.ts';
import { checkText } from './check-text.ts';
import { withClient } from './client.ts';
import { EXIT_FAILED, print, printJson } from './output.ts';
import { rethrownAsInput, reviewed } from './review.ts';

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
    await withClient(async (client, config) => {
      const report = await reportOn(campaign, nameOf(file), client, config);
      if (options.json) printJson(report);
      else print(checkText(report, systemClock.now()));
      return report.blockers.length === 0 ? 0 : EXIT_FAILED;
    });
  } catch (thrown) {
    if (options.json && thrown instanceof InputFault) printJson({ problems: thrown.problems });
    throw thrown;
  }
}

async function reportOn(
  written: Campaign,
  name: string,
  client: Client,
  config: Config,
): Promise<CheckReport> {
  const { redis, suppression, profiles } = client;
  const { filesRoot } = config;
  const hasBigQuery = config.bigquery !== null;
  const { campaign, mailing } = await reviewed(written, name, { filesRoot, profiles, hasBigQuery });
  return checkReport({
    campaign,
    mailing,
    ...(await looked(campaign, mailing, suppression, config).catch(rethrownAsInput)),
    standing: await standingOf(redis, new Keys(config.redis.prefix), campaign),
    mail: mailFacts(campaign),
    ...(await senderFacts(mailing, client, config)),
    ...(await bookFacts(mailing, client, config)),
  });
}

/** Whoever only checks pays for no query: of a list in BigQuery he hears what a dry run says. */
async function looked(
  { id, audience }: Campaign,
  mailing: Mailing,
  suppression: Client['suppression'],
  config: Config,
): Promise<Pick<CheckFindings, 'preflight' | 'estimate'>> {
  if (audience.kind === 'bigquery') return unlooked(mailing, await estimateOf(audience, config));
  const source = sourceOf({ id, audience }, config);
  return { preflight: await preflight({ source, suppression }, mailing) };
}
