import type { Receipt } from '../../src/queue/receipt.ts';
import { imbalances, isOver } from '../../src/queue/receipt.ts';
import { type TakenMail, twice } from './judge.ts';
import { BLOCKED, type CampaignPlan, UNSUBSCRIBED } from './plan.ts';

/** What the verdict reads of a row of the log. */
export interface Row {
  readonly event_id: string;
  readonly event_type: string;
  readonly campaign_id: string | null;
  readonly recipient: string | null;
  readonly reason: string | null;
  readonly ses_message_id: string | null;
}

export interface Finding {
  readonly campaign: string;
  readonly kind:
    | 'twice'
    | 'lost'
    | 'unaccounted'
    | 'suppressed'
    | 'counter'
    | 'equation'
    | 'open'
    | 'log'
    | 'audit'
    | 'late'
    | 'answer';
  readonly count: number;
  readonly text: string;
}

/** How a recipient's way can end; a late event turns the last two into `accepted`. */
const ENDS = ['skipped', 'accepted', 'rejected', 'cancelled', 'dropped'] as const;
type End = (typeof ENDS)[number];

/**
 * Holds what the endpoint has taken against what the receipt and the log say of a campaign. Pure.
 *
 * @param rows of the campaign, each event once
 * @param mails of the campaign, as the endpoint has taken them
 * @param areEventsWhole no event was lost: then nobody who has the mail is anything but accepted
 */
export function judgeCampaign(
  plan: CampaignPlan,
  receipt: Receipt | null,
  rows: readonly Row[],
  mails: readonly TakenMail[],
  areEventsWhole: boolean,
): Finding[] {
  const findings: Finding[] = [];
  const say = (kind: Finding['kind'], count: number, text: string) => {
    if (count > 0) findings.push({ campaign: plan.id, kind, count, text });
  };
  const again = twice(mails);
  say('twice', again.length, `have two mails: ${shown(again)}`);
  if (!receipt) {
    say('lost', plan.people.size, 'there is no receipt');
    return findings;
  }
  const { counts, state } = receipt;
  if (!isOver(state))
    say('open', 1, `is ${state} (${receipt.reason ?? 'no reason'}) ${JSON.stringify(counts)}`);
  say('equation', imbalances(counts).length, imbalances(counts).join('; '));

  const ends = endsOf(rows);
  const taken = new Map(mails.map((mail) => [mail.to.toLowerCase(), mail.messageId]));
  const isWhole = state === 'finished';
  const lost = isWhole ? [...plan.people].filter((person) => !ends.has(person)) : [];
  say('lost', lost.length, `have no end in the log: ${shown(lost)}`);
  const strangers = [...ends.keys()].filter((person) => !plan.people.has(person));
  say('log', strangers.length, `are in the log and not in the list: ${shown(strangers)}`);
  say(
    'lost',
    Math.abs(counts.planned - ends.size),
    `planned ${counts.planned}, with an end in the log ${ends.size}`,
  );

  // Who has the mail and who is accepted are the same people, by the same mail.
  const unsaid = [...taken].filter(([person]) => {
    const end = ends.get(person)?.end;
    return end !== 'accepted' && (areEventsWhole || end !== 'dropped');
  });
  say(
    'unaccounted',
    unsaid.length,
    `have the mail and are not accepted: ${shown(unsaid.map(([person]) => `${person} ${ends.get(person)?.end ?? 'nothing'}`))}`,
  );
  const untrue = [...ends].filter(([person, { end, messageIds }]) => {
    return end === 'accepted' && (messageIds.size !== 1 || !messageIds.has(taken.get(person) ?? 'none'));
  });
  say(
    'unaccounted',
    untrue.length,
    `are accepted without that mail: ${shown(untrue.map(([person]) => person))}`,
  );

  const number = (end: End) => [...ends.values()].filter((one) => one.end === end).length;
  const skipped = Object.values(counts.skipped).reduce((sum, count) => sum + count, 0);
  const compare = (name: string, counter: number, logged: number) =>
    say('counter', Math.abs(counter - logged), `${name}: counter ${counter}, log ${logged}`);
  compare('accepted', counts.accepted, number('accepted'));
  compare('rejected', counts.rejected, number('rejected'));
  compare('cancelled', counts.cancelled, number('cancelled'));
  compare('dropped', counts.dropped, number('dropped'));
  compare('skipped', skipped, number('skipped'));
  compare('duplicate', counts.duplicate, rows.filter((row) => row.event_type === 'duplicate').length);
  compare('invalid', counts.invalid, rows.filter((row) => row.event_type === 'invalid').length);
  if (isWhole) {
    compare('duplicates of the list', counts.duplicate, plan.duplicates);
    compare('invalid of the list', counts.invalid, plan.invalid);
    compare('read of the list', counts.read, plan.rows.length);
  }
  const unwanted = [...BLOCKED, ...(plan.isOverride ? [] : UNSUBSCRIBED)].filter((person) =>
    taken.has(person),
  );
  say('suppressed', unwanted.length, `are suppressed and have the mail: ${shown(unwanted)}`);
  const impossible = [...ends].filter(([, one]) => one.conflict !== null);
  say(
    'log',
    impossible.length,
    `have two ends: ${shown(impossible.map(([person, one]) => `${person} ${one.conflict ?? ''}`))}`,
  );
  return findings;
}

interface EndOfOne {
  readonly end: End;
  readonly messageIds: ReadonlySet<string>;
  /** Ends that can't both be. */
  readonly conflict: string | null;
}

function endsOf(rows: readonly Row[]): Map<string, EndOfOne> {
  const said = new Map<string, { readonly kinds: Set<End>; readonly messageIds: Set<string> }>();
  for (const row of rows) {
    const end = ENDS.find((one) => one === row.event_type);
    if (!end || row.recipient === null) continue;
    const person = row.recipient.toLowerCase();
    const known = said.get(person) ?? { kinds: new Set<End>(), messageIds: new Set<string>() };
    known.kinds.add(end);
    if (end === 'accepted') known.messageIds.add(row.ses_message_id ?? '');
    said.set(person, known);
  }
  return new Map([...said].map(([person, { kinds, messageIds }]) => [person, endOfOne(kinds, messageIds)]));
}

function endOfOne(kinds: ReadonlySet<End>, messageIds: ReadonlySet<string>): EndOfOne {
  const final = [...kinds].filter((kind) => kind !== 'dropped' && kind !== 'cancelled');
  const conflict = final.length > 1 ? final.join(' and ') : null;
  return { end: final[0] ?? (kinds.has('dropped') ? 'dropped' : 'cancelled'), messageIds, conflict };
}

function shown(list: readonly string[]): string {
  return list.slice(0, 5).join(', ') + (list.length > 5 ? ` and ${list.length - 5} more` : '');
}
