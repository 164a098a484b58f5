import { z } from 'zod';
import { BOOK_LINES, type BookLine, type Books } from './books.ts';
import { aboutRows, type Difference, figureText, listText } from './difference.ts';
import { groupDifferences, groupNotes, rowBooks } from './ends.ts';
import type { LogSession } from './session.ts';
import { nowhere, type OpenRow, outOfRange, type Tally, takeTally } from './tally.ts';

/** A campaign's counters, from one atomic read. */
export interface Standing {
  readonly books: Books;
  /** It has ended, and so its receipt is in the log. */
  readonly isOver: boolean;
}

export interface AuditInput {
  readonly campaign: string;
  readonly before: Standing;
  /** Who has no end yet: from the ledger, read after `before`. */
  readonly open: readonly OpenRow[];
  /** With what was in the outbox, read after `open`. */
  readonly log: LogSession;
  /** Reads the counters again. */
  readonly look: () => Promise<Standing>;
}

export interface LogAudit {
  readonly differences: readonly Difference[];
  /** What is odd and explained, in plain lines. */
  readonly notes: readonly string[];
  /** The campaign went on meanwhile, so that not everything was compared. */
  readonly isMoving: boolean;
  readonly counters: Books;
  /** The same figures, as the rows of log and ledger add up to them. */
  readonly rows: Books;
}

/**
 * Holds a campaign's counters against the log and the ledger.
 *
 * The campaign may go on meanwhile. Counters, ledger and outbox change in one step, and they are read in that order, the
 * sink after them, and the counters once more: so the rows are at least what was counted before, and at most what was
 * counted after, and a figure that only grows is held against both. Figures that go up and down, and the ledger, are
 * compared only where nothing moved; to have all of it compared, pause the campaign. What no campaign may ever have (a
 * second mail, a second end) is found in any case.
 */
export async function auditLog({ campaign, before, open, log, look }: AuditInput): Promise<LogAudit> {
  const tally = await takeTally(log, campaign, open);
  const after = await look();
  const isStill =
    before.isOver === after.isOver &&
    BOOK_LINES.every((line) => line.moves === 'events' || line.of(before.books) === line.of(after.books));
  const rows = rowBooks(tally.groups);
  return {
    differences: [
      ...BOOK_LINES.flatMap((line) => figureDifference(line, before.books, after.books, rows, isStill)),
      ...groupDifferences(tally.groups, isStill),
      ...samePerson(tally.samePerson),
      ...incomplete(tally),
      ...aboutRows(
        'out_of_range',
        `no row of this audience, which has ${figureText(after.books.read)}`,
        await outOfRange(log, after.books.read),
      ),
      ...(isStill ? await stillDifferences(log, tally, after) : []),
    ],
    notes: groupNotes(tally.groups),
    isMoving: !isStill,
    counters: after.books,
    rows,
  };
}

function figureDifference(
  { name, of, moves }: BookLine,
  before: Books,
  after: Books,
  rows: Books,
  isStill: boolean,
): Difference[] {
  const [least, most, found] = [of(before), of(after), of(rows)];
  if (moves === 'freely' && !isStill) return [];
  if (found >= least && found <= most) return [];
  const counted = least === most ? figureText(least) : `${figureText(least)} to ${figureText(most)}`;
  return [{ kind: 'figure', text: `${name}: ${counted} counted, ${figureText(found)} in the log`, seqs: [] }];
}

function samePerson({ people, pairs }: Tally['samePerson']): Difference[] {
  if (people === 0) return [];
  const named = pairs.map((seqs) => listText(seqs.map(String))).join('; ');
  const more = people > pairs.length ? `; and ${figureText(people - pairs.length)} people more` : '';
  return [{ kind: 'same_person', text: `one person, accepted in rows ${named}${more}`, seqs: pairs.flat() }];
}

/** Rows of the log that can't be held against anything. */
function incomplete({ unplaced, strays }: Tally): Difference[] {
  const lines = (kind: 'unplaced' | 'stray', types: ReadonlyMap<string, number>, lack: string) =>
    [...types].map(([type, n]) => ({
      kind,
      text: `${figureText(n)} ${n === 1 ? 'event' : 'events'} of the type ${type} in the log without ${lack}`,
      seqs: [],
    }));
  return [
    ...lines('unplaced', unplaced, 'a position in the audience'),
    ...lines('stray', strays, 'a campaign'),
  ];
}

async function stillDifferences(log: LogSession, tally: Tally, standing: Standing): Promise<Difference[]> {
  return [
    ...aboutRows(
      'nowhere',
      'read, and neither in the log nor in a batch',
      await nowhere(log, standing.books.read),
    ),
    ...aboutRows('open_twice', 'in more than one place of the open batches', tally.openTwice),
    ...receiptDifferences(tally.receipts, standing).map((text) => ({
      kind: 'receipt' as const,
      text,
      seqs: [],
    })),
  ];
}

/** What the script writes that ends a campaign (`core/finish.lua`). */
const Receipt = z.object({ counts: z.record(z.string(), z.number()) });
/** Of the counts in it, those that nothing changes any more. Late events may still make others accepted. */
const FINAL = ['read', 'duplicate', 'invalid', 'planned'] as const;

function receiptDifferences(receipts: readonly unknown[], { isOver, books }: Standing): string[] {
  const [receipt] = receipts;
  if (!isOver) return receipts.length === 0 ? [] : ['the log has a receipt of a campaign that is not over'];
  if (receipts.length !== 1)
    return [
      `the campaign is over, and the log has ${receipts.length === 0 ? 'no receipt' : 'several receipts'} of it`,
    ];
  const parsed = Receipt.safeParse(receipt);
  if (!parsed.success) return ['the receipt in the log has no counts'];
  return FINAL.filter((name) => parsed.data.counts[name] !== books[name]).map(
    (name) =>
      `the receipt in the log says ${figureText(parsed.data.counts[name] ?? 0)} ${name}, and the counters ${figureText(books[name])}`,
  );
}
