/** One event (WHATWG HTML, 9.2.6). */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** The server sends something every 15 seconds; who hears nothing for so long has lost it. */
const SILENT_MS_MAX = 45_000;

/** Events of an answer, until it ends. @throws where it breaks off, or falls silent */
export async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  silentMs: number = SILENT_MS_MAX,
): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (true) {
      const { value, done } = await heard(reader.read(), silentMs);
      if (done) return;
      text += decoder.decode(value, { stream: true });
      // The server ends lines with LF; what another on the way makes of them is allowed as well.
      const blocks = text.replaceAll(/\r\n?/g, '\n').split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = eventOf(block);
        if (event) yield event;
      }
    }
  } finally {
    // It may be broken already.
    await reader.cancel().catch(() => {});
  }
}

/** Null where there is no data, as in a comment. */
function eventOf(block: string): StreamEvent | null {
  let event = 'message';
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
    else if (name === 'id') id = value;
  }
  return data.length === 0 ? null : { event, data: data.join('\n'), id };
}

async function heard<T>(reading: Promise<T>, ms: number): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the stream fell silent')), ms);
  reading.catch(() => {});
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}
