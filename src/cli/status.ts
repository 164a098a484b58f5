import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { InputFault } from '../core/fault.ts';
import { duration, figure } from '../core/figures.ts';
import type { Client } from '../desk/client.ts';
import { campaignId, missingCampaign } from '../desk/missing.ts';
import { OUTBOX_HOLD_ENTRIES } from '../log/outbox.ts';
import { isOver } from '../queue/receipt.ts';
import { withClient } from './client.ts';
import { EXIT_FAILED, LiveLine, note, print, printJson } from './output.ts';
import { printReceipt } from './print-receipt.ts';
import { progressLine, receiptTable } from './receipt-text.ts';

interface StatusOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

const LIST_MAX = 1_000;
const WATCH_MS = 500;

export function statusCommand(): Command {
  return new Command('status')
    .summary('show a receipt, or all campaigns')
    .description('Shows how a campaign stands. Without an id: all campaigns, newest first.')
    .argument('[id]', 'a campaign')
    .option('--watch', 'keep showing progress until the campaign is over')
    .option('--json', 'print one JSON value: a receipt, or an array of them')
    .addHelpText(
      'after',
      `
Exit codes: 0; 1 where the campaign ended as failed or cancelled; 2 where there is no such campaign.

Examples:
  sluice status
  sluice status 2026-11-early-access --watch
  sluice status --json | jq '.[] | select(.state == "held") | .reason'`,
    )
    .action(async (id: string | undefined, options: StatusOptions) => {
      await withClient((client) => (id === undefined ? list(client, options) : one(client, id, options)));
    });
}

async function list(client: Client, options: StatusOptions): Promise<number> {
  if (options.watch) throw new InputFault(['--watch: needs the id of a campaign']);
  const receipts = (await client.index.page({ limit: LIST_MAX })).items;
  if (options.json) printJson(receipts);
  else {
    print(receiptTable(receipts));
    await noteLag(client);
    await notePostmaster(client);
  }
  return 0;
}

/** Longer than the log is ever behind while its sink works. */
const LAG_MS = 10_000;

/** Says that the log is behind, which holds sending sooner or later, or that something of it was set aside. */
async function noteLag({ outbox }: Client): Promise<void> {
  const { entries, oldestMs, dead } = await outbox.backlog();
  if (oldestMs > LAG_MS)
    note(
      `The log is ${duration(oldestMs)} behind: ${figure(entries)} of at most ${figure(OUTBOX_HOLD_ENTRIES)} entries wait for its sink; then sending holds until it takes them.`,
    );
  if (dead > 0)
    note(
      `${figure(dead)} entries of the log were set aside, since its sink will not take them: sluice doctor`,
    );
}

/** Younger than this it is of workers that read it still. */
const READING_MS = 2 * 86_400_000;

/** Says that the spam rates of Gmail are not read, so that the guard goes by old ones, or by none. */
async function notePostmaster({ postmaster }: Client): Promise<void> {
  const last = await postmaster.lastReading();
  if (last?.trouble && systemClock.now() - last.at < READING_MS) note(`${last.trouble.said}: sluice doctor`);
}

async function one(client: Client, id: string, options: StatusOptions): Promise<number> {
  const line = new LiveLine();
  for (;;) {
    const receipt = await client.campaigns.receipt(campaignId(id));
    if (!receipt) throw missingCampaign(id);
    if (!options.watch || isOver(receipt.state)) {
      line.end();
      printReceipt(receipt, options.json === true);
      return receipt.state === 'failed' || receipt.state === 'cancelled' ? EXIT_FAILED : 0;
    }
    line.show(progressLine(receipt));
    await systemClock.sleep(WATCH_MS);
  }
}
