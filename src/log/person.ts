/**
 * Who a row of the log is about, in SQL: the address in its normal form (`core/address.ts`). A row has it as it was
 * written, with capitals and a domain in any script, or as it was mailed, with the quotes that some local parts need.
 * Null where it is no address.
 */
export const PERSON = `CASE WHEN recipient_domain IS NOT NULL AND length(recipient) - length(replace(recipient, '@', '')) = 1
  THEN lower(replace(split_part(recipient, '@', 1), '"', '')) || '@' || recipient_domain END`;

/** What tells two events of one kind apart, a claim's number mostly, is at the end of an event's id. Empty where it has none. */
export const MARK = `regexp_extract(event_id, '/mark=([^/]*)$', 1)`;
