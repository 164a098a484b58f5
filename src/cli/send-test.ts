import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { describeProblem, parseAddress } from '../core/address.ts';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import type { Client } from '../desk/client.ts';
import { refuseForeign } from '../desk/domain-door.ts';
import type { Campaign } from '../queue/campaign.ts';
import type { TestState } from '../queue/test-book.ts';
import type { TestOutcome } from '../queue/test-outcome.ts';
import { type TestRow, testRow } from '../queue/test-row.ts';
import { sendTest } from '../queue/test-send.ts';
import { TEST_ADDRESSES_MAX } from '../queue/test-sender.ts';
import type { Mailing } from '../send/mailing.ts';
import { sourceOf } from '../desk/audience.ts';
import { nameOf, readCampaignFile } from './campaign-file.ts';
import { withClient } from './client.ts';
import { EXIT_FAILED, LiveLine, note, print, printJson } from './output.ts';
import { rethrownAsInput, reviewed } from './review.ts';

export interface TestOptions {
  readonly addresses: readonly string[];
  /** The row whose data is used, from 1; null for the first that would get the mail. */
  readonly row: number | null;
  /** How long to wait for a worker; null for the usual time. */
  readonly waitMs: number | null;
  readonly json: boolean;
}

/** A worker that is there takes a test within a second, unless it plans as many campaigns as it can. */
const WAIT_MS = 60_000;
/** Shorter waits are nothing to speak of. */
const SILENT_MS = 2_000;

/** What `send --test` does. */
export async function sendTestMail(file: string, options: TestOptions): Promise<void> {
  const addresses = distinctAddresses(options.addresses);
  const written = readCampaignFile(file);
  await withClient(async (client, config) => {
    const parts = {
      filesRoot: config.filesRoot,
      profiles: client.profiles,
      hasBigQuery: config.bigquery !== null,
    };
    const { campaign, mailing } = await reviewed(written, nameOf(file), parts);
    await refuseForeign(client, mailing);
    const row = await rowFor(client, config, { campaign, mailing, seq: options.row });
    const outcomes = await ask(client, config, { campaign, row, addresses }, options.waitMs ?? WAIT_MS);
    const results = addresses.map((address, index) => ({ address, ...resultOf(outcomes[index]) }));
    if (options.json) printJson({ id: campaign.id, row: row.seq, results });
    else {
      note(`${campaign.id}, with the data of row ${row.seq}:`);
      print(results.map(resultText).join('\n'));
    }
    return results.every(({ outcome }) => outcome === 'accepted') ? 0 : EXIT_FAILED;
  });
}

/** One address of `send --test --json`. Fields that do not apply are null. */
interface TestResult {
  readonly outcome: TestOutcome['kind'];
  readonly messageId: string | null;
  /** A rule of suppression, or a code. */
  readonly reason: string | null;
  /** In words. */
  readonly detail: string | null;
}

function distinctAddresses(given: readonly string[]): string[] {
  const problems: string[] = [];
  const byNormal = new Map<string, string>();
  for (const text of given) {
    const parsed = parseAddress(text);
    if (parsed.kind === 'invalid')
      problems.push(`--test: "${text}" is not an address: ${describeProblem(parsed.reason)}`);
    else if (!byNormal.has(parsed.address.normal))
      byNormal.set(parsed.address.normal, parsed.address.written);
  }
  if (byNormal.size > TEST_ADDRESSES_MAX) {
    problems.push(`--test: takes up to ${TEST_ADDRESSES_MAX} addresses, and here are ${byNormal.size}`);
  }
  if (problems.length > 0) throw new InputFault(problems);
  return [...byNormal.values()];
}

async function rowFor(
  { suppression }: Client,
  config: Config,
  {
    campaign,
    mailing,
    seq,
  }: { readonly campaign: Campaign; readonly mailing: Mailing; readonly seq: number | null },
): Promise<TestRow> {
  const source = sourceOf(campaign, config, 'test');
  const row = await testRow({ source, suppression }, mailing, seq).catch(rethrownAsInput);
  if (row) return row;
  throw new InputFault([
    seq === null
      ? 'no row of the list would get the mail; name one with --row N'
      : `--row: the list has no row ${seq}`,
  ]);
}

async function ask(
  client: Client,
  config: Config,
  what: { readonly campaign: Campaign; readonly row: TestRow; readonly addresses: readonly string[] },
  waitMs: number,
): Promise<TestOutcome[]> {
  const line = new LiveLine();
  const { redis, tests: book } = client;
  const since = systemClock.now();
  const onLook = (states: readonly TestState[]) => {
    if (systemClock.now() - since > SILENT_MS) line.show(waitText(states));
  };
  try {
    const parts = { redis, prefix: config.redis.prefix, book, clock: systemClock, onLook };
    return await sendTest(parts, { id: randomUUID(), ...what }, waitMs);
  } finally {
    line.end();
  }
}

function waitText(states: readonly TestState[]): string {
  return states.every(({ kind }) => kind === 'waiting')
    ? 'waiting for a worker to take the test'
    : 'a worker has taken the test';
}

function resultOf(outcome: TestOutcome | undefined): TestResult {
  const nothing = { messageId: null, reason: null, detail: null };
  switch (outcome?.kind) {
    case 'accepted':
      return { ...nothing, outcome: 'accepted', messageId: outcome.messageId };
    case 'skipped':
      return { ...nothing, outcome: 'skipped', reason: outcome.rule };
    case 'rejected':
      return { ...nothing, outcome: 'rejected', reason: outcome.code, detail: outcome.reason };
    case 'in_doubt':
    case 'not_sent':
      return { ...nothing, outcome: outcome.kind, detail: outcome.reason };
    case undefined:
      return { ...nothing, outcome: 'not_sent' };
  }
}

function resultText({
  address,
  outcome,
  messageId,
  reason,
  detail,
}: TestResult & { readonly address: string }): string {
  switch (outcome) {
    case 'accepted':
      return `${address}: accepted, ${messageId}`;
    case 'skipped':
      return `${address}: not sent, since the address is ${reason}`;
    case 'rejected':
      return `${address}: rejected, ${reason}: ${detail}`;
    case 'in_doubt':
      return `${address}: in doubt, it may have the mail: ${detail}`;
    case 'not_sent':
      return `${address}: not sent: ${detail}`;
  }
}
