import { z } from 'zod';
import type { LogSession } from './session.ts';
import {
  EXAMPLES_MAX,
  GROUPS,
  MAILS_TOO_MUCH,
  OTHERS,
  PEOPLE,
  PERSONAL_TYPES,
  type PersonalType,
  SAME_PERSON,
} from './tally-sql.ts';

/** Rows of the audience that the log and the ledger say the same of. */
export interface Group {
  readonly rows: number;
  /** A few of them, the first ones; positions in the audience. */
  readonly seqs: readonly number[];
  /** Types of the events that they have. */
  readonly types: ReadonlySet<PersonalType>;
  readonly bounced: { readonly hard: boolean; readonly soft: boolean };
  /** The rule by which they were skipped; null where they were not. */
  readonly rule: string | null;
  /** Two different events say that they ended without an acceptance. */
  readonly hasTwoEnds: boolean;
  /** Two different message ids of SES's. */
  readonly hasTwoMails: boolean;
  /** More message ids than what was sent again on purpose explains. */
  readonly hasMailTooMuch: boolean;
  /** Accepted, and by no message id. */
  readonly isNameless: boolean;
  /** How often each of them was sent to again, after doubt. */
  readonly resent: number;
  /** They came into doubt more often than they were sent to again. */
  readonly isInDoubt: boolean;
  /** What the ledger has them for; null where they are in no batch that is open. */
  readonly open: 'pending' | 'in doubt' | null;
}

/** A finding about rows of the audience: how many, and a few of them. */
export interface Finding {
  readonly rows: number;
  readonly seqs: readonly number[];
}

/** What the log says of a campaign, counted. Every event counts once, however often it was written. */
export interface Tally {
  readonly groups: readonly Group[];
  /** People who were accepted in two rows of the audience. */
  readonly samePerson: { readonly people: number; readonly pairs: readonly (readonly number[])[] };
  /** In two batches at a time, or in two places of one. */
  readonly openTwice: Finding;
  /** Rows of the campaign that tell what became of somebody, without a position in the audience; by type. */
  readonly unplaced: ReadonlyMap<string, number>;
  /** The same of rows without a campaign. */
  readonly strays: ReadonlyMap<string, number>;
  /** The receipts that the campaign left in the log when it ended: one, where all is well. */
  readonly receipts: readonly unknown[];
}

/** Somebody without an end, from the ledger. */
export interface OpenRow {
  readonly seq: number;
  readonly isInDoubt: boolean;
}

/**
 * Counts a campaign's rows where they are: DuckDB reads the files once, keeps one narrow row a person (on disk where
 * memory is short), and gives back no more than a few dozen groups.
 *
 * It leaves the tables `people` and `open_rows` in the session, for `nowhere` and `outOfRange`.
 */
export async function takeTally(log: LogSession, campaign: string, open: readonly OpenRow[]): Promise<Tally> {
  await keepOpenRows(log, open);
  await log.ask(PEOPLE, { campaign });
  await keepMailsTooMuch(log, campaign);
  const others = OtherRows.parse(await log.ask(OTHERS, { campaign }));
  return {
    groups: GroupRows.parse(await log.ask(GROUPS)).map(groupOf),
    samePerson: samePersonOf(PairRows.parse(await log.ask(SAME_PERSON))),
    openTwice: await find(log, 'SELECT seq FROM open_rows GROUP BY seq HAVING count(*) > 1'),
    unplaced: endings(others.filter((row) => !row.is_stray)),
    strays: endings(others.filter((row) => row.is_stray)),
    receipts: others.flatMap((row) => (row.is_stray ? [] : (row.receipts ?? []))),
  };
}

/** Rows of the audience, of so many, of which neither log nor ledger says anything. */
export function nowhere(log: LogSession, read: number): Promise<Finding> {
  return find(
    log,
    `SELECT seq FROM range(1, $read::BIGINT + 1) AS every(seq) ANTI JOIN people USING (seq) ANTI JOIN open_rows USING (seq)`,
    { read: BigInt(read) },
  );
}

