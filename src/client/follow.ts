import type { Receipt } from '../queue/receipt.ts';
import { type Call, type Caller, pause } from './caller.ts';
import { SluiceError } from './error.ts';
import { eventsOf, type StreamEvent } from './event-stream.ts';

const AGAIN_MS = 1_000;
/** Connections in a row of which nothing was heard, after which it is given up. */
const SILENT_TRIES_MAX = 30;

/** Receipts of an event stream until it says that it ends, over as many connections as it takes. */
export async function* follow(caller: Caller, call: Call): AsyncGenerator<Receipt> {
  let lastId: string | null = null;
  for (let silent = 0; ; silent += 1) {
    try {
      for await (const event of connected(caller, call, lastId)) {
        silent = 0;
        lastId = event.id ?? lastId;
        if (event.event === 'end') return;
        if (event.event === 'receipt') yield receiptOf(event);
      }
    } catch (thrown) {
      if (call.signal?.aborted || isFinal(thrown) || silent >= SILENT_TRIES_MAX) throw thrown;
    }
    if (silent >= SILENT_TRIES_MAX)
      throw new SluiceError({ status: null, title: 'the stream ends again and again, and says nothing' });
    await pause(AGAIN_MS, call.signal);
    call.signal?.throwIfAborted();
  }
}

async function* connected(caller: Caller, call: Call, lastId: string | null): AsyncGenerator<StreamEvent> {
  const { body } = await caller.send({
    ...call,
    accept: 'text/event-stream',
    patience: 'none',
    ...(lastId === null ? {} : { headers: { 'last-event-id': lastId } }),
  });
  if (body) yield* eventsOf(body);
}

function receiptOf({ data }: StreamEvent): Receipt {
  const receipt: unknown = JSON.parse(data);
  if (isReceipt(receipt)) return receipt;
  throw new SluiceError({ status: 200, title: 'the stream has something that is no receipt' });
}

function isReceipt(value: unknown): value is Receipt {
  return typeof value === 'object' && value !== null && 'state' in value && 'counts' in value;
}

/** What another connection would not mend. */
function isFinal(thrown: unknown): boolean {
  return (
    thrown instanceof SluiceError && thrown.status !== null && thrown.status < 500 && thrown.status !== 429
  );
}
