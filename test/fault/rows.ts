import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { eventsFolder } from '../../src/log/files-sink.ts';
import type { Row } from './verdict.ts';

const rowShape = z.object({
  event_id: z.string(),
  event_type: z.string(),
  campaign_id: z.string().nullable(),
  recipient: z.string().nullable(),
  reason: z.string().nullable(),
  ses_message_id: z.string().nullable(),
});

/** The log as it lies on disk, each event once. A line that a killed writer left unfinished is nobody's. */
export function readRows(folder: string): Row[] {
  const rows = new Map<string, Row>();
  const base = eventsFolder(folder);
  for (const day of readdirSync(base)) {
    for (const file of readdirSync(join(base, day))) {
      const lines = readFileSync(join(base, day, file), 'utf8').split('\n');
      lines.pop();
      for (const line of lines) {
        const row = rowShape.parse(JSON.parse(line));
        rows.set(row.event_id, row);
      }
    }
  }
  return [...rows.values()];
}
