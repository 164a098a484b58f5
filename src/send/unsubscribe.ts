import type { Recipient } from './payload.ts';
import type { Sealer } from './token.ts';

/** Makes the reader's own unsubscribe link: the public address of the server, and a sealed token. */
export interface UnsubscribeLinks {
  /** One URL a recipient, in order. */
  forRecipients(sender: string, campaign: string, recipients: readonly Recipient[]): string[];
}

export function unsubscribeLinks(publicUrl: string, sealer: Sealer): UnsubscribeLinks {
  const base = `${publicUrl.replace(/\/+$/, '')}/u/`;
  return {
    forRecipients: (sender, campaign, recipients) =>
      sealer
        .seal({
          sender,
          campaign,
          recipients: recipients.map(({ seq, normal }) => ({ seq, address: normal })),
        })
        .map((token) => base + token),
  };
}
