import type { Books } from './books.ts';
import { aboutRows, type Difference, type DifferenceKind, listText, rowsText } from './difference.ts';
import type { Finding, Group } from './tally.ts';
import { EXAMPLES_MAX, type PersonalType } from './tally-sql.ts';

/** How a row of the audience ends. Accepted comes first: a late event may say so of whom the books had given up. */
const ENDS = [
  'accepted',
  'rejected',
  'skipped',
  'cancelled',
  'dropped',
  'duplicate',
  'invalid',
] as const satisfies readonly PersonalType[];
type End = (typeof ENDS)[number];

/** SES says these of mails that it took, and of no others. */
const PROOFS: readonly PersonalType[] = [
  'send',
  'delivery',
  'delivery_delay',
  'bounce',
  'complaint',
  'reject',
  'open',
  'click',
  'rendering_failure',
  'subscription',
];

/** The figures of a receipt, as the rows of the log and the ledger add up to them. */
export function rowBooks(groups: readonly Group[]): Books {
  const count = (matches: (group: Group) => boolean) =>
    groups.reduce((sum, group) => sum + (matches(group) ? group.rows : 0), 0);
  const ended = (end: End) => count((group) => endOf(group) === end);
  const skipped = (rule: string) => count((group) => endOf(group) === 'skipped' && group.rule === rule);
  const open = (standing: Group['open']) =>
    count((group) => endOf(group) === null && group.open === standing);
  const happened = (type: PersonalType) => count((group) => group.types.has(type));
  const read = count(() => true);
  const [duplicate, invalid] = [ended('duplicate'), ended('invalid')];
  return {
    read,
    duplicate,
    invalid,
    planned: read - duplicate - invalid,
    pending: open('pending'),
    skipped: {
      unsubscribed: skipped('unsubscribed'),
      bounced: skipped('bounced'),
      complained: skipped('complained'),
      blocked: skipped('blocked'),
    },
    accepted: ended('accepted'),
    rejected: ended('rejected'),
    cancelled: ended('cancelled'),
    dropped: ended('dropped'),
    inDoubt: open('in doubt'),
    resent: groups.reduce((sum, group) => sum + group.resent * group.rows, 0),
    delivered: happened('delivery'),
    bounced: {
      hard: count((group) => group.bounced.hard),
      soft: count((group) => group.bounced.soft),
    },
    complained: happened('complaint'),
    opened: happened('open'),
    clicked: happened('click'),
    unsubscribed: happened('unsubscribe'),
  };
}

/**
 * What is wrong with rows of the audience by themselves: each has exactly one end, or is open, and at most one mail.
 *
 * Two ends are right where a mail of a call in doubt turned out to be taken after the row had been dropped, cancelled, or
 * sent to again with another result: then `in_doubt` or `resolved` is in the log, and accepted is the end that counts.
 *
 * @param isStill nothing moved while log and ledger were read, so that one can be held against the other
 */
export function groupDifferences(groups: readonly Group[], isStill: boolean): Difference[] {
  return gathered<Fault>(groups, (group) => [
    ...mailFaults(group),
    ...endFaults(group),
    ...(isStill ? openFaults(group) : []),
  ]).flatMap(({ kind, says, ...finding }) => aboutRows(kind, says, finding));
}

/** What is odd, and explained by doubt; plain lines. */
export function groupNotes(groups: readonly Group[]): string[] {
  return gathered(groups, (group) => {
    const end = endOf(group);
    return [
      ...(group.hasTwoMails && !group.hasMailTooMuch
        ? [{ says: 'sent to again after doubt, and SES took more than one of the mails' }]
        : []),
      ...(end !== null && isMailUntold(group) && isDoubted(group)
        ? [{ says: `${end} after doubt, though SES took a mail to them, as its late events say` }]
        : []),
    ];
  }).map(({ says, ...finding }) => `${says}: ${rowsText(finding)}`);
}

interface Fault {
  readonly kind: DifferenceKind;
  readonly says: string;
}

function mailFaults(group: Group): Fault[] {
  return [
    ...(group.hasMailTooMuch
      ? [{ kind: 'sent_twice' as const, says: 'sent to more than once, under different message ids' }]
      : []),
    ...(group.isNameless ? [{ kind: 'nameless' as const, says: 'accepted without a message id' }] : []),
  ];
}

function endFaults(group: Group): Fault[] {
  const ends = ENDS.filter((end) => group.types.has(end));
  const [other, another] = ends.filter((end) => end !== 'accepted');
  if (other === undefined) return [];
  const isTwo = another !== undefined || (ends.length === 2 && !canTurnOutAccepted(other, group));
  if (isTwo) return [{ kind: 'two_ends', says: `${listText(ends)} at the same time` }];
  return group.hasTwoEnds ? [{ kind: 'two_ends', says: `${other} more than once` }] : [];
}

function canTurnOutAccepted(end: End, group: Group): boolean {
  switch (end) {
    case 'dropped':
    case 'cancelled':
      return true;
    case 'rejected':
    case 'skipped':
      return isDoubted(group);
    default:
      return false;
  }
}

function openFaults(group: Group): Fault[] {
  const end = endOf(group);
  if (end === null && group.open === null)
    return [{ kind: 'no_end', says: 'planned, and neither ended nor open' }];
  if (end !== null && group.open !== null)
    return [{ kind: 'open_and_ended', says: `${end} in the log, and still ${group.open} in a batch` }];
  if (isMailUntold(group) && (end === null || !isDoubted(group))) {
    const standing = end ?? group.open ?? '';
    return [{ kind: 'mail_untold', says: `${standing}, though SES has events of a mail to them` }];
  }
  if (group.open === 'in doubt' && !group.isInDoubt)
    return [{ kind: 'doubt_untold', says: 'in doubt, and the log does not say since when or why' }];
  return [];
}

function endOf(group: Group): End | null {
  return ENDS.find((end) => group.types.has(end)) ?? null;
}

function isDoubted({ types }: Group): boolean {
  return types.has('in_doubt') || types.has('resolved');
}

function isMailUntold(group: Group): boolean {
  return endOf(group) !== 'accepted' && PROOFS.some((type) => group.types.has(type));
}

/** What is said of several groups is one finding. */
function gathered<T extends { readonly says: string }>(
  groups: readonly Group[],
  saidOf: (group: Group) => readonly T[],
): (T & Finding)[] {
  const findings = new Map<string, T & Finding>();
  for (const group of groups) {
    for (const said of saidOf(group)) {
      const known = findings.get(said.says);
      const seqs = [...(known?.seqs ?? []), ...group.seqs].toSorted((a, b) => a - b).slice(0, EXAMPLES_MAX);
      findings.set(said.says, { ...said, rows: (known?.rows ?? 0) + group.rows, seqs });
    }
  }
  return [...findings.values()];
}
