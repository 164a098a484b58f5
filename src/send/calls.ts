import { nestedBytesMax } from '../core/json-text.ts';
import { unsubscribeHeaders } from './header.ts';
import type { Mailing } from './mailing.ts';
import type { MergeData } from './merge.ts';
import type { Addressee, Recipient } from './payload.ts';
import { type BulkCall, type BulkEntry, type SingleCall, slotsJson } from './transport.ts';

/** SES's own limit of recipients in a bulk call. */
export const CALL_RECIPIENTS_MAX = 50;

/** Recipients of a claim where each has a call of its own: so many are in doubt when the process dies. */
export const SINGLE_CLAIM_MAX = 5;

/**
 * SES takes 1 MB of inline template a call in all. What it counts besides the template's parts is not documented, so the
 * replacement data counts here too, and a tenth stays free.
 */
const CALL_BYTES_MAX = 900 * 1024;

/** SES's limit for the replacement data of one recipient, in characters. */
const SLOTS_CHARACTERS_MAX = 262_144;

/** A recipient with everything of the mail that is his own. */
export interface Letter {
  /** Position in the batch, from 0. */
  readonly position: number;
  readonly recipient: Recipient;
  /** What the templates read. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly entry: BulkEntry;
}

/**
 * Renders what differs from recipient to recipient. Positions are those of the batch. What every mail may name is put into
 * the recipients' data.
 *
 * @param urls by which they unsubscribe, one each; null where the mail has no such link
 */
export function writeLetters(
  mailing: Mailing,
  batch: number,
  addressed: readonly Addressee[],
  urls: readonly string[] | null,
): Letter[] {
  const { unsubscribe } = mailing;
  const oneClick = unsubscribe.kind !== 'own' || unsubscribe.oneClick;
  return addressed.map(({ position, recipient }, index) => {
    const url = urls?.[index];
    const data = mailData(mailing.campaign, recipient, url ?? '');
    return {
      position,
      recipient,
      data,
      entry: {
        to: recipient.wire,
        slots: mailing.mail.slots(data),
        headers: url === undefined ? [] : unsubscribeHeaders(url, oneClick),
        tags: { sluice_entry: `${batch}-${position}-${recipient.seq}` },
      },
    };
  });
}

/** The recipient's own columns, and what every mail may name. */
function mailData(campaign: string, { data, written }: Recipient, unsubscribeUrl: string): MergeData {
  return Object.assign(data, { email: written, campaign, unsubscribeUrl });
}

export interface PackedLetters {
  /** Each fits one call. */
  readonly groups: readonly (readonly Letter[])[];
  /** Letters that no call can hold, by themselves. */
  readonly tooLarge: readonly Letter[];
}

/** Packs letters into calls of at most `recipientsMax`, under SES's limits of size. Keeps their order. */
export function packLetters(
  letters: readonly Letter[],
  constantBytes: number,
  recipientsMax: number,
): PackedLetters {
  const room = CALL_BYTES_MAX - constantBytes;
  const groups: Letter[][] = [];
  const tooLarge: Letter[] = [];
  let group: Letter[] = [];
  let bytes = 0;
  // Most batches fit by the most that they can have, and need no counting.
  const bounds = letters.map(({ entry }) => slotsBytesMax(entry, bytesBound));
  const all = bounds.reduce((sum, size) => sum + size, 0);
  const fitsAnyway = all <= room && bounds.every((size) => size <= SLOTS_CHARACTERS_MAX);
  for (const letter of letters) {
    const size = fitsAnyway ? 0 : slotsBytesMax(letter.entry, nestedBytesMax);
    const isTooLong =
      size > SLOTS_CHARACTERS_MAX && slotsJson(letter.entry.slots).length > SLOTS_CHARACTERS_MAX;
    if (size > room || isTooLong) {
      tooLarge.push(letter);
      continue;
    }
    if (group.length === recipientsMax || bytes + size > room) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(letter);
    bytes += size;
  }
  if (group.length > 0) groups.push(group);
  return { groups: groups.filter((some) => some.length > 0), tooLarge };
}

/** With some ten bytes a slot besides its value (`"s12":"",`). */
function slotsBytesMax({ slots }: BulkEntry, bytesOf: (value: string) => number): number {
  let bytes = 2;
  for (const value of slots) bytes += bytesOf(value) + 10;
  return bytes;
}

/** A unit of UTF-16 has six bytes at most as JSON (`\u0001`). */
function bytesBound(value: string): number {
  return 6 * value.length;
}

/** @param dated the instant before the claim was issued (see BulkCall.dated) */
export function bulkCall(
  mailing: Mailing,
  letters: readonly Letter[],
  claim: string,
  dated: number,
): BulkCall {
  return {
    from: mailing.from,
    replyTo: mailing.replyTo,
    template: mailing.mail.template,
    tags: { ...mailing.tags, sluice_campaign: mailing.campaign, sluice_claim: claim },
    entries: letters.map((letter) => letter.entry),
    tracking: mailing.tracking,
    dated,
  };
}

/** The same mail to one recipient: rendered whole, here. */
export function singleCall(mailing: Mailing, letter: Letter, claim: string, dated: number): SingleCall {
  return {
    from: mailing.from,
    replyTo: mailing.replyTo,
    to: letter.entry.to,
    ...mailing.mail.render(letter.data),
    headers: letter.entry.headers,
    tags: { ...mailing.tags, sluice_campaign: mailing.campaign, sluice_claim: claim, ...letter.entry.tags },
    tracking: mailing.tracking,
    dated,
  };
}
