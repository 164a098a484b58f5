import { z } from 'zod';
import { type SluiceServer, TOKEN } from '../../support/sluice-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Ask = (method: string, path: string, body?: unknown, type?: string) => Promise<Answer>;

/** Asks as any program would: JSON where the body is no text. */
export function askerOf(server: SluiceServer): Ask {
  return async (method, path, body, type = 'application/json') => {
    const answer = await fetch(`${server.base}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
}

/** Of an answer that is no JSON. */
export function textOf({ body }: Answer): string {
  return z.string().parse(body);
}

export function campaign(id: string, more: object = {}): Readonly<Record<string, unknown>> {
  return {
    id,
    sender: { from: 'Example <news@example.co.jp>' },
    content: { subject: 'Hi {{name}}', text: 'Hi {{name}} {{unsubscribeUrl}}' },
    audience: {
      kind: 'inline',
      recipients: [
        { email: 'anna@example.com', data: { name: 'Anna' } },
        { email: 'no address', data: { name: 'Nobody' } },
      ],
    },
    ...more,
  };
}

const Receipt = z.looseObject({
  state: z.string(),
  counts: z.looseObject({ accepted: z.number(), delivered: z.number() }),
});

/** Its receipt when nothing of it changes any more: all is delivered. */
export async function finished(ask: Ask, id: string): Promise<unknown> {
  for (;;) {
    const { body } = await ask('GET', `/v1/campaigns/${id}`);
    const { state, counts } = Receipt.parse(body);
    if (state === 'finished' && counts.delivered === counts.accepted) return body;
    if (state === 'failed' || state === 'held') throw new Error(`it is ${state}: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
