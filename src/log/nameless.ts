import { messageOf } from '../core/fault.ts';

/** What an error says, on one line and without addresses: a sink's error may quote a row. */
export function nameless(thrown: unknown): string {
  return messageOf(thrown)
    .replaceAll(/\S*@\S*/g, '(address)')
    .slice(0, 500);
}
