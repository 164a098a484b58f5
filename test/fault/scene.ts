import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { Outbox } from '../../src/log/outbox.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { isOver, type Receipt } from '../../src/queue/receipt.ts';
import { type EndpointOptions, type FaultyEndpoint, startEndpoint } from './endpoint.ts';
import type { CampaignPlan } from './plan.ts';
import { TREE, Victim } from './process.ts';
import { readRows } from './rows.ts';
import { type Finding, judgeCampaign } from './verdict.ts';
import { type Customs, startWire, type Wire } from './wire.ts';

/** A request is good for this long; SES's five minutes, scaled down with what doubt waits. */
const SKEW_MS = 5_000;
const DOUBT_MS = 8_000;
const LOOK_MS = 50;

let scenes = 0;

/**
 * One campaign of fifty people, which is one call, on a part of Redis of its own; and workers that are started by hand, some
 * of them on a wire.
 */
export class Scene {
  readonly endpoint: FaultyEndpoint;
  readonly plan: CampaignPlan;
  readonly #redisUrl: string;
  readonly #prefix: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-scene-'));
  readonly #redis: ReturnType<typeof connectRedis>;
  readonly #campaigns: Campaigns;
  readonly #workers: Victim[] = [];
  readonly #wires: Wire[] = [];

  private constructor(redisUrl: string, endpoint: FaultyEndpoint, prefix: string) {
    this.endpoint = endpoint;
    this.#redisUrl = redisUrl;
    this.#prefix = prefix;
    this.#redis = connectRedis(redisUrl);
    this.#campaigns = new Campaigns(this.#redis, new Keys(prefix), systemClock);
    this.plan = planOfFifty();
  }

  static async begin(
    redisUrl: string,
    doubt: 'drop' | 'resend' | 'hold',
    options: Partial<EndpointOptions> = {},
  ): Promise<Scene> {
    scenes += 1;
    const prefix = `{scene${scenes}}`;
    const endpoint = await startEndpoint({ skewMs: SKEW_MS, ...options });
    const scene = new Scene(redisUrl, endpoint, prefix);
    await enqueueCampaign(
      {
        id: scene.plan.id,
        category: 'transactional',
        sender: { from: 'news@example.com' },
        content: { subject: 'Hello', text: 'A letter to {{email}}' },
        audience: { kind: 'inline', recipients: scene.plan.rows.map((email) => ({ email })) },
        doubt,
      },
      { redis: scene.#redis, prefix: scene.#prefix },
    );
    return scene;
  }

  get redis(): ReturnType<typeof connectRedis> {
    return this.#redis;
  }

  /** A worker; with customs, everything between it and Redis goes past them. */
  async worker(customs: Customs | null = null, sesUrl = this.endpoint.url): Promise<Victim> {
    const wire = customs ? await startWire(this.#redisUrl, customs) : null;
    if (wire) this.#wires.push(wire);
    const worker = new Victim(
      [join(TREE, 'bin/sluice.js'), 'worker'],
      {
        REDIS_URL: wire?.url ?? this.#redisUrl,
        SLUICE_PREFIX: this.#prefix,
        SLUICE_SES: 'sandbox',
        SLUICE_SES_STRATEGY: 'bulk',
        AWS_ENDPOINT_URL_SESV2: sesUrl,
        SLUICE_LOCK_MS: '1000',
        SLUICE_DOUBT_MS: String(DOUBT_MS),
        SLUICE_LOG_DIR: join(this.#folder, 'log'),
      },
      join(this.#folder, `worker-${this.#workers.length}.log`),
    );
    this.#workers.push(worker);
    worker.start();
    return worker;
  }

  /** The receipt when the campaign is over. */
  async over(): Promise<Receipt> {
    return this.until('the end of the campaign', async () => {
      const receipt = await this.#campaigns.receipt(this.plan.id);
      return receipt && isOver(receipt.state) ? receipt : null;
    });
  }

  /** What is wrong, after everything is in the log; and who has how many mails. */
  async findings(receipt: Receipt): Promise<Finding[]> {
    await new Outbox(this.#redis, new Keys(this.#prefix)).drained(systemClock);
    return judgeCampaign(
      this.plan,
      receipt,
      readRows(join(this.#folder, 'log')),
      this.endpoint.judge.mails,
      false,
    );
  }

  async until<T>(what: string, look: () => Promise<T | null> | T | null): Promise<T> {
    const deadline = Date.now() + 150_000;
    while (Date.now() < deadline) {
      const seen = await look();
      if (seen !== null) return seen;
      await sleep(LOOK_MS);
    }
    throw new Error(`${what} did not come; the workers said things in ${this.#folder}`);
  }

  async end(): Promise<void> {
    for (const worker of this.#workers) {
      worker.signal('SIGCONT');
      worker.signal('SIGKILL');
    }
    await Promise.all(this.#workers.map((worker) => worker.gone(5_000)));
    await Promise.all(this.#wires.map((wire) => wire.close()));
    await this.endpoint.close();
    this.#redis.disconnect();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function planOfFifty(): CampaignPlan {
  const rows = Array.from({ length: 50 }, (_, index) => `p${index}@example.com`);
  return {
    id: 'fifty',
    category: 'transactional',
    isOverride: false,
    isInline: true,
    doubt: 'drop',
    rows,
    people: new Set(rows),
    duplicates: 0,
    invalid: 0,
  };
}
