import type { Tracing } from '../core/tracing.ts';
import type { SesTransport } from './transport.ts';

/** A transport whose calls are spans. */
export function tracedTransport(transport: SesTransport, tracing: Tracing): SesTransport {
  return {
    sendBulk: (call) =>
      tracing.span(
        'SendBulkEmail',
        { entries: call.entries.length },
        async (note) => {
          const answer = await transport.sendBulk(call);
          note({ answer: answer.kind === 'failure' ? answer.failure.name : answer.kind });
          return answer;
        },
        'client',
      ),
    sendSingle: (call) =>
      tracing.span(
        'SendEmail',
        {},
        async (note) => {
          const answer = await transport.sendSingle(call);
          note({ answer: answer.kind === 'failure' ? answer.failure.name : answer.kind });
          return answer;
        },
        'client',
      ),
    account: () => transport.account(),
    close: () => transport.close(),
  };
}
