import type { Meter } from '../core/meter.ts';
import type { Result } from './aftermath.ts';

/** Counts what became of recipients, when it is written down. */
export function countResults(meter: Meter, results: readonly Result[]): void {
  const sums = new Map<string, { readonly one: Result; n: number }>();
  for (const one of results) {
    const { verb } = one.settlement;
    const name =
      verb === 'rejected'
        ? `rejected ${reasonOf(one)}`
        : verb === 'skipped'
          ? `skipped ${one.settlement.reason}`
          : verb;
    const sum = sums.get(name);
    if (sum) sum.n += 1;
    else sums.set(name, { one, n: 1 });
  }
  for (const { one, n } of sums.values()) countOne(meter, one, n);
}

function countOne(meter: Meter, one: Result, n: number): void {
  const { settlement } = one;
  switch (settlement.verb) {
    case 'accepted':
      return meter.add('sluice_recipients_accepted_total', {}, n);
    case 'rejected':
      return meter.add('sluice_recipients_rejected_total', { reason: reasonOf(one) }, n);
    case 'skipped':
      return meter.add('sluice_recipients_skipped_total', { rule: settlement.reason }, n);
    case 'inDoubt':
      return meter.add('sluice_recipients_in_doubt_total', {}, n);
    case 'cancelled':
      return meter.add('sluice_recipients_cancelled_total', {}, n);
    case 'putBack':
      return meter.add('sluice_recipients_put_back_total', {}, n);
  }
}

function reasonOf({ event }: Result): string {
  return event?.reason ?? '';
}
