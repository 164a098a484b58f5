import type { AudienceSource } from '../audience/source.ts';
import { parseAddress } from '../core/address.ts';
import { InputFault } from '../core/fault.ts';
import { prepareMailing } from '../queue/prepare.ts';
import { recipientOf } from '../queue/row.ts';
import { type Sample, writeSample } from '../queue/sample.ts';
import { type StoredCampaign, storedCampaign } from '../queue/stored-campaign.ts';
import type { Mailing } from '../send/mailing.ts';
import type { Recipient } from '../send/payload.ts';
import { sourceOf } from './audience.ts';
import { isListFault, rethrownAsInput } from './list-fault.ts';
import { campaignId, missingCampaign } from './missing.ts';
import type { DeskParts } from './parts.ts';

/** Rows that are read for a preview, at most: a second's work. Whoever wants to see later ones has `test`. */
const ROWS_MAX = 100_000;

/**
 * The mail as the reader of a row would get it. Where no row can be read here (a list in BigQuery, which would cost a query; recipients that went
 * with the campaign's end; a file on another machine) and none is asked for, `seq` is 0, and every column is empty.
 *
 * @param row from 1; the first that has an address where it is missing
 * @throws InputFault where there is no such campaign or row, or its profile is gone
 */
export async function previewCampaign(
  { client, config }: Pick<DeskParts, 'client' | 'config'>,
  id: string,
  row?: number,
): Promise<Sample> {
  const { redis, keys, profiles } = client;
  const stored = await storedCampaign(redis, keys, campaignId(id));
  if (!stored) throw missingCampaign(id);
  const { profile } = stored.campaign.sender;
  const prepared = prepareMailing(
    stored.campaign,
    profile === undefined ? null : await profiles.get(profile),
  );
  if (prepared.kind === 'problems') throw new InputFault(prepared.problems, { kind: 'conflict' });
  const { mailing } = prepared;
  return writeSample(mailing, (await reader(stored, mailing, config, row)) ?? NOBODY);
}

const NOBODY: Recipient = { seq: 0, written: '', wire: '', normal: '', data: {} };

async function reader(
  { campaign, hasRecipients }: StoredCampaign,
  mailing: Mailing,
  config: DeskParts['config'],
  row: number | undefined,
): Promise<Recipient | null> {
  if (campaign.audience.kind === 'bigquery' || !hasRecipients) {
    if (row === undefined) return null;
    throw new InputFault([
      `row: the rows can't be read here, since ${hasRecipients ? 'they are in BigQuery' : 'the campaign has ended'}; without a row every column is empty`,
    ]);
  }
  if (row !== undefined && row > ROWS_MAX)
    throw new InputFault([`row: a preview reads the first ${ROWS_MAX} rows, and no further`]);
  try {
    const found = await recipientAt(sourceOf(campaign, config).rows(), mailing, row);
    if (found || row === undefined) return found;
  } catch (thrown) {
    if (row === undefined && isListFault(thrown)) return null;
    rethrownAsInput(thrown);
  }
  throw new InputFault([`row: the list has no row ${row} with an address`], { kind: 'missing' });
}

async function recipientAt(
  chunks: ReturnType<AudienceSource['rows']>,
  mailing: Mailing,
  wanted: number | undefined,
): Promise<Recipient | null> {
  for await (const rows of chunks) {
    for (const row of rows) {
      if (row.seq > (wanted ?? ROWS_MAX)) return null;
      if (wanted !== undefined && row.seq < wanted) continue;
      const parsed = parseAddress(row.email);
      if (parsed.kind === 'address') return recipientOf(row, parsed.address, mailing);
    }
  }
  return null;
}
