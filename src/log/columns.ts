import type { LogRow } from './event.ts';

/** A column of the table `events`, wherever that is. */
export interface Column {
  readonly name: keyof LogRow;
  readonly kind: 'text' | 'time' | 'whole' | 'flag' | 'json';
  readonly isRequired: boolean;
  readonly description: string;
}

/**
 * All of them, in their order. Later versions add to the end, never change one, and never make a new one required: tables of
 * earlier versions get what they lack.
 */
export const COLUMNS: readonly Column[] = [
  required('event_id', 'text', 'Made from what the event says: the same event written twice has the same id'),
  required('event_type', 'text', 'What happened: accepted, delivery, bounce, …'),
  required('event_time', 'time', 'When it happened (UTC)'),
  column('logged_at', 'time', 'When the row was written'),
  column('project', 'text', 'Whose limits apply'),
  column('campaign_id', 'text', 'The campaign; null where none is concerned'),
  column('recipient', 'text', 'The address as mailed, or as the audience has it'),
  column('recipient_domain', 'text', 'Its domain, in lower case and punycode'),
  column('sender', 'text', 'From address, in its normal form'),
  column('seq', 'whole', 'Position in the audience, from 1'),
  column('ses_message_id', 'text', 'Message id of Amazon SES'),
  column('reason', 'text', 'Rule, error or kind of bounce'),
  column('smtp_status', 'text', 'Enhanced status code (RFC 3463), such as 5.1.1'),
  column('diagnostic', 'text', 'What the receiving server said'),
  column('url', 'text', 'The link that was clicked'),
  column('user_agent', 'text', 'Of the reader, for opens and clicks'),
  column('override', 'flag', 'The campaign was sent to unsubscribed people on purpose'),
  column('test', 'flag', 'A test mail: in no report'),
  column('tags', 'json', 'Tags of the campaign'),
  column('detail', 'json', 'What else is known'),
];

function required(name: Column['name'], kind: Column['kind'], description: string): Column {
  return { name, kind, isRequired: true, description };
}

function column(name: Column['name'], kind: Column['kind'], description: string): Column {
  return { name, kind, isRequired: false, description };
}
