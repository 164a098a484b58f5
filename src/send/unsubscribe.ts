import { Fault } from '../core/fault.ts';
import type { Mailing } from './mailing.ts';
import type { OwnLink } from './own-link.ts';
import type { Addressee, Recipient } from './payload.ts';
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

/** Recipients with the links by which they unsubscribe. */
export type Linking =
  | {
      readonly kind: 'linked';
      readonly addressed: readonly Addressee[];
      /** One each, in order; null where the mail has no such link. */
      readonly urls: readonly string[] | null;
      /** Those for whom it can't be written, and why. */
      readonly unwritable: readonly (Addressee & { readonly problem: string })[];
    }
  /** They were planned when no unsubscribe URL read this column, so what a row has in it is not known here. */
  | { readonly kind: 'unknown column'; readonly column: string };

/** @throws Fault NO_LINKS where our own links are asked for, and this installation can't make any */
export function linkRecipients(
  mailing: Pick<Mailing, 'sender' | 'campaign' | 'unsubscribe' | 'mail'>,
  addressed: readonly Addressee[],
  links: UnsubscribeLinks | null,
): Linking {
  const { sender, campaign, unsubscribe, mail } = mailing;
  switch (unsubscribe.kind) {
    case 'none':
      return { kind: 'linked', addressed, urls: null, unwritable: [] };
    case 'sluice': {
      if (!links) throw new Fault('NO_LINKS', 'marketing mail without an unsubscribe link is not written');
      const recipients = addressed.map(({ recipient }) => recipient);
      const urls = links.forRecipients(sender, campaign, recipients);
      return { kind: 'linked', addressed, urls, unwritable: [] };
    }
    case 'own':
      return linkOwn(unsubscribe.link, campaign, addressed, mail.reads);
  }
}

/** @param reads columns that the mail reads itself: they were planned, and who lacks one has none; null for all of them */
function linkOwn(
  link: OwnLink,
  campaign: string,
  addressed: readonly Addressee[],
  reads: readonly string[] | null,
): Linking {
  const unsure = reads === null ? [] : link.columns.filter((name) => !reads.includes(name));
  const writable: Addressee[] = [];
  const urls: string[] = [];
  const unwritable: (Addressee & { problem: string })[] = [];
  for (const addressee of addressed) {
    const { recipient } = addressee;
    const column = unsure.find((name) => !Object.hasOwn(recipient.data, name));
    if (column !== undefined) return { kind: 'unknown column', column };
    const written = link.write(campaign, recipient);
    if (written.kind === 'unwritable') {
      unwritable.push({ ...addressee, problem: written.problem });
      continue;
    }
    writable.push(addressee);
    urls.push(written.url);
  }
  return { kind: 'linked', addressed: writable, urls, unwritable };
}
