import { problemsOf, statusOf } from './console-form.ts';

/** What was done, or why it was not: for a form that is shown again with what was written in it. */
export type Tried<T> = { readonly kind: 'done'; readonly value: T } | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly problems: readonly string[];
  readonly status: number;
}

/** Whatever else than the sender's mistake is thrown on. */
export async function tried<T>(work: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch (thrown) {
    return { kind: 'refused', problems: problemsOf(thrown), status: statusOf(thrown) };
  }
}
