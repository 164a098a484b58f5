import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Logger } from '../../src/core/logger.ts';
import type { EventBlock, LogRow } from '../../src/log/event.ts';
import { logRows } from '../../src/log/row.ts';

/** A folder of its own for each test, gone afterwards. */
export function useFolder(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice [log] it's-"));
    made.push(folder);
    return folder;
  };
}

/** Rows `from`, `from + 1`, … of a campaign, as a settled batch states them. */
export function batch(from: number, count: number, more: Partial<EventBlock['common']> = {}): EventBlock {
  return {
    common: {
      event_type: 'accepted',
      event_time: Date.UTC(2026, 10, 27, 12),
      campaign_id: 'spring',
      ...more,
    },
    events: Array.from({ length: count }, (_, index) => ({
      seq: from + index,
      recipient: `reader${from + index}@example.co.jp`,
      ses_message_id: `0100-${from + index}`,
    })),
  };
}

export function rowsOf(block: EventBlock, loggedAt = Date.UTC(2026, 10, 27, 13)): LogRow[] {
  return logRows(block, loggedAt);
}

/** Every line of every file below the log's folder, by the file's path; lines that are not JSON make it fail. */
export async function readFiles(dir: string): Promise<Map<string, { event_id: string }[]>> {
  const files = new Map<string, { event_id: string }[]>();
  const names = await readdir(join(dir, 'events'), { recursive: true }).catch(() => []);
  for (const name of names.filter((path) => path.endsWith('.ndjson')).toSorted()) {
    const text = await readFile(join(dir, 'events', name), 'utf8');
    files.set(
      name,
      text
        .split('\n')
        .slice(0, -1)
        .map((line): { event_id: string } => JSON.parse(line)),
    );
    if (!text.endsWith('\n') && text !== '') throw new Error(`${name} ends in half a line`);
  }
  return files;
}

export async function idsIn(dir: string): Promise<string[]> {
  return [...(await readFiles(dir)).values()].flat().map((row) => row.event_id);
}

/** A process log that keeps its lines. */
export function memoryLog(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (message: string, fields = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { lines, debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  return log;
}
