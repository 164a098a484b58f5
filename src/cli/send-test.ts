import { systemClock } from '../core/clock.ts';
import { distinctAddresses, testCampaign } from '../desk/campaign-test.ts';
import type { TestState } from '../queue/test-book.ts';
import type { TestOutcome } from '../queue/test-outcome.ts';
import { nameOf, readCampaignFile } from './campaign-file.ts';
import { withDesk } from './client.ts';
import { inOtherWords } from './flags.ts';
import { EXIT_FAILED, LiveLine, note, print, printJson } from './output.ts';

export interface TestOptions {
  readonly addresses: readonly string[];
  /** The row whose data is used, from 1; null for the first that would get the mail. */
  readonly row: number | null;
  /** How long to wait for a worker; null for the usual time. */
  readonly waitMs: number | null;
  readonly json: boolean;
}

/** Shorter waits are nothing to speak of. */
const SILENT_MS = 2_000;

/** What `send --test` does. */
export async function sendTestMail(file: string, options: TestOptions): Promise<void> {
  const addresses = distinctAddresses(options.addresses, '--test');
  const campaign = readCampaignFile(file);
  const line = new LiveLine();
  const since = systemClock.now();
  const onLook = (states: readonly TestState[]) => {
    if (systemClock.now() - since > SILENT_MS) line.show(waitText(states));
  };
  await withDesk(async (parts) => {
    const order = { addresses, row: options.row ?? undefined };
    const wait = { waitMs: options.waitMs ?? undefined, onLook };
    const report = await testCampaign(parts, campaign, order, { ...wait, name: nameOf(file) })
      .catch(asSaidHere)
      .finally(() => line.end());
    const results = report.results.map(({ address, ...outcome }) => ({ address, ...resultOf(outcome) }));
    if (options.json) printJson({ id: report.id, row: report.row, results });
    else {
      note(`${report.id}, with the data of row ${report.row}:`);
      print(results.map(resultText).join('\n'));
    }
    return results.every(({ outcome }) => outcome === 'accepted') ? 0 : EXIT_FAILED;
  });
}

const asSaidHere = inOtherWords([
  [/^row:/, '--row:'],
  ['name one with row', 'name one with --row N'],
]);

/** One address of `send --test --json`. Fields that do not apply are null. */
interface TestResult {
  readonly outcome: TestOutcome['kind'];
  readonly messageId: string | null;
  /** A rule of suppression, or a code. */
  readonly reason: string | null;
  /** In words. */
  readonly detail: string | null;
}

function waitText(states: readonly TestState[]): string {
  return states.every(({ kind }) => kind === 'waiting')
    ? 'waiting for a worker to take the test'
    : 'a worker has taken the test';
}

function resultOf(outcome: TestOutcome): TestResult {
  const nothing = { messageId: null, reason: null, detail: null };
  switch (outcome.kind) {
    case 'accepted':
      return { ...nothing, outcome: 'accepted', messageId: outcome.messageId };
    case 'skipped':
      return { ...nothing, outcome: 'skipped', reason: outcome.rule };
    case 'rejected':
      return { ...nothing, outcome: 'rejected', reason: outcome.code, detail: outcome.reason };
    case 'in_doubt':
    case 'not_sent':
      return { ...nothing, outcome: outcome.kind, detail: outcome.reason };
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
