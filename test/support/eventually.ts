import { vi } from 'vitest';

/** Many times what anything here takes on a machine that does much else: what has not come by then does not come. */
export const PATIENCE_MS = 60_000;

/** Shorter than the time of a test, which ends neither a process nor a command: what hangs then keeps nobody else waiting. */
export const COMMAND_MS_MAX = 280_000;

/**
 * Looks again and again until looking does not throw, and gives what was seen. Tests wait by this, and not by times of their own: on a busy machine
 * everything takes twenty times as long.
 *
 * @param everyMs between two looks, where one costs much, such as a process
 * @throws what the last look threw, after a minute
 */
export function eventually<T>(look: () => T | Promise<T>, everyMs = 20): Promise<T> {
  return vi.waitFor(look, { timeout: PATIENCE_MS, interval: everyMs });
}
