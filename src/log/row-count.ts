import type { Meter } from '../core/meter.ts';
import type { LogRow } from './event.ts';

/**
 * Counts what happens seldom, and to whichever process: every row passes the shipper, and passes it once unless a shipper dies on the way.
 */
export function countRows(meter: Meter, rows: readonly LogRow[]): void {
  for (const row of rows) countRow(meter, row);
}

function countRow(meter: Meter, { event_type, reason, detail }: LogRow): void {
  switch (event_type) {
    case 'resolved':
      return meter.add('sluice_doubt_resolved_total', { resolution: reason ?? '' });
    case 'unsubscribe':
      return meter.add('sluice_suppressions_total', { reason: 'unsubscribed' });
    case 'campaign_accepted':
      return meter.add('sluice_campaigns_accepted_total', {});
    case 'campaign_held':
      return meter.add('sluice_campaigns_held_total', { code: textOf(detail?.['code']) });
    case 'campaign_finished':
    case 'campaign_ended':
      return meter.add('sluice_campaigns_ended_total', { state: textOf(detail?.['state']) });
    default:
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
