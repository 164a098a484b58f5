import type { Finding } from './tally.ts';

/** A place where the books do not agree. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** One plain line. It names rows of the audience by their position, and no address. */
  readonly text: string;
  /** Some of the rows that it is about; positions in the audience. */
  readonly seqs: readonly number[];
}

export type DifferenceKind =
  /** A counter is not what the rows add up to. */
  | 'figure'
  /** The log tells of a campaign that Redis does not know. */
  | 'unknown'
  /** One of the receipt's two equations does not hold. */
  | 'equation'
  /** Two mails to one row of the audience, or to one person in two rows. */
  | 'sent_twice'
  | 'same_person'
  /** Not exactly one end: more, or none. */
  | 'two_ends'
  | 'no_end'
  | 'nowhere'
  /** The ledger and the log contradict each other. */
  | 'open_twice'
  | 'open_and_ended'
  | 'doubt_untold'
  /** SES knows of a mail that the books say was never taken. */
  | 'mail_untold'
  /** A row of the log that lacks what it must have. */
  | 'nameless'
  | 'unplaced'
  | 'stray'
  | 'out_of_range'
  | 'receipt';

/** “sent to twice: rows 17, 23 and 4 more”; nothing where no row is concerned. */
export function aboutRows(kind: DifferenceKind, says: string, { rows, seqs }: Finding): Difference[] {
  return rows === 0 ? [] : [{ kind, text: `${says}: ${rowsText({ rows, seqs })}`, seqs }];
}

export function rowsText({ rows, seqs }: Finding): string {
  const more = rows - seqs.length;
  if (more <= 0) return `${seqs.length === 1 ? 'row' : 'rows'} ${listText(seqs.map(String))}`;
  return `rows ${seqs.join(', ')} and ${figureText(more)} more`;
}

/** “a”, “a and b”, “a, b and c”. */
export function listText(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

export function figureText(count: number): string {
  return count.toLocaleString('en-US');
}
