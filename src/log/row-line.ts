import { z } from 'zod';
import { isEventType } from './block.ts';
import type { EventType, LogRow } from './event.ts';

const Text = z.string().nullable().default(null);
const Flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

const Line = z.object({
  event_id: z.string().min(1),
  event_type: z.custom<EventType>((value) => typeof value === 'string' && isEventType(value)),
  event_time: z.iso.datetime(),
  logged_at: z.iso.datetime(),
  project: Text,
  campaign_id: Text,
  recipient: Text,
  recipient_domain: Text,
  sender: Text,
  seq: z.int().nullable().default(null),
  ses_message_id: Text,
  reason: Text,
  smtp_status: Text,
  diagnostic: Text,
  url: Text,
  user_agent: Text,
  override: Flag,
  test: Flag,
  tags: z.record(z.string(), z.string()).nullable().default(null),
  detail: z.record(z.string(), z.unknown()).nullable().default(null),
});

/** A line that the files sink wrote; null where it is no row. Columns that are not known are left out. */
export function parseRowLine(line: string): LogRow | null {
  try {
    return Line.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
