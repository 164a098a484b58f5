/**
 * The figures of a campaign's receipt, from whoever counted them: Redis, or the rows of the log. People, not events;
 * `resent` alone counts how often an entry in doubt was sent to again.
 */
export interface Books {
  readonly read: number;
  readonly duplicate: number;
  readonly invalid: number;
  readonly planned: number;
  readonly pending: number;
  readonly skipped: {
    readonly unsubscribed: number;
    readonly bounced: number;
    readonly complained: number;
    readonly blocked: number;
  };
  readonly accepted: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly dropped: number;
  readonly inDoubt: number;
  readonly resent: number;
  readonly delivered: number;
  readonly bounced: { readonly hard: number; readonly soft: number };
  readonly complained: number;
  readonly opened: number;
  readonly clicked: number;
  readonly unsubscribed: number;
}

/** One figure of the books. */
export interface BookLine {
  readonly name: string;
  readonly of: (books: Books) => number;
  /**
   * What can change while a campaign goes on. `grows`: it never goes down. `events`: likewise, and it goes on growing
   * after the campaign's end, with SES's events.
   */
  readonly moves: 'freely' | 'grows' | 'events';
}

export const BOOK_LINES: readonly BookLine[] = [
  { name: 'read', of: (books) => books.read, moves: 'grows' },
  { name: 'duplicate', of: (books) => books.duplicate, moves: 'grows' },
  { name: 'invalid', of: (books) => books.invalid, moves: 'grows' },
  { name: 'planned', of: (books) => books.planned, moves: 'grows' },
  { name: 'skipped: unsubscribed', of: (books) => books.skipped.unsubscribed, moves: 'freely' },
  { name: 'skipped: bounced', of: (books) => books.skipped.bounced, moves: 'freely' },
  { name: 'skipped: complained', of: (books) => books.skipped.complained, moves: 'freely' },
  { name: 'skipped: blocked', of: (books) => books.skipped.blocked, moves: 'freely' },
  { name: 'accepted', of: (books) => books.accepted, moves: 'grows' },
  { name: 'rejected', of: (books) => books.rejected, moves: 'freely' },
  { name: 'cancelled', of: (books) => books.cancelled, moves: 'freely' },
  { name: 'dropped', of: (books) => books.dropped, moves: 'freely' },
  { name: 'in doubt', of: (books) => books.inDoubt, moves: 'freely' },
  { name: 'pending', of: (books) => books.pending, moves: 'freely' },
  { name: 'resent', of: (books) => books.resent, moves: 'grows' },
  { name: 'delivered', of: (books) => books.delivered, moves: 'events' },
  { name: 'bounced: hard', of: (books) => books.bounced.hard, moves: 'events' },
  { name: 'bounced: soft', of: (books) => books.bounced.soft, moves: 'events' },
  { name: 'complained', of: (books) => books.complained, moves: 'events' },
  { name: 'opened', of: (books) => books.opened, moves: 'events' },
  { name: 'clicked', of: (books) => books.clicked, moves: 'events' },
  { name: 'unsubscribed', of: (books) => books.unsubscribed, moves: 'events' },
];
