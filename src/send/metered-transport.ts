import type { Clock } from '../core/clock.ts';
import type { Meter } from '../core/meter.ts';
import type { BulkAnswer, CallFailure, SesTransport, SingleAnswer } from './transport.ts';

type Api = 'bulk' | 'single';

/** A transport whose calls are counted and timed. It changes nothing of them. */
export function meteredTransport(transport: SesTransport, meter: Meter, clock: Clock): SesTransport {
  const note = (api: Api, sinceMs: number, answer: BulkAnswer | SingleAnswer): void => {
    const outcome = answer.kind === 'failure' ? outcomeOf(answer.failure) : 'ok';
    meter.add('sluice_ses_calls_total', { api, outcome });
    if (outcome !== 'unsent')
      meter.observe('sluice_ses_call_duration_seconds', { api }, (clock.now() - sinceMs) / 1000);
    if (answer.kind !== 'results') return;
    const throttled = answer.results.filter(({ status }) => /throttl/i.test(status)).length;
    meter.add('sluice_ses_throttled_entries_total', {}, throttled);
  };
  return {
    sendBulk: async (call) => {
      const since = clock.now();
      const answer = await transport.sendBulk(call);
      note('bulk', since, answer);
      return answer;
    },
    sendSingle: async (call) => {
      const since = clock.now();
      const answer = await transport.sendSingle(call);
      note('single', since, answer);
      return answer;
    },
    account: () => transport.account(),
    close: () => transport.close(),
  };
}

function outcomeOf({ name, httpStatus, provablyUnsent }: CallFailure): string {
  if (httpStatus === 429 || /throttl/i.test(name)) return 'throttled';
  if (httpStatus === null) return provablyUnsent ? 'unsent' : 'silent';
  return httpStatus >= 500 ? 'failed' : 'refused';
}
