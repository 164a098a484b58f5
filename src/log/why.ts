import type { DuckDBValue } from '@duckdb/node-api';
import { z } from 'zod';
import { MARK, PERSON } from './person.ts';
import type { LogAsker } from './report.ts';
import type { LogSession } from './session.ts';

/** Whom to look for: a person, or where the audience has no address, the text that stands in its place. */
export type Wanted =
  | { readonly kind: 'person'; readonly normal: string }
  | { readonly kind: 'text'; readonly text: string };

/** Opens and clicks of machines can be many. */
const STORY_ROWS_MAX = 10_000;

const StoryRow = z.object({
  event_type: z.string(),
  event_time: z.string(),
  recipient: z.string().nullable(),
  sender: z.string().nullable(),
  seq: z.int().nullable(),
  ses_message_id: z.string().nullable(),
  reason: z.string().nullable(),
  smtp_status: z.string().nullable(),
  diagnostic: z.string().nullable(),
  url: z.string().nullable(),
  user_agent: z.string().nullable(),
  test: z.boolean(),
  detail: z.unknown(),
  /** What tells it from others of its type: a claim's number, SES's feedback id. */
  mark: z.string().nullable(),
});

/** A row of the log, as far as it tells something of a person. */
export type StoryRow = Readonly<z.infer<typeof StoryRow>>;

/**
 * Everything that a campaign's log has of somebody, oldest first, each event once. It looks for the rows of the audience
 * with the address first, and then for all that happened to those rows, whatever address an event gives.
 */
export async function storyOf(log: LogSession, campaign: string, wanted: Wanted): Promise<StoryRow[]> {
  const [condition, value] = conditionOf(wanted);
  const values = { campaign, value };
  await log.ask(
    `CREATE OR REPLACE TEMP TABLE wanted AS
     SELECT DISTINCT seq FROM events WHERE campaign_id = $campaign AND seq IS NOT NULL AND ${condition}`,
    values,
  );
  const rows = await log.ask(
    `SELECT * REPLACE (coalesce(test, false) AS test), nullif(${MARK}, '') AS mark
     FROM events WHERE campaign_id = $campaign AND (seq IN (FROM wanted) OR ${condition})
     QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY logged_at) = 1
     ORDER BY event_time, logged_at, event_id LIMIT ${STORY_ROWS_MAX}`,
    values,
  );
  return z.array(StoryRow).parse(rows);
}

/** What the audience has in a row, as far as the log knows; null where it does not. */
export async function recipientAt(log: LogSession, campaign: string, seq: number): Promise<string | null> {
  const rows = await log.ask(
    `SELECT recipient FROM events
     WHERE campaign_id = $campaign AND seq = $seq::BIGINT AND recipient IS NOT NULL
     ORDER BY logged_at LIMIT 1`,
    { campaign, seq: BigInt(seq) },
  );
  const [first] = z.array(z.object({ recipient: z.string() })).parse(rows);
  return first?.recipient ?? null;
}

/** Events of a campaign in the log, those included that are about nobody. */
export async function eventsOf(log: LogAsker, campaign: string): Promise<number> {
  const sql = `SELECT count(*) AS n FROM events WHERE campaign_id = ${log.dialect.param('campaign')}`;
  const rows = await log.ask(sql, { campaign });
  const [first] = z.array(z.object({ n: z.int() })).parse(rows);
  return first?.n ?? 0;
}

function conditionOf(wanted: Wanted): [condition: string, value: DuckDBValue] {
  switch (wanted.kind) {
    case 'person':
      return [`${PERSON} = $value`, wanted.normal];
    case 'text':
      return ['recipient = $value', wanted.text];
  }
}
