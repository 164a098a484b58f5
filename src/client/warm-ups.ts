import type { WarmUpView } from '../desk/desk.ts';
import type { Caller, CallOptions } from './caller.ts';
import type { Signature, WarmUpForm } from './forms.ts';

/** `client.warmUps` */
export class WarmUps {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** With what they allow today, and what is used of it. */
  async list(options: CallOptions = {}): Promise<readonly WarmUpView[]> {
    const call = { method: 'GET', path: ['warm-ups'], ...options } as const;
    return (await this.#caller.json<{ readonly items: readonly WarmUpView[] }>(call)).items;
  }

  /** Begins now. The same schedule again goes on as it is, unless `again` is true; one that is over begins anew. */
  set(domain: string, form: WarmUpForm, options: CallOptions = {}): Promise<WarmUpView> {
    return this.#caller.json({ method: 'PUT', path: ['warm-ups', domain], json: form, ...options });
  }

  /** The domain then sends as fast as the account allows. */
  remove(
    domain: string,
    said: Signature = {},
    options: CallOptions = {},
  ): Promise<{ readonly domain: string }> {
    return this.#caller.json({
      method: 'DELETE',
      path: ['warm-ups', domain],
      query: { ...said },
      ...options,
    });
  }
}