/** Rows that an audience of so many can't have. */
export function outOfRange(log: LogSession, read: number): Promise<Finding> {
  return find(log, 'SELECT seq FROM people WHERE seq < 1 OR seq > $read::BIGINT', { read: BigInt(read) });
}

async function find(
  log: LogSession,
  seqs: string,
  values: Readonly<Record<string, bigint>> = {},
): Promise<Finding> {
  const [found] = await log.ask(
    `SELECT count(*) AS rows, coalesce(min(seq, ${EXAMPLES_MAX}), []) AS seqs FROM (${seqs})`,
    values,
  );
  return FindingRow.parse(found);
}

async function keepOpenRows(log: LogSession, open: readonly OpenRow[]): Promise<void> {
  await log.ask('CREATE TEMP TABLE open_rows (seq BIGINT, is_in_doubt BOOLEAN)');
  const appender = await log.connection.createAppender('open_rows');
  for (const { seq, isInDoubt } of open) {
    appender.appendBigInt(BigInt(seq));
    appender.appendBoolean(isInDoubt);
    appender.endRow();
  }
  appender.closeSync();
}

/** Only where somebody has two mails is it worth to count how many they have. */
async function keepMailsTooMuch(log: LogSession, campaign: string): Promise<void> {
  await log.ask('CREATE TEMP TABLE mails_too_much (seq BIGINT)');
  const [twice] = await log.ask('SELECT 1 FROM people WHERE two_mails LIMIT 1');
  if (!twice) return;
  await log.ask(MAILS_TOO_MUCH, { campaign });
}

const Count = z.int().nonnegative();
const Flag = z.boolean().nullable();
const FindingRow = z.object({ rows: Count, seqs: z.array(z.int()) });
const OtherRows = z.array(
  z.object({
    event_type: z.string(),
    is_stray: z.boolean(),
    n: Count,
    receipts: z.array(z.unknown()).nullable(),
  }),
);
const PairRows = z.array(z.object({ seqs: z.array(z.int()), people: Count }));
const GroupRows = z.array(
  z.object({
    types: Count,
    bounced_hard: Flag,
    bounced_soft: Flag,
    rule: z.string().nullable(),
    two_ends: Flag,
    two_mails: Flag,
    nameless: Flag,
    resent: Count.nullable(),
    in_doubt: Flag,
    mail_too_much: Flag,
    open: z.enum(['pending', 'in doubt']).nullable(),
    rows: Count,
    seqs: z.array(z.int()),
  }),
);

/** Who is only in the ledger has nulls for what the log says. */
function groupOf(row: z.infer<typeof GroupRows>[number]): Group {
  return {
    rows: row.rows,
    seqs: row.seqs,
    types: new Set(PERSONAL_TYPES.filter((_type, bit) => (row.types & (2 ** bit)) !== 0)),
    bounced: { hard: row.bounced_hard === true, soft: row.bounced_soft === true },
    rule: row.rule,
    hasTwoEnds: row.two_ends === true,
    hasTwoMails: row.two_mails === true,
    hasMailTooMuch: row.mail_too_much === true,
    isNameless: row.nameless === true,
    resent: row.resent ?? 0,
    isInDoubt: row.in_doubt === true,
    open: row.open,
  };
}

function samePersonOf(rows: z.infer<typeof PairRows>): Tally['samePerson'] {
  return { people: rows[0]?.people ?? 0, pairs: rows.map(({ seqs }) => seqs.slice(0, EXAMPLES_MAX)) };
}

/** Only what the campaign does to people: a reader may unsubscribe from no campaign, and without a position. */
function endings(rows: z.infer<typeof OtherRows>): ReadonlyMap<string, number> {
  const types: readonly string[] = PERSONAL_TYPES.slice(0, PERSONAL_TYPES.indexOf('send'));
  return new Map(
    rows.filter((row) => types.includes(row.event_type)).map(({ event_type, n }) => [event_type, n]),
  );
}
