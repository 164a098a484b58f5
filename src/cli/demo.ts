import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { parseAddress } from '../core/address.ts';
import { systemClock } from '../core/clock.ts';
import { Keys } from '../core/keys.ts';
import { createLogger } from '../core/logger.ts';
import type { CampaignInput } from '../queue/campaign.ts';
import { enqueueCampaign } from '../queue/producer.ts';
import type { Receipt } from '../queue/receipt.ts';
import type { SuppressionStore } from '../suppression/store.ts';
import type { Target } from '../suppression/target.ts';
import { auditCampaign } from './campaign-audit.ts';
import { type DemoAudience, demoAudience } from './demo-audience.ts';
import { follow } from './follow.ts';
import { LiveLine, note, print } from './output.ts';
import { figure, receiptText } from './receipt-text.ts';
import { DATA_FOLDER, openRedis, openSes, withLinksForSandbox } from './run.ts';
import type { Client } from './wire.ts';
import { buildWorker } from './wire-roles.ts';
import { WORKER_ROLES } from './worker-card.ts';

const ROWS = 20_000;
const SEED = 20_261_122;
const SENDER = 'news@example.co.jp';
/** A rate at which both campaigns are through in well under a minute, and slow enough to be watched. */
const PER_SECOND = 2_500;

/** The demo runs by itself, whatever the shell it is started from has set for real work. */
const DEMO_ENVIRONMENT = { SLUICE_SES: 'sandbox' };

export function demoCommand(): Command {
  return new Command('demo')
    .summary('two sample campaigns with everything embedded')
    .description(
      'Sends two sample campaigns over 20,000 rows as real lists have them, with a private Redis and the SES sandbox: nothing leaves this machine. Prints the receipts, and holds them against the log.',
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
  const config = { ...settings, log: { ...settings.log, dir: join(folder, 'log') } };
  const logger = createLogger({ level: 'warn', pretty: process.stderr.isTTY });
  const redis = await openRedis(config, join(folder, 'redis'), logger);
  // Two events for each of 37,000 mails would take longer to come back than the demo takes to send them.
  const ses = await openSes(config, { account: { perSecond: PER_SECOND }, events: false });
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
  const { campaigns: store, outbox } = client;
  const end = await follow(
    { campaigns: store, outbox, clock: systemClock, line: new LiveLine(process.stderr.isTTY, 2_000) },
    campaign.id,
    null,
  );
  if (end.kind === 'timeout') throw new Error('unreachable: the demo waits as long as it takes');
  return end.receipt;
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
async function audit({ redis, campaigns: store }: Client, config: Config, ids: readonly string[]) {
  const parts = { redis, keys: new Keys(config.redis.prefix), campaigns: store, logDir: config.log.dir };
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
  ];
  return all.filter(([count]) => count > 0).map(([count, text]) => `  ${figure(count).padStart(7)} ${text}`);
}
