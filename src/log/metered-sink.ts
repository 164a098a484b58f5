import type { Clock } from '../core/clock.ts';
import type { Meter } from '../core/meter.ts';
import type { LogSink } from './sink.ts';

/** A sink whose writes are counted and timed. */
export function meteredSink(sink: LogSink, meter: Meter, clock: Clock): LogSink {
  const labels = { sink: sink.name };
  return {
    name: sink.name,
    ...(sink.rowsBest === undefined ? {} : { rowsBest: sink.rowsBest }),
    write: async (rows) => {
      const since = clock.now();
      try {
        const refused = await sink.write(rows);
        const now = clock.now();
        meter.observe('sluice_log_write_duration_seconds', labels, (now - since) / 1000);
        meter.add('sluice_log_rows_total', labels, rows.length - refused.length);
        meter.add('sluice_log_rows_refused_total', labels, refused.length);
        // Rows come oldest first, and this is the one kind that is written down at the moment that it tells of.
        const accepted = rows.find(({ event_type }) => event_type === 'accepted');
        if (accepted)
          meter.observe('sluice_log_delay_seconds', labels, (now - Date.parse(accepted.event_time)) / 1000);
        return refused;
      } catch (thrown) {
        meter.add('sluice_log_write_failures_total', labels);
        throw thrown;
      }
    },
    close: () => sink.close(),
  };
}
