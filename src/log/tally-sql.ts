import { MARK, PERSON } from './person.ts';

/*
 * The statements of the tally. They make three tables: `people`, a narrow row for each row of the audience; `open_rows`,
 * those who have no end in the ledger; and `mails_too_much`.
 */

/** Types of events that happen to one person, each with a bit of its own in the table `people`. */
export const PERSONAL_TYPES = [
  'duplicate',
  'invalid',
  'skipped',
  'accepted',
  'rejected',
  'cancelled',
  'dropped',
  'in_doubt',
  'resolved',
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
  'unsubscribe',
  'resubscribe',
] as const;
export type PersonalType = (typeof PERSONAL_TYPES)[number];

/** Positions that a finding names. */
export const EXAMPLES_MAX = 5;

const BITS = PERSONAL_TYPES.map((type, bit) => `WHEN '${type}' THEN ${2 ** bit}`).join(' ');
const OURS = `campaign_id = $campaign AND NOT test`;
/** A reader who says that it is no spam has not complained; the row is there, and counts nobody. */
export const COUNTS = `NOT (event_type = 'complaint' AND coalesce(reason, '') = 'not-spam')`;
/** Hashes of texts, since only whether they differ counts, and a number is narrower. */
const differ = (value: string, where: string) =>
  `coalesce(min(hash(${value})) FILTER (${where}) <> max(hash(${value})) FILTER (${where}), false)`;

export const PEOPLE = `
  CREATE TEMP TABLE people AS
  SELECT seq,
    bit_or(CASE event_type ${BITS} ELSE 0 END) AS types,
    coalesce(bool_or(event_type = 'bounce' AND reason LIKE 'Permanent/%'), false) AS bounced_hard,
    coalesce(bool_or(event_type = 'bounce' AND reason NOT LIKE 'Permanent/%'), false) AS bounced_soft,
    min(reason) FILTER (event_type = 'skipped') AS rule,
    ${differ('event_id', `event_type IN ('duplicate', 'invalid', 'skipped', 'rejected', 'cancelled', 'dropped')`)} AS two_ends,
    ${differ('ses_message_id', 'ses_message_id IS NOT NULL')} AS two_mails,
    bool_or(event_type = 'accepted' AND ses_message_id IS NULL) AS nameless,
    min(hash(person)) FILTER (event_type = 'accepted' AND person IS NOT NULL) AS person,
    count(DISTINCT mark) FILTER (event_type = 'in_doubt') AS doubts,
    count(DISTINCT mark) FILTER (event_type = 'resolved' AND reason = 'resend') AS resent
  FROM (SELECT *, ${MARK} AS mark, ${PERSON} AS person FROM events WHERE ${OURS} AND ${COUNTS} AND seq IS NOT NULL)
  GROUP BY seq`;

/** Who has more mails than what was sent again explains. */
export const MAILS_TOO_MUCH = `
  INSERT INTO mails_too_much
  SELECT seq FROM events SEMI JOIN (SELECT seq FROM people WHERE two_mails) USING (seq) JOIN people USING (seq)
  WHERE ${OURS} GROUP BY seq, resent HAVING count(DISTINCT ses_message_id) > 1 + resent`;

export const GROUPS = `
  SELECT coalesce(types, 0) AS types, bounced_hard, bounced_soft, rule, two_ends, two_mails, nameless, resent,
    doubts > resent AS in_doubt,
    seq IN (FROM mails_too_much) AS mail_too_much,
    CASE WHEN is_in_doubt THEN 'in doubt' WHEN NOT is_in_doubt THEN 'pending' END AS open,
    count(*) AS rows, min(seq, ${EXAMPLES_MAX}) AS seqs
  FROM people FULL JOIN (SELECT seq, bool_or(is_in_doubt) AS is_in_doubt FROM open_rows GROUP BY seq) USING (seq)
  GROUP BY ALL ORDER BY min(seq)`;

/** Nearly nobody is there twice, so that lists are only made of those who are. */
export const SAME_PERSON = `
  WITH twice AS MATERIALIZED (SELECT person FROM people WHERE person IS NOT NULL GROUP BY person HAVING count(*) > 1)
  SELECT list_sort(list(seq)) AS seqs, (SELECT count(*) FROM twice) AS people
  FROM people SEMI JOIN twice USING (person)
  GROUP BY person ORDER BY seqs LIMIT ${EXAMPLES_MAX}`;

export const OTHERS = `
  SELECT event_type, campaign_id IS NULL AS is_stray, count(DISTINCT event_id) AS n,
    list(DISTINCT detail) FILTER (event_type IN ('campaign_finished', 'campaign_ended')) AS receipts
  FROM events WHERE (campaign_id IS NULL OR campaign_id = $campaign AND seq IS NULL) AND NOT test
  GROUP BY event_type, campaign_id IS NULL`;
