import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { parseAddress } from '../core/address.ts';
import { systemClock } from '../core/clock.ts';
import { figure } from '../core/figures.ts';
import { createLogger } from '../core/logger.ts';
import { auditCampaign } from '../desk/campaign-audit.ts';
import { campaignLogParts } from '../desk/campaign-log.ts';
import type { Client } from '../desk/client.ts';
import type { CampaignInput } from '../queue/campaign.ts';
import { enqueueCampaign } from '../queue/producer.ts';
import { isOver, type Receipt } from '../queue/receipt.ts';
import type { SuppressionStore } from '../suppression/store.ts';
import type { Target } from '../suppression/target.ts';
import { type DemoAudience, demoAudience } from './demo-audience.ts';
import { follow } from './follow.ts';
import { LiveLine, note, print } from './output.ts';
import { readPlace } from './read-place.ts';
import { receiptText } from './receipt-text.ts';
import { DATA_FOLDER, openRedis, openSes, withLinksForSandbox } from './run.ts';
import { buildWorker } from './wire-roles.ts';
import { WORKER_ROLES } from './worker-card.ts';

const ROWS = 6_000;
const SEED = 20_261_122;
const SENDER = 'news@example.co.jp';
/** A rate at which all campaigns are through in well under a minute, and slow enough to be watched. */
const PER_SECOND = 1_500;
/** What readers do with the mail, as shares of it. */
const READERS = { opens: 0.25, clicks: 0.04, bounces: 0.01, complaints: 0.0004 };
/** A list that was bought somewhere: one address in five is dead. */
const BOUGHT_ROWS = 4_000;
const BOUGHT = 'demo-bought-list';

/** The demo runs by itself, whatever the shell it is started from has set for real work. */
const DEMO_ENVIRONMENT = { SLUICE_SES: 'sandbox' };

export function demoCommand(): Command {
  return new Command('demo')
    .summary('sample campaigns with everything embedded')
    .description(
      'Sends two sample campaigns over 6,000 rows as real lists have them, and a third to a bad list that is stopped, with a private Redis and the SES sandbox: nothing leaves this machine. Prints the receipts, and holds them against the log.',
    )
    .addHelpText(
      'after',
      `
It keeps its data in .sluice/demo below this folder, and begins with nothing each time.

Exit codes: 0 the books balance, and log rows and counters agree; 1 they do not.

Example:
  sluice demo`,
    )
    .action(async () => {
      process.exitCode = await demo();
    });
}

