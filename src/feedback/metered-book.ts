import type { Clock } from '../core/clock.ts';
import type { Meter } from '../core/meter.ts';
import type { FeedbackBook } from './apply.ts';
import { consequenceOf } from './consequence.ts';
import type { FeedbackEvent } from './event.ts';

/** A book of which the events are counted that it has stored. */
export function meteredBook(
  book: Pick<FeedbackBook, 'apply'>,
  meter: Meter,
  clock: Clock,
): Pick<FeedbackBook, 'apply'> {
  return {
    apply: async (events) => {
      const applied = await book.apply(events);
      const now = clock.now();
      for (const [index, event] of events.entries()) {
        if (applied[index] === null) count(meter, event, now);
      }
      return applied;
    },
  };
}

function count(meter: Meter, event: FeedbackEvent, nowMs: number): void {
  const { type } = event.happened;
  meter.add('sluice_feedback_events_total', { type });
  meter.observe('sluice_feedback_event_age_seconds', { type }, (nowMs - event.atMs) / 1000);
  const reason = consequenceOf(event).entry?.reason;
  if (reason !== undefined) meter.add('sluice_suppressions_total', { reason });
}
