import { createHmac } from 'node:crypto';
import { Fault } from '../core/fault.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Signs every message; null for receivers that know no signature, such as Slack. */
  readonly secret: string | null;
  /** How long the receiver may take, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * A message to a webhook, signed as Standard Webhooks has it (standardwebhooks.com): `webhook-id`, the same with every try,
 * `webhook-timestamp` in seconds, and `webhook-signature`, `v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`.
 */
export class Webhook {
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the receiver has answered 2xx.
   * @throws Fault WEBHOOK_REFUSED, or WEBHOOK_GONE where no further try makes sense; neither names the URL, which may be a secret
   */
  async post(id: string, nowMs: number, body: unknown): Promise<void> {
    const text = JSON.stringify(body);
    const { url, timeoutMs } = this.#options;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#signature(id, Math.floor(nowMs / 1000), text) },
      body: text,
      // Whoever has moved the receiver says so in the settings: a redirect could lead a signed message anywhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new Fault('WEBHOOK_REFUSED', 'the webhook could not be reached', { cause });
    });
    // What it says is of no interest, and may be long.
    await answer.body?.cancel().catch(() => {});
    if (answer.ok) return;
    if (answer.status === 410)
      throw new Fault('WEBHOOK_GONE', 'the webhook answered 410: it is gone for good');
    throw new Fault('WEBHOOK_REFUSED', `the webhook answered ${answer.status}`);
  }

  #signature(id: string, seconds: number, text: string): Record<string, string> {
    const { secret } = this.#options;
    if (secret === null) return {};
    const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${text}`).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` };
  }
}

/** Standard Webhooks hands its keys out as base64 behind `whsec_`; any other text is the key as it is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret, 'utf8');
}
