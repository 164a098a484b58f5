import { z } from 'zod';
import { describeProblem, parseAddress } from '../core/address.ts';
import { visible } from '../core/text-width.ts';
import type { StoryRow } from '../log/why.ts';
import type { OpenEntry } from '../send/open-entries.ts';
import { reasonOf, type Suppression } from '../suppression/target.ts';

/** What else is known of somebody at this moment. */
export interface Circumstances {
  /** The row of the audience that gets the mail, where others are the same person; null where that is not known. */
  readonly ownRow: number | null;
  /** What keeps the person from getting mail now. */
  readonly suppressed: readonly Suppression[];
}

/** What an event of the log says, in one line of plain English. */
export function eventText(row: StoryRow, { ownRow, suppressed }: Circumstances): string {
  const text = visible(sentence(row, ownRow));
  const since = row.event_type === 'skipped' ? sinceText(row, suppressed) : '';
  return `${row.test ? 'test mail: ' : ''}${text}${since}`;
}

/** How somebody stands who has no end yet. */
export function standingText({ batch, standing, claim, claimedAtMs }: OpenEntry): string {
  const at = claimedAtMs === null ? '' : ` at ${new Date(claimedAtMs).toISOString()}`;
  switch (standing) {
    case 'unclaimed':
      return `pending in batch ${batch}: no call to SES has it yet`;
    case 'claimed':
      return `pending in batch ${batch}: claimed${at} (claim ${claim}), and a call to SES is on its way`;
    case 'in doubt':
      return `in doubt in batch ${batch}: claimed${at} (claim ${claim}), and nobody knows whether SES has the mail`;
  }
}

/** “unsubscribed from news@example.com since …, by import”. */
export function suppressionText({ target, at, source, detail }: Suppression): string {
  const whom = target.kind === 'sender' ? ` from ${target.sender}` : ', for every sender';
  const time = new Date(at);
  const since = Number.isNaN(time.getTime()) ? '' : ` since ${time.toISOString()}`;
  return visible(`${reasonOf(target)}${whom}${since}, by ${source}${detail === null ? '' : ` (${detail})`}`);
}

function sentence(row: StoryRow, ownRow: number | null): string {
  const { reason, diagnostic } = row;
  const id = `message id ${row.ses_message_id ?? 'unknown'}`;
  switch (row.event_type) {
    case 'duplicate':
      return `row ${row.seq} is the same person as ${ownRow === null ? 'an earlier row' : `row ${ownRow}`}, and gets no mail of its own`;
    case 'invalid':
      return `row ${row.seq} is no address that mail can go to: ${problemText(row)}`;
    case 'skipped':
      return reason === 'unsubscribed'
        ? `skipped: unsubscribed from ${row.sender ?? 'this sender'}`
        : `skipped: ${reason ?? 'by an unknown rule'}, which counts for every sender`;
    case 'accepted':
      return `accepted by SES, ${id}`;
    case 'rejected':
      return `rejected${detailText([reason, diagnostic])}${claimText(row)}`;
    case 'cancelled':
      return 'cancelled before a call to SES had it';
    case 'dropped':
      return 'dropped: it may have the mail, and is not sent to again';
    case 'in_doubt':
      return `in doubt${detailText([reason])}${claimText(row)}; it may have the mail`;
    case 'resolved':
      return resolvedText(row);
    default:
      return feedbackSentence(row, id);
  }
}

/** What SES and readers say. */
function feedbackSentence(row: StoryRow, id: string): string {
  const { reason, diagnostic, smtp_status: status } = row;
  switch (row.event_type) {
    case 'send':
      return `SES has the mail and is going to deliver it, ${id}`;
    case 'delivery':
      return `delivered to the receiving server${detailText([diagnostic ?? status])}`;
    case 'delivery_delay':
      return `delayed${detailText([reason, status, diagnostic])}`;
    case 'bounce':
      return `bounced, ${reason?.startsWith('Permanent/') ? 'hard' : 'soft'}${detailText([reason, status, diagnostic])}`;
    case 'complaint':
      return `complained${detailText([reason])}`;
    case 'reject':
      return `SES took the call, and did not send the mail${detailText([reason])}`;
    case 'rendering_failure':
      return `SES took the call, and could not make a mail of it${detailText([diagnostic])}`;
    case 'open':
      return `opened${detailText([row.user_agent])}`;
    case 'click':
      return `clicked${detailText([row.url])}`;
    case 'unsubscribe':
      return `unsubscribed from ${row.sender ?? 'this sender'}`;
    case 'resubscribe':
      return `takes mail of ${row.sender ?? 'this sender'} again`;
    default:
      return `${row.event_type.replaceAll('_', ' ')}${detailText([reason, diagnostic])}`;
  }
}

/** What the details of a resolution hold; what is of another form is left out. */
const word = z.string().optional().catch(undefined);
const Grounds = z
  .object({ policy: word, reason: word, evidence: z.unknown().optional(), by: word, from: word })
  .catch({});

/** The details say who or what decided, and on which evidence. */
function resolvedText(row: StoryRow): string {
  const { policy, reason, evidence, by, from } = Grounds.parse(row.detail ?? {});
  const grounds = [
    ...(policy === undefined
      ? []
      : [`by ${policy === 'operator' ? 'an operator' : `the policy “${policy}”`}`]),
    ...(reason === undefined ? [] : [`because: ${reason}`]),
    ...(evidence === undefined ? [] : [`on the evidence ${JSON.stringify(evidence)}`]),
  ];
  const why = grounds.length === 0 ? '' : `, ${grounds.join(', ')}`;
  switch (row.reason) {
    case 'resend':
      return `doubt resolved: to be sent again${why}${claimText(row)}`;
    case 'drop':
      return `doubt resolved: to be dropped${why}${claimText(row)}`;
    case 'accepted':
      return `was ${from ?? 'not accepted'}, and SES's event (${by ?? 'unknown'}) shows that it took the mail${claimText(row)}`;
    default:
      return `doubt resolved${detailText([row.reason])}${why}${claimText(row)}`;
  }
}

function sinceText({ reason, sender }: StoryRow, suppressed: readonly Suppression[]): string {
  const entry = suppressed.find(
    ({ target }) => reasonOf(target) === reason && (target.kind === 'everywhere' || target.sender === sender),
  );
  return entry ? ` (now: ${suppressionText(entry)})` : ' (that is no longer so)';
}

function problemText({ recipient, reason }: StoryRow): string {
  const parsed = parseAddress(recipient ?? '');
  return parsed.kind === 'invalid' ? describeProblem(parsed.reason) : (reason ?? 'for an unknown reason');
}

function detailText(parts: readonly (string | null)[]): string {
  const said = parts.filter((part) => part !== null && part !== '');
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

function claimText({ mark }: StoryRow): string {
  return mark === null ? '' : ` (claim ${mark})`;
}