async function demo(): Promise<number> {
  const folder = resolve(DATA_FOLDER, 'demo');
  // Campaign ids are unique for ever, so each demo begins with nothing.
  rmSync(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const settings = withLinksForSandbox(loadConfig('demo', DEMO_ENVIRONMENT), folder);
  // Nothing of a demo leaves this machine, whatever is set.
  const config: Config = { ...settings, log: { sinks: ['files'], dir: join(folder, 'log') } };
  const logger = createLogger({ level: 'warn', pretty: process.stderr.isTTY });
  const redis = await openRedis(config, join(folder, 'redis'), logger);
  const ses = await openSes(config, { account: { perSecond: PER_SECOND }, events: { engagement: READERS } });
  const worker = await buildWorker(config, redis.value, ses.value, WORKER_ROLES, logger);
  try {
    const audience = demoAudience(ROWS, SEED);
    const path = join(folder, 'people.csv');
    writeFileSync(path, audience.csv);
    await suppressSome(redis.value.suppression, audience);
    await worker.start();
    print(
      `A list of ${figure(ROWS)} rows, a private Redis, and the SES sandbox at ${figure(PER_SECOND)} recipients a second.`,
    );
    const ids: string[] = [];
    for (const campaign of campaigns(path)) {
      const receipt = await run(redis.value, config.redis.prefix, campaign);
      print(`\n${receiptText(receipt)}\n${lessons(receipt).join('\n')}`);
      ids.push(receipt.id);
    }
    const stopped = await runIntoTheGuard(redis.value, config.redis.prefix);
    print(`\n${receiptText(stopped)}`);
    ids.push(stopped.id);
    await worker.stop();
    const differences = await audit(redis.value, config, ids);
    print('');
    for (const difference of differences) note(`sluice: ${difference}`);
    print(
      `Ask the log: SLUICE_LOG_DIR=${DATA_FOLDER}/demo/log npx sluice log query "SELECT event_type, count(*) AS n FROM deliveries GROUP BY 1"`,
    );
    print(
      differences.length === 0
        ? 'The books balance, and log rows and counters agree.'
        : 'Log rows and counters differ.',
    );
    return differences.length === 0 ? 0 : 1;
  } finally {
    await worker.stop();
    await ses.close();
    await redis.close();
  }
}

async function run(client: Client, prefix: string, campaign: CampaignInput): Promise<Receipt> {
  await enqueueCampaign(campaign, { redis: client.redis, prefix });
  await untilOver(client, campaign.id);
  return hearReaders(client, campaign.id);
}

async function untilOver(client: Client, id: string): Promise<void> {
  const { campaigns: store, outbox } = client;
  const line = new LiveLine(process.stderr.isTTY, 2_000);
  await follow({ campaigns: store, outbox, clock: systemClock, line }, id, null);
}

/** When SES has said of every mail what became of it, and nothing more comes in. */
async function hearReaders({ campaigns: store }: Client, id: string): Promise<Receipt> {
  const line = new LiveLine(process.stderr.isTTY, 2_000);
  const until = systemClock.now() + HEAR_MS_MAX;
  let before = '';
  for (;;) {
    const receipt = await store.receipt(id);
    if (!receipt) throw new Error(`unreachable: nobody takes ${id} away`);
    const { accepted, delivered, bounced, complained, opened, clicked } = receipt.counts;
    const heard = `${figure(delivered)} delivered, ${figure(bounced.hard)} bounced, ${figure(complained)} complained, ${figure(opened)} opened, ${figure(clicked)} clicked`;
    const isHeard = delivered + bounced.hard + bounced.soft >= accepted && heard === before;
    if (isHeard || systemClock.now() > until) {
      line.end();
      return receipt;
    }
    before = heard;
    line.show(`${id}: SES's events come in: ${heard}`);
    await systemClock.sleep(EVENTS_LOOK_MS);
  }
}

/** A machine that is so slow shows what it has. */
const HEAR_MS_MAX = 120_000;
/** Opens and clicks come within half a second after the delivery. */
const EVENTS_LOOK_MS = 1_000;

/** A campaign that should never have been sent, and what the guard makes of it. */
async function runIntoTheGuard(client: Client, prefix: string): Promise<Receipt> {
  const { campaigns: store, steering } = client;
  print(
    `\nA third campaign goes to a list of ${figure(BOUGHT_ROWS)} that somebody has bought: one address in five is dead.`,
  );
  await enqueueCampaign(boughtList(), { redis: client.redis, prefix });
  let receipt = await store.receipt(BOUGHT);
  while (receipt?.state !== 'held' && !(receipt && isOver(receipt.state))) {
    await systemClock.sleep(HELD_LOOK_MS);
    receipt = await store.receipt(BOUGHT);
  }
  if (receipt.state !== 'held') {
    print('Nothing has held it, which should not be: SES has not said enough of its mails.');
    return hearReaders(client, BOUGHT);
  }
  print(`The guard holds it after ${figure(receipt.counts.accepted)} mails: ${receipt.reason}.`);
  print('An operator could raise the limit, or go on all the same with a reason. This one cancels it.');
  await steering.cancel(BOUGHT, { by: 'demo', reason: 'the list was bought' });
  await untilOver(client, BOUGHT);
  return hearReaders(client, BOUGHT);
}

const HELD_LOOK_MS = 50;

function boughtList(): CampaignInput {
  const address = (row: number) =>
    row % 5 === 0 ? `hardbounce+${row}@sandbox.sluice.example` : `reader.${row}@old-list.example`;
  return {
    id: BOUGHT,
    name: 'To a list that was bought',
    project: 'partner',
    sender: { from: 'パートナー <offers@example.co.jp>' },
    content: {
      subject: 'お得なお知らせ',
      html: '<p>お得なお知らせです。</p><p><a href="{{unsubscribeUrl}}">配信を停止する</a></p>',
    },
    audience: {
      kind: 'inline',
      recipients: Array.from({ length: BOUGHT_ROWS }, (_unused, row) => ({ email: address(row) })),
    },
    limits: { bounceRate: 0.05 },
    // So few are sent to before SES has said what became of them that a slow machine stops the list as well.
    canary: { recipients: 500, waitSeconds: 60 },
  };
}

function campaigns(path: string): CampaignInput[] {
  const shared = {
    sender: { from: `サンプルストア <${SENDER}>`, replyTo: ['help@example.co.jp'] },
    content: {
      subject: '{{name}} さん、秋の新作が届きました',
      html: readFileSync(new URL('../../samples/newsletter.html', import.meta.url), 'utf8'),
    },
    audience: { kind: 'csv' as const, path, emailColumn: 'email' },
    tags: { team: 'crm' },
  };
  return [
    { id: 'demo-autumn-letter', name: 'Autumn letter', ...shared },
    {
      id: 'demo-terms-change',
      name: 'New terms, sent to the unsubscribed too',
      ...shared,
      sendToUnsubscribed: true,
      override: { by: 'demo', reason: 'everybody has to hear of the new terms' },
    },
  ];
}

async function suppressSome(store: SuppressionStore, audience: DemoAudience): Promise<void> {
  const stamp = { at: systemClock.now(), source: 'demo', detail: null };
  const lists: [Target, readonly string[]][] = [
    [{ kind: 'sender', sender: SENDER }, audience.unsubscribed],
    [{ kind: 'everywhere', reason: 'bounced' }, audience.bounced],
    [{ kind: 'everywhere', reason: 'complained' }, audience.complained],
    [{ kind: 'everywhere', reason: 'blocked' }, audience.blocked],
  ];
  for (const [target, addresses] of lists) {
    const normals = addresses.flatMap((text) => {
      const parsed = parseAddress(text);
      return parsed.kind === 'address' ? [parsed.address.normal] : [];
    });
    await store.add(target, normals, stamp);
  }
}

/** Holds every counter against the log, and says what differs. */
async function audit(client: Client, config: Config, ids: readonly string[]) {
  const parts = await campaignLogParts({ client, openLog: () => readPlace(config) });
  const audits = await Promise.all(ids.map((id) => auditCampaign(parts, id)));
  return audits.flatMap((one, index) =>
    (one?.differences ?? [{ text: 'nobody knows of it' }]).map(({ text }) => `${ids[index]}: ${text}`),
  );
}

/** What each figure of a receipt shows. */
function lessons({ counts }: Receipt): string[] {
  const { skipped } = counts;
  const all: [count: number, text: string][] = [
    [
      counts.duplicate,
      'rows were people whom the list had before, in other case or with spaces around: one mail each',
    ],
    [counts.invalid, 'rows had no address that mail can go to; each is in the log with the reason'],
    [skipped.unsubscribed, `had unsubscribed from ${SENDER}`],
    [
      skipped.bounced + skipped.complained + skipped.blocked,
      'had bounced, complained or were blocked: no override lifts that',
    ],
    [counts.rejected, 'were refused by SES, one by one; the others of their calls were not held up'],
    [counts.accepted, 'got their own mail, with their own unsubscribe link, once'],
    [
      counts.bounced.hard + counts.complained,
      'of them bounced for good or complained: from now on nobody sends to them',
    ],
  ];
  return all.filter(([count]) => count > 0).map(([count, text]) => `  ${figure(count).padStart(7)} ${text}`);
}
