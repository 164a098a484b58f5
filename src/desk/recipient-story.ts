import { describeProblem, parseAddress } from '../core/address.ts';
import { figure } from '../core/figures.ts';
import type { LogSession } from '../log/session.ts';
import { eventsOf, recipientAt, type StoryRow, storyOf, type Wanted } from '../log/why.ts';
import { isOver } from '../queue/receipt.ts';
import { type OpenEntry, openEntries } from '../send/open-entries.ts';
import { type SuppressionRow, suppressionRow } from '../suppression/export.ts';
import type { SuppressionStore } from '../suppression/store.ts';
import type { Suppression } from '../suppression/target.ts';
import { type CampaignLogParts, emptyLogHint, openCampaignLog } from './campaign-log.ts';
import { eventText, standingText, suppressionText } from './why-text.ts';

export interface StoryParts extends CampaignLogParts {
  readonly suppression: Pick<SuppressionStore, 'check'>;
}

/** What `why --json` prints. */
export interface Story {
  readonly campaign: string;
  /** The normal form of the address; where the audience has none, what stands in its place. */
  readonly recipient: string;
  /** Positions in the audience. */
  readonly rows: readonly number[];
  /** Oldest first. */
  readonly events: readonly (StoryRow & { readonly text: string })[];
  /** Null where they have their end, or are not in the audience. */
  readonly open: OpenEntry['standing'] | null;
  /** What keeps them from getting mail at this moment. */
  readonly suppressed: readonly SuppressionRow[];
  /** Plain lines: how they stand now, or that nothing is known of them. */
  readonly now: readonly string[];
}

/**
 * Everything that is known of one recipient of a campaign.
 *
 * @param whom an address, however it is written; the number of its row; or what stands in the place of an address
 * @returns null where neither Redis nor the log knows the campaign
 */
export async function tellStory(parts: StoryParts, id: string, whom: string): Promise<Story | null> {
  const { redis, keys, campaigns, suppression } = parts;
  const asked = askedOf(whom);
  const receipt = await campaigns.receipt(id);
  const open = await findOpen(openEntries(redis, keys, id), asked);
  const log = await openCampaignLog(parts, id, receipt, asked);
  try {
    const wanted = await wantedOf(log, id, asked, open);
    const rows = wanted ? await rowsAbout(log, id, asked, wanted) : [];
    const isSilent = rows.length === 0 && !open;
    const isEmptyLog = isSilent && (await eventsOf(log, id)) === 0;
    if (isEmptyLog && !receipt) return null;
    const [suppressed = []] = wanted?.kind === 'person' ? await suppression.check([wanted.normal]) : [];
    const known = { campaign: id, recipient: recipientText(wanted, whom), rows, open, suppressed };
    return storyFrom(known, isSilent ? await silence(parts, id, asked, isEmptyLog) : []);
  } finally {
    await log.close();
  }
}

/** Whom somebody asked for: no address is only digits. */
type Asked = Wanted | { readonly kind: 'row'; readonly seq: number };

function askedOf(whom: string): Asked {
  const text = whom.trim();
  if (/^\d{1,12}$/.test(text)) return { kind: 'row', seq: Number(text) };
  return wantedBy(whom);
}

/** As the audience has it: a person, or a text that is no address. */
function wantedBy(recipient: string): Wanted {
  const parsed = parseAddress(recipient);
  return parsed.kind === 'address'
    ? { kind: 'person', normal: parsed.address.normal }
    : { kind: 'text', text: recipient.trim() };
}

/** In Redis a batch has its people until it is settled; there are no more of those than the window. */
async function findOpen(
  batches: AsyncIterable<readonly OpenEntry[]>,
  asked: Asked,
): Promise<OpenEntry | null> {
  const isAsked = (entry: OpenEntry) =>
    asked.kind === 'row' ? entry.seq === asked.seq : asked.kind === 'person' && entry.normal === asked.normal;
  for await (const entries of batches) {
    const found = entries.find(isAsked);
    if (found) return found;
  }
  return null;
}

async function wantedOf(
  log: LogSession,
  id: string,
  asked: Asked,
  open: OpenEntry | null,
): Promise<Wanted | null> {
  if (asked.kind !== 'row') return asked;
  if (open) return { kind: 'person', normal: open.normal };
  const recipient = await recipientAt(log, id, asked.seq);
  return recipient === null ? null : wantedBy(recipient);
}

/** A person may be in several rows, and all are of interest. Rows without an address have nothing to do with each other. */
async function rowsAbout(log: LogSession, id: string, asked: Asked, wanted: Wanted): Promise<StoryRow[]> {
  const rows = await storyOf(log, id, wanted);
  return asked.kind === 'row' && wanted.kind === 'text' ? rows.filter((row) => row.seq === asked.seq) : rows;
}

function recipientText(wanted: Wanted | null, whom: string): string {
  switch (wanted?.kind) {
    case 'person':
      return wanted.normal;
    case 'text':
      return wanted.text;
    case undefined:
      return whom;
  }
}

interface Known {
  readonly campaign: string;
  readonly recipient: string;
  readonly rows: readonly StoryRow[];
  readonly open: OpenEntry | null;
  readonly suppressed: readonly Suppression[];
}

function storyFrom({ campaign, recipient, rows, open, suppressed }: Known, silent: readonly string[]): Story {
  const real = rows.filter((row) => !row.test);
  const own = real.find((row) => row.seq !== null && row.event_type !== 'duplicate')?.seq;
  const circumstances = { ownRow: own ?? open?.seq ?? null, suppressed };
  const seqs = [...real.map((row) => row.seq), open?.seq ?? null].filter((seq) => seq !== null);
  return {
    campaign,
    recipient,
    rows: [...new Set(seqs)].toSorted((a, b) => a - b),
    events: rows.map((row) => ({ ...row, text: eventText(row, circumstances) })),
    open: open?.standing ?? null,
    suppressed: suppressed.map(suppressionRow),
    now: [
      ...silent,
      ...(open ? [standingText(open)] : []),
      ...suppressed.map((one) => `suppressed: ${suppressionText(one)}`),
    ],
  };
}

/** Nothing is known of them: what that means. */
async function silence(
  { campaigns, place }: StoryParts,
  id: string,
  asked: Asked,
  isEmptyLog: boolean,
): Promise<string[]> {
  const receipt = await campaigns.receipt(id);
  const isPlanned = (await campaigns.look(id))?.isPlanned === true;
  const read = receipt?.counts.read ?? 0;
  const subject = asked.kind === 'row' ? `row ${asked.seq}` : 'the address';
  const among = isPlanned
    ? `the audience, which has ${figure(read)} rows`
    : `the ${figure(read)} rows that the campaign ${receipt && isOver(receipt.state) ? 'had read when it ended' : 'has read so far'}`;
  return [
    `${subject} is not in ${among}`,
    ...(asked.kind === 'text' ? [`what was asked for is no address: ${problemOf(asked.text)}`] : []),
    ...(isEmptyLog && read > 0 ? [emptyLogHint(place)] : []),
  ];
}

function problemOf(text: string): string {
  const parsed = parseAddress(text);
  return parsed.kind === 'invalid' ? describeProblem(parsed.reason) : '';
}
