import type { OutgoingSource } from '../../src/send/deliver.ts';
import type { Mailing } from '../../src/send/mailing.ts';

/** A campaign that has its sender itself: every batch goes out as the same. */
export function always(mailing: Mailing): OutgoingSource {
  return () => ({ mailing, obstacle: null });
}
