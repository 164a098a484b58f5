import { domainOf } from '../core/address.ts';
import type { Keys } from '../core/keys.ts';
import { isPersonalGmail } from '../identity/gmail.ts';
import { gmailKeys } from '../identity/gmail-book.ts';
import { primaryDomain } from '../identity/organisational-domain.ts';
import { encodeEntries } from '../suppression/entry.ts';
import { consequenceOf } from './consequence.ts';
import type { EntryTag, FeedbackEvent } from './event.ts';
import { BATCH_ENTRIES_MAX } from './tags.ts';
import { traitsOf } from './traits.ts';

/** An event of a mail that is in a batch. */
export type EntryEvent = FeedbackEvent & { readonly mail: { readonly entry: EntryTag } };

/** Map of the entries of which SES has said at once what became of the call. */
const PROMPT = 'sent';

/** What all events of a call have in common. */
export interface ScriptKin {
  readonly campaign: string;
  readonly project: string;
  /** The From address of the mails, in its normal form. */
  readonly sender: string;
}

/**
 * Keys and events in the form that `apply.lua` takes, where events name keys by their number; and the sender's organisational
 * domain, empty where nobody knows the sender.
 */
export function scriptEvents(
  keys: Keys,
  { campaign, project, sender }: ScriptKin,
  events: readonly EntryEvent[],
): { readonly keys: readonly string[]; readonly json: string; readonly domain: string } {
  const domain = primaryDomain(domainOf(sender));
  const list = [
    keys.campaign(campaign),
    keys.outstanding(campaign),
    keys.settled(campaign),
    keys.outbox(),
    keys.doubtful(campaign),
    keys.open(),
    keys.suppressedEverywhere(),
    keys.guards(),
    keys.project(project),
    keys.guarded(),
    keys.campaign(''),
    `${keys.guards()}${project}:${sender}`,
    ...gmailKeys(keys, domain),
  ];
  const numbers = new Map<string, number>();
  const numberOf = (key: string) => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = list.push(key);
    numbers.set(key, number);
    return number;
  };
  const said = events.map((event) => scriptEvent(keys, campaign, event, numberOf));
  return { keys: list, json: JSON.stringify(said), domain };
}

function scriptEvent(keys: Keys, campaign: string, event: EntryEvent, numberOf: (key: string) => number) {
  const { mail, happened } = event;
  const { claim, batch, position, seq } = mail.entry;
  const { seen, isOnce, count, isPrompt } = traitsOf(happened);
  const minute = minuteOf(claim);
  const { address, entry, isSoft, guard, isSimulated } = consequenceOf(event);
  return {
    batch,
    position,
    at: batch * BATCH_ENTRIES_MAX + position,
    claim,
    seq,
    id: mail.messageId.toWellFormed(),
    recipient: mail.recipient.toWellFormed(),
    type: happened.type,
    batchKey: numberOf(keys.batch(campaign, batch)),
    ...(minute === null ? {} : { flowKey: numberOf(keys.flow(minute)) }),
    ...(isPrompt ? { sentKey: numberOf(keys.seen(campaign, PROMPT)) } : {}),
    ...(seen === null ? {} : { seenKey: numberOf(keys.seen(campaign, seen)) }),
    ...(isOnce ? { print: printOf(mail.messageId) } : {}),
    ...(count === null ? {} : { count }),
    ...(isSimulated ? { simulated: true } : {}),
    ...(address !== null && isPersonalGmail(address) ? { gmail: true } : {}),
    ...(guard === null ? {} : { guard }),
    ...(address === null || entry === null ? {} : { address, line: encodeEntries([entry]) }),
    ...(address === null || !isSoft
      ? {}
      : {
          address,
          softKey: numberOf(keys.softBounces(address)),
          softLine: encodeEntries([
            { reason: 'bounced', at: event.atMs, source: 'soft-bounces', detail: campaign },
          ]),
        }),
  };
}

/** A claim's number ends with the minute in which it was made, in base 36; null where it is of another form. */
function minuteOf(claim: string): string | null {
  return /^[A-Za-z0-9]+-[A-Za-z0-9]+-([A-Za-z0-9]+)$/.exec(claim)?.[1] ?? null;
}

/** From 1 to 255: FNV-1a, folded. */
function printOf(messageId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < messageId.length; i += 1) hash = Math.imul(hash ^ messageId.charCodeAt(i), 0x01000193);
  return ((hash >>> 0) % 255) + 1;
}
