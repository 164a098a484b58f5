import type { Campaign } from '../queue/campaign.ts';
import { mailFacts } from '../queue/mail-facts.ts';
import { preflight } from '../queue/preflight.ts';
import { standingOf } from '../queue/standing.ts';
import type { Mailing } from '../send/mailing.ts';
import { estimateOf, sourceOf } from './audience.ts';
import { reviewed } from './campaign-submit.ts';
import { unlooked } from './check-bigquery.ts';
import { bookFacts } from './check-books.ts';
import type { CheckFindings } from './check-findings.ts';
import { type CheckReport, checkReport } from './check-report.ts';
import { senderFacts } from './check-sender.ts';
import { rethrownAsInput } from './list-fault.ts';
import type { DeskParts } from './parts.ts';

/**
 * What a campaign would do if it were sent at this moment. The whole audience is read; nothing is sent, enqueued or written.
 * @param name of the campaign's file, for messages
 * @throws InputFault where the campaign or its list is wrong, with every problem
 */
export async function checkCampaign(parts: DeskParts, input: unknown, name?: string): Promise<CheckReport> {
  const { redis, keys } = parts.client;
  const { campaign, mailing } = await reviewed(parts, input, name);
  return checkReport({
    campaign,
    mailing,
    ...(await looked(parts, campaign, mailing).catch(rethrownAsInput)),
    standing: await standingOf(redis, keys, campaign),
    mail: mailFacts(campaign),
    ...(await senderFacts(mailing, parts)),
    ...(await bookFacts(mailing, parts)),
  });
}

/** Whoever only checks pays for no query: of a list in BigQuery he hears what a dry run says. */
async function looked(
  { client: { suppression }, config }: DeskParts,
  { id, audience }: Campaign,
  mailing: Mailing,
): Promise<Pick<CheckFindings, 'preflight' | 'estimate'>> {
  if (audience.kind === 'bigquery') return unlooked(mailing, await estimateOf(audience, config));
  const source = sourceOf({ id, audience }, config);
  return { preflight: await preflight({ source, suppression }, mailing) };
}
