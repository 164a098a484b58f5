import { systemClock } from '../core/clock.ts';
import { Fault, InputFault } from '../core/fault.ts';
import type { Client } from '../desk/client.ts';
import { deadLetters as unreadMessages } from '../feedback/dead-letters.ts';
import { deadMentions } from '../log/dead-mentions.ts';
import { Eraser } from '../log/eraser.ts';
import { ForgetBook } from '../log/forget-book.ts';
import { deadLetters as unreadRows } from '../log/outbox.ts';
import type { Forgotten, LogPlace } from '../log/place.ts';
import { detailOf } from '../queue/author.ts';
import { openMatters } from './forget-campaigns.ts';
import type { ForgetOrder } from './forget-order.ts';

/** What `forget --json` prints. Nothing of it says who it was. */
export interface ForgetReport {
  /** What stands in the rows in place of the address; null for a dry run. */
  readonly alias: string | null;
  /** Rows that were changed in all places; in a dry run, that would be. */
  readonly rows: number;
  readonly places: readonly (Forgotten & { readonly name: string })[];
  /** Entries of the suppression that had a detail, and have none now; null for a dry run. */
  readonly suppression: number | null;
  /** Messages that nobody could read and that name the address: they are as they were. */
  readonly deadLetters: { readonly log: number; readonly feedback: number };
  /** Campaigns that have not read all of their audience, in which the person may be. */
  readonly unread: readonly string[];
}

/** Counts what would be done. @throws InputFault as `forget` does */
export async function countForgotten(
  client: Client,
  places: readonly LogPlace[],
  { address }: ForgetOrder,
): Promise<ForgetReport> {
  const unread = await unreadCampaigns(client, address.normal);
  // Nothing is written, so that the alias does not matter.
  const eraser = new Eraser(address, { name: 'forgotten-0000000000000000', salt: '' });
  const counted: ForgetReport['places'][number][] = [];
  for (const place of places) counted.push({ name: place.name, rows: await place.count(eraser) });
  return {
    ...sumOf(counted),
    alias: null,
    suppression: null,
    deadLetters: await deadLettersAbout(client, eraser),
    unread,
  };
}

/**
 * Takes a person out of every place, and of what suppression says beside its reason. It may be cut off and run again.
 *
 * Rows on their way come first: they would bring the address back into what was changed.
 *
 * @throws InputFault where a campaign is about to write of the person; then nothing was changed
 * @throws Fault FORGET_TURN, FORGET_WAITING where it has to be run again; then nothing was changed either
 */
export async function forget(
  client: Client,
  places: readonly LogPlace[],
  order: ForgetOrder,
): Promise<ForgetReport> {
  const report = await new ForgetBook(client.redis, client.keys).inTurn(() =>
    forgetInTurn(client, places, order),
  );
  if (report) return report;
  throw new Fault(
    'FORGET_TURN',
    'another run of forget is at work, or ended within the last minute without saying so: run it again when it is done',
  );
}

async function forgetInTurn(
  client: Client,
  places: readonly LogPlace[],
  { address, author, waitMs }: ForgetOrder,
): Promise<ForgetReport> {
  const { normal } = address;
  const unread = await unreadCampaigns(client, normal);
  await rowsHaveArrived(client, waitMs);
  const book = new ForgetBook(client.redis, client.keys);
  const alias = await book.begin(normal);
  const eraser = new Eraser(address, alias);
  const done: ForgetReport['places'][number][] = [];
  for (const place of places) done.push({ name: place.name, ...(await place.forget(eraser)) });
  const suppression = await client.suppression.forget(normal);
  const sum = sumOf(done);
  await client.outbox.append({
    common: {},
    events: [
      {
        event_type: 'person_forgotten',
        event_time: systemClock.now(),
        mark: alias.name,
        detail: { alias: alias.name, rows: sum.rows, suppression, ...detailOf(author) },
      },
    ],
  });
  await book.end(normal);
  const dead = await deadLettersAbout(client, eraser);
  return { ...sum, alias: alias.name, suppression, deadLetters: dead, unread };
}

/** @throws InputFault */
async function unreadCampaigns(client: Client, normal: string): Promise<readonly string[]> {
  const { about, unread } = await openMatters(client, normal);
  if (about.length === 0) return unread;
  throw new InputFault(
    about.map(
      (id) => `${id} is not done with this address: wait for its end, or cancel it, and run this again`,
    ),
  );
}

/** @throws Fault FORGET_WAITING */
async function rowsHaveArrived({ outbox }: Client, waitMs: number): Promise<void> {
  if (await outbox.drained(systemClock, AbortSignal.timeout(waitMs))) return;
  const { entries } = await outbox.backlog();
  throw new Fault(
    'FORGET_WAITING',
    `rows are still on their way to the log (${entries} entries in the outbox), and could bring the address back; nothing was changed. Is a worker with the role "log" running? Run this again when they have arrived`,
  );
}

async function deadLettersAbout(
  { redis, keys }: Client,
  { mention }: Eraser,
): Promise<ForgetReport['deadLetters']> {
  return {
    log: await deadMentions(redis, unreadRows(keys), mention),
    feedback: await deadMentions(redis, unreadMessages(keys), mention),
  };
}

function sumOf(places: ForgetReport['places']): Pick<ForgetReport, 'rows' | 'places'> {
  return { rows: places.reduce((sum, { rows }) => sum + rows, 0), places };
}
