/** A call that arrived, before anything was done about it. */
export interface SandboxCall {
  /** Counts the calls of the API from 1, over all operations. */
  readonly number: number;
  /** `SendBulkEmail`, `SendEmail`, `GetAccount`, …; `Unknown` for what the sandbox has no answer to. */
  readonly operation: string;
  /** The request body as it came, whole. */
  readonly body: Buffer;
}

/**
 * What goes wrong with a call. `taken` says when: false, before SES looked at it, and no mail goes out; true, after
 * SES did what was asked (the mail is accepted and kept), so that only its answer suffers.
 *
 *   drop      the connection is reset
 *   delay     the call waits `ms` before it is looked at, or its answer does; the signature's date is judged when
 *             the wait is over
 *   status    the answer is this HTTP status, with the name and message of an exception where they are given
 *   garbage   the answer is a 200 with this body
 */
export type FaultAction =
  | { readonly kind: 'drop'; readonly taken: boolean }
  | { readonly kind: 'delay'; readonly taken: boolean; readonly ms: number }
  | {
      readonly kind: 'status';
      readonly taken: boolean;
      readonly status: number;
      readonly name?: string;
      readonly message?: string;
    }
  | { readonly kind: 'garbage'; readonly taken: boolean; readonly body: string };

/** Asked about every call of the API. A promise lets a test hold a call for as long as it wants to. */
export type FaultHook = (call: SandboxCall) => FaultAction | null | Promise<FaultAction | null>;
