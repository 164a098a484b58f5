import { randomUUID } from 'node:crypto';
import { describeProblem, parseAddress } from '../core/address.ts';
import { InputFault } from '../core/fault.ts';
import { storedCampaign } from '../queue/stored-campaign.ts';
import type { TestState } from '../queue/test-book.ts';
import { testRow } from '../queue/test-row.ts';
import { sendTest } from '../queue/test-send.ts';
import { TEST_ADDRESSES_MAX } from '../queue/test-sender.ts';
import { sourceOf } from './audience.ts';
import { reviewed } from './campaign-submit.ts';
import type { TestOrder, TestReport } from './desk.ts';
import { refuseForeign } from './domain-door.ts';
import { rethrownAsInput } from './list-fault.ts';
import { missingCampaign } from './missing.ts';
import type { DeskParts } from './parts.ts';

/** A worker that is there takes a test within a second, unless it plans as many campaigns as it can. */
const WAIT_MS = 60_000;

/** How a test is waited for, by whoever wants it otherwise. */
export interface TestWait {
  readonly waitMs?: number | undefined;
  /** Hears how it stands, again and again. */
  readonly onLook?: ((states: readonly TestState[]) => void) | undefined;
  /** Of the campaign's file, for messages. */
  readonly name?: string | undefined;
}

/**
 * Has a worker send the mail to a few addresses, to look at it.
 * @throws InputFault where the campaign, an address or the row is wrong; nothing was sent then
 */
export async function testCampaign(
  parts: DeskParts,
  input: unknown,
  order: TestOrder,
  { waitMs = WAIT_MS, onLook = () => {}, name }: TestWait = {},
): Promise<TestReport> {
  const addresses = distinctAddresses(order.addresses, 'addresses');
  const { campaign, mailing } = await reviewed(parts, input, name);
  const { client, config, clock } = parts;
  await refuseForeign(client, mailing);
  const source = sourceOf(campaign, config, 'test');
  const { suppression, redis, tests: book } = client;
  const found = await testRow({ source, suppression }, mailing, order.row ?? null).catch(rethrownAsInput);
  const row = found ?? noRow(order.row);
  const request = { id: randomUUID(), campaign, row, addresses };
  const outcomes = await sendTest(
    { redis, prefix: config.redis.prefix, book, clock, onLook },
    request,
    waitMs,
  );
  const results = addresses.map((address, index) => {
    const outcome = outcomes[index] ?? { kind: 'not_sent', reason: 'nothing was heard of it' };
    return { address, ...outcome };
  });
  return { id: campaign.id, row: row.seq, results };
}

/**
 * The same of a campaign that was accepted before, as it stands now: with its profile of today.
 * @throws InputFault `missing`, or `conflict` where its recipients went with its end
 */
export async function testStoredCampaign(
  parts: DeskParts,
  id: string,
  order: TestOrder,
): Promise<TestReport> {
  const { redis, keys } = parts.client;
  const stored = await storedCampaign(redis, keys, id);
  if (!stored) throw missingCampaign(id);
  if (!stored.hasRecipients)
    throw new InputFault([`${id} has ended, and its recipients went with it: there is no row to send`], {
      kind: 'conflict',
    });
  return testCampaign(parts, stored.campaign, order);
}

/** Each person once, as first written. @param place what messages call it. @throws InputFault */
export function distinctAddresses(given: readonly string[], place: string): string[] {
  const problems: string[] = [];
  const byNormal = new Map<string, string>();
  for (const text of given) {
    const parsed = parseAddress(text);
    if (parsed.kind === 'invalid')
      problems.push(`${place}: "${text}" is not an address: ${describeProblem(parsed.reason)}`);
    else if (!byNormal.has(parsed.address.normal))
      byNormal.set(parsed.address.normal, parsed.address.written);
  }
  if (given.length === 0) problems.push(`${place}: name at least one address`);
  if (byNormal.size > TEST_ADDRESSES_MAX)
    problems.push(`${place}: takes up to ${TEST_ADDRESSES_MAX} addresses, and here are ${byNormal.size}`);
  if (problems.length > 0) throw new InputFault(problems);
  return [...byNormal.values()];
}

function noRow(row: number | undefined): never {
  throw new InputFault([
    row === undefined
      ? 'no row of the list would get the mail; name one with row'
      : `row: the list has no row ${row}`,
  ]);
}
