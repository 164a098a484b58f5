import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { connectRedis } from '../../src/core/redis.ts';
import { Guard, type GuardFigures } from '../../src/guard/guard.ts';
import { Outbox } from '../../src/log/outbox.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { CanaryBook } from '../../src/queue/canary.ts';
import { Courier } from '../../src/queue/courier.ts';
import { GuardBook } from '../../src/queue/guard-book.ts';
import { BATCHES_QUEUE } from '../../src/queue/names.ts';
import { enqueueCampaign } from '../../src/queue/producer.ts';
import { Steering } from '../../src/queue/steer.ts';
import { SuppressionStore } from '../../src/suppression/store.ts';
import { type Deed, type DeedJudgement, judgeDeeds } from './deeds.ts';
import { readJudgement, type TakenMail } from './judge.ts';
import { Operators } from './operators.ts';
import { BLOCKED, type Blow, blowsOf, type CampaignPlan, campaignOf, SENDER, UNSUBSCRIBED } from './plan.ts';
import { RestartableRedis, runCommand, startChild, TREE, Victim } from './process.ts';
import { readRows } from './rows.ts';
import { type Finding, judgeCampaign } from './verdict.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** How long things go wrong; what comes after is a bounded time in which everything has to come to its end. */
  readonly durationMs: number;
  readonly workers: number;
  /** Rows of the longest list. */
  readonly recipients: number;
  /** From one blow to the next, on average. */
  readonly gapMs: number;
  /** People who steer by HTTP, with a server that is killed as well; none where it is 0. */
  readonly operators: number;
  /** A checkout of another version, whose workers are every second one, as while an installation is upgraded; null for none. */
  readonly otherTree: string | null;
  /** Evidence of the run: what was taken, the log, what the workers said. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface ChaosResult {
  readonly findings: readonly Finding[];
  readonly summary: Readonly<Record<string, unknown>>;
  readonly kills: number;
  readonly mails: number;
  readonly campaigns: number;
}

/*
 * Times of the real thing, scaled down together. What keeps the order between them: a request is good for SKEW_MS after
 * its date, an event comes at most 1.5 s after its mail, a message that a reader died with is hidden for 1 s; all of that
 * together is shorter than half of DOUBT_MS.
 */
const SKEW_MS = 2_000;
const DOUBT_MS = 12_000;
const LOCK_MS = 2_000;
const PER_SECOND = 2_000;
/** What is dated before a claim that somebody has forbidden since is taken for so long: SES's own time, and a date's whole seconds. */
const GRACE_MS = SKEW_MS + 1_000;
/** As SES has it, so that much is on its way at any moment. */
const LATENCY_MS = 40;
/** Campaigns under way at a time. */
const OPEN_MAX = 4;
const ENQUEUE_EVERY_MS = 1_500;

/** In calm, `auto` gets so long for its evidence: silent calls, doubt, and some rounds of the sweeper. */
const AUTO_PATIENCE_MS = 40_000;
/** A thread writes down what it has counted every two seconds; one that was killed is remembered for thirty. */
const COUNTED_MS_MAX = 60_000;
/** A silent call ends after 35 s, then doubt waits; several rounds of the sweeper have to fit in. */
const DRAIN_MS_MAX = 150_000;

/** Lets everything go wrong for a while, then nothing, and holds what is left against what the endpoint has taken. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const run = new Run(options);
  try {
    await run.begin();
    await run.rage();
    await run.calm();
    await run.prove();
    return await run.judge();
  } finally {
    await run.end();
  }
}

class Run {
  readonly #options: ChaosOptions;
  readonly #redisServer: RestartableRedis;
  readonly #workers: Victim[] = [];
  readonly #plans: CampaignPlan[] = [];
  readonly #done: Record<string, number> = {};
  readonly #busy = new Set<Promise<void>>();
  readonly #judgeFile: string;
  readonly #logFolder: string;
  /** Without lost events doubt may be settled by evidence. */
  readonly #areEventsWhole: boolean;
  #environment: Readonly<Record<string, string>> = {};
  #operators: Operators | null = null;
  /** What was done by commands; operators over HTTP keep their own. */
  readonly #deeds: Deed[] = [];
  readonly #proof: Finding[] = [];
  #counted = 0;
  #enqueueing = 0;
  #endpoint = { url: '', queueUrl: '' };
  #endEndpoint = () => {};
  #redis: Redis | null = null;
  #isRedisBusy = false;
  #resolved = 0;
  #drainedMs = -1;
  #calmSince = Number.POSITIVE_INFINITY;

  constructor(options: ChaosOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    this.#redisServer = new RestartableRedis(join(options.folder, 'redis'));
    this.#judgeFile = join(options.folder, 'taken.ndjson');
    this.#logFolder = join(options.folder, 'log');
    this.#areEventsWhole = options.seed % 3 !== 0;
  }

  async begin(): Promise<void> {
    const { seed, folder, workers } = this.#options;
    writeFileSync(this.#judgeFile, '');
    writeFileSync(join(folder, 'blows.json'), JSON.stringify(this.#blows(), null, 1));
    await this.#redisServer.start();
    const child = await startChild('endpoint.ts', {
      seed,
      skewMs: SKEW_MS,
      judgeFile: this.#judgeFile,
      perSecond: PER_SECOND,
      latencyMs: LATENCY_MS,
      dropShare: this.#areEventsWhole ? 0 : 0.1,
    });
    this.#endEndpoint = () => child.end();
    this.#endpoint = z.object({ url: z.string(), queueUrl: z.string() }).parse(child.first);
    this.#environment = {
      REDIS_URL: this.#redisServer.url,
      SLUICE_SES: 'sandbox',
      SLUICE_SES_STRATEGY: seed % 4 === 1 ? 'single' : 'bulk',
      AWS_ENDPOINT_URL_SESV2: this.#endpoint.url,
      AWS_ENDPOINT_URL_SQS: this.#endpoint.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'chaos',
      AWS_SECRET_ACCESS_KEY: 'chaos',
      SLUICE_SQS_URL: this.#endpoint.queueUrl,
      SLUICE_LOCK_MS: String(LOCK_MS),
      SLUICE_DOUBT_MS: String(DOUBT_MS),
      SLUICE_LOG_DIR: this.#logFolder,
      SLUICE_FILES: folder,
      SLUICE_PUBLIC_URL: 'https://mail.example.com',
      SLUICE_SECRET: 'a secret that is long enough for a chaos run',
      LOG_LEVEL: 'info',
    };
    const redis = connectRedis(this.#redisServer.url);
    redis.on('error', () => {});
    this.#redis = redis;
    const store = new SuppressionStore(redis, new Keys('{sluice}'));
    const stamp = { at: Date.now(), source: 'operator', detail: null };
    await store.add({ kind: 'everywhere', reason: 'blocked' }, BLOCKED, stamp);
    await store.add({ kind: 'sender', sender: SENDER }, UNSUBSCRIBED, stamp);
    for (let index = 0; index < workers; index += 1) {
      const tree = index % 2 === 1 ? (this.#options.otherTree ?? TREE) : TREE;
      const command = [join(tree, 'bin/sluice.js'), 'worker'];
      const worker = new Victim(command, this.#environment, join(folder, `worker-${index}.log`));
      worker.start();
      this.#workers.push(worker);
    }
    if (this.#options.operators > 0) await this.#hireOperators();
  }

  async #hireOperators(): Promise<void> {
    const { seed, folder } = this.#options;
    this.#operators = new Operators({
      seed,
      folder,
      environment: this.#environment,
      plans: this.#plans,
      openCampaigns: () => this.#openCampaigns(),
      enqueue: (input) => enqueueCampaign(input, { redis: this.#connection() }),
      count: (what) => this.#count(what),
    });
    await this.#operators.begin();
  }

  async rage(): Promise<void> {
    const startedAt = Date.now();
    const blows = [...this.#blows()];
    let enqueuedAt = 0;
    const until = startedAt + this.#options.durationMs;
    if (this.#operators) {
      this.#inBackground(this.#operators.haunt(until));
      for (let one = 0; one < this.#options.operators; one += 1)
        this.#inBackground(this.#operators.act(one, until));
    }
    for (;;) {
      const passed = Date.now() - startedAt;
      if (passed >= this.#options.durationMs) break;
      for (let blow = blows[0]; blow && blow.atMs <= passed; blow = blows[0]) {
        blows.shift();
        this.#inBackground(this.#strike(blow));
      }
      if (passed - enqueuedAt > ENQUEUE_EVERY_MS || this.#plans.length === 0) {
        enqueuedAt = passed;
        this.#inBackground(this.#enqueue());
        this.#inBackground(this.#operate());
      }
      await sleep(20);
    }
    await Promise.all(this.#busy);
  }

  /** Nothing goes wrong any more; ends when all campaigns have, or when the time for that is over. */
  async calm(): Promise<void> {
    const { say, seed } = this.#options;
    say(`seed ${seed}: calm, with ${JSON.stringify(this.#done)}`);
    await fetch(`${this.#endpoint.url}/calm`, { method: 'POST' });
    for (const worker of this.#workers) {
      worker.signal('SIGCONT');
      worker.start();
    }
    const from = Date.now();
    this.#calmSince = from;
    const outbox = new Outbox(this.#connection(), new Keys('{sluice}'));
    while (Date.now() - from < DRAIN_MS_MAX) {
      await this.#operators?.resumeAll();
      await this.#operate();
      const open = await this.#openCampaigns();
      const { eventsLeft } = await this.#stats();
      const { entries } = await outbox.backlog();
      if (open.length === 0 && entries === 0 && (eventsLeft === 0 || !this.#areEventsRead())) {
        this.#drainedMs = Date.now() - from;
        return;
      }
      await sleep(500);
    }
  }

  /** After all that, a campaign is delivered as if nothing had been, and the metrics have counted what its receipt says. */
  async prove(): Promise<void> {
    const operators = this.#operators;
    // What has not come to its end in time is found by the judge.
    if (!operators || this.#drainedMs < 0) return;
    await operators.judgeFollowers();
    await this.#allCounted();
    const before = await operators.counter(ACCEPTED);
    const { plan } = await this.#sendNext(true);
    const campaigns = new Campaigns(this.#connection(), new Keys('{sluice}'), systemClock);
    const outbox = new Outbox(this.#connection(), new Keys('{sluice}'));
    const late = Date.now() + DRAIN_MS_MAX;
    while (Date.now() < late) {
      const receipt = await campaigns.receipt(plan.id);
      if (receipt?.finishedAt && (await outbox.backlog()).entries === 0) break;
      await sleep(200);
    }
    await this.#allCounted();
    this.#counted = await operators.counter(ACCEPTED);
    const accepted = (await campaigns.receipt(plan.id))?.counts.accepted ?? 0;
    const text = `the metrics have counted ${this.#counted - before} mails of it in calm, and ${accepted} are accepted`;
    // A version before the metrics counts nothing.
    if (this.#options.otherTree === null && this.#counted - before !== accepted)
      this.#proof.push({ campaign: plan.id, kind: 'counter', count: 1, text });
  }

  /** Every thread of the workers has written down what it had counted until now; one that was killed is forgotten after a while. */
  async #allCounted(): Promise<void> {
    const redis = this.#connection();
    const [seconds] = await redis.time();
    const since = (Number(seconds) + 1) * 1_000;
    const late = Date.now() + COUNTED_MS_MAX;
    for (;;) {
      await sleep(200);
      const threads = await redis.zrange(new Keys('{sluice}').meterThreads(), 0, '-1', 'WITHSCORES');
      if (threads.every((score, index) => index % 2 === 0 || Number(score) > since)) break;
      if (Date.now() > late)
        throw new Error('some thread of the workers does not write down what it has counted');
    }
    // A scrape counts for a second.
    await sleep(1_100);
  }

  async judge(): Promise<ChaosResult> {
    const keys = new Keys('{sluice}');
    const campaigns = new Campaigns(this.#connection(), keys, systemClock);
    const mails = groupBy(readJudgement(this.#judgeFile), (mail) => mail.campaign);
    const rows = groupBy(readRows(this.#logFolder), (row) => row.campaign_id ?? '');
    const findings: Finding[] = [];
    let doubtful = 0;
    let people = 0;
    let accepted = 0;
    for (const plan of this.#plans) {
      const receipt = await campaigns.receipt(plan.id);
      const own = rows.get(plan.id) ?? [];
      doubtful += own.filter((row) => row.event_type === 'in_doubt').length;
      people += receipt?.counts.planned ?? 0;
      accepted += receipt?.counts.accepted ?? 0;
      const taken: readonly TakenMail[] = mails.get(plan.id) ?? [];
      findings.push(
        ...judgeCampaign(plan, receipt, own, taken, this.#areEventsWhole && this.#areEventsRead()),
      );
    }
    for (const { id } of this.#plans) findings.push(...(await this.#audit(id)));
    findings.push(...guardFindings(accepted, await new Guard(this.#connection(), keys).figures()));
    // A worker that is killed takes its last seconds with it, and never counts anybody twice.
    if (this.#counted > accepted) {
      const text = `the metrics have counted ${this.#counted} mails, and ${accepted} are accepted`;
      findings.push({ campaign: 'all', kind: 'counter', count: this.#counted - accepted, text });
    }
    const steered = this.#judgeDeeds([...mails.values()].flat());
    findings.push(...steered.findings, ...this.#proof, ...(this.#operators?.findings ?? []));
    const all = [...rows.values()].flat();
    const stats = await this.#stats();
    const summary = {
      seed: this.#options.seed,
      ...this.#done,
      campaigns: this.#plans.length,
      recipients: people,
      mails: [...mails.values()].flat().length,
      calls: stats.sends,
      expired: stats.expired,
      faults: stats.ailments,
      events: stats.events,
      eventsLost: stats.eventsLost,
      inDoubt: doubtful,
      resolvedBy: tally(
        all.filter((row) => row.event_type === 'resolved').map((row) => row.reason ?? 'event'),
      ),
      cancelledRecipients: all.filter((row) => row.event_type === 'cancelled').length,
      twice: total(findings, 'twice'),
      lost: total(findings, 'lost'),
      late: total(findings, 'late') + total(findings, 'suppressed'),
      ...(this.#operators
        ? { silences: steered.silences, spared: steered.spared, accepted, counted: this.#counted }
        : {}),
      unaccounted: findings.filter(({ kind }) => kind !== 'twice' && kind !== 'lost').length,
      drainedMs: this.#drainedMs,
    };
    writeFileSync(join(this.#options.folder, 'summary.json'), JSON.stringify({ summary, findings }, null, 1));
    return {
      findings,
      summary,
      kills: this.#done['kill'] ?? 0,
      mails: summary.mails,
      campaigns: this.#plans.length,
    };
  }

  #judgeDeeds(mails: readonly TakenMail[]): DeedJudgement {
    return judgeDeeds(this.#plans, [...this.#deeds, ...(this.#operators?.deeds ?? [])], mails, GRACE_MS);
  }

  /** What the program itself says of its books. */
  async #audit(id: string): Promise<Finding[]> {
    const { code, said } = await this.#cli(['audit', id]);
    return code === 0 ? [] : [{ campaign: id, kind: 'audit', count: 1, text: said }];
  }

  async end(): Promise<void> {
    for (const worker of this.#workers) worker.signal('SIGCONT');
    for (const worker of this.#workers) worker.signal('SIGKILL');
    await Promise.all(this.#workers.map((worker) => worker.gone(5_000)));
    await this.#operators?.end();
    this.#redis?.disconnect();
    this.#endEndpoint();
    await this.#redisServer.end('SIGTERM');
  }

  #blows(): Blow[] {
    const { seed, durationMs, workers, gapMs } = this.#options;
    return blowsOf(seed, durationMs, workers, gapMs);
  }

  async #strike(blow: Blow): Promise<void> {
    switch (blow.kind) {
      case 'kill':
      case 'terminate': {
        const worker = this.#workers[blow.worker];
        if (!worker || worker.isStopped) return;
        const isHit = worker.signal(blow.kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
        if (!isHit) return;
        this.#count(blow.kind);
        await worker.gone(15_000);
        await sleep(blow.awayMs);
        worker.start();
        return;
      }
      case 'stop': {
        const worker = this.#workers[blow.worker];
        if (!worker || worker.isStopped || !worker.signal('SIGSTOP')) return;
        this.#count('stop');
        await sleep(blow.forMs);
        worker.signal('SIGCONT');
        return;
      }
      case 'restart redis':
        if (this.#isRedisBusy) return;
        this.#isRedisBusy = true;
        await this.#redisServer.end(blow.signal);
        await sleep(blow.awayMs);
        await this.#redisServer.start();
        this.#isRedisBusy = false;
        this.#count(`redis ${blow.signal}`);
        return;
      case 'cut connections':
        await this.#connection().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        this.#count('cut connections');
        return;
      case 'forget scripts':
        await this.#connection().script('FLUSH');
        this.#count('forget scripts');
        return;
      case 'obliterate':
        await this.#forgetJobs();
        this.#count('obliterate');
        return;
      case 'pause': {
        const id = await this.#someCampaign(blow.chance);
        if (id === null || !(await this.#command('pause', id))) return;
        this.#count('pause');
        await sleep(blow.forMs);
        await this.#command('resume', id);
        return;
      }
      case 'cancel': {
        const id = await this.#someCampaign(blow.chance);
        if (id !== null && (await this.#command('cancel', id))) this.#count('cancel');
      }
    }
  }

  async #enqueue(): Promise<void> {
    if ((await this.#openCampaigns()).length + this.#enqueueing >= OPEN_MAX) return;
    this.#enqueueing += 1;
    try {
      await (await this.#sendNext(false)).sent;
    } finally {
      this.#enqueueing -= 1;
    }
  }

  /** The next campaign: by HTTP, or as a scheduler does that has Redis. */
  async #sendNext(
    isProof: boolean,
  ): Promise<{ readonly plan: CampaignPlan; readonly sent: Promise<unknown> }> {
    const { seed, recipients, folder } = this.#options;
    const number = this.#plans.length;
    const plan = campaignOf(seed, number, recipients, this.#areEventsWhole);
    this.#plans.push(plan);
    const csv = `email,name\n${plan.rows.map((row, index) => `${row},N${index}`).join('\n')}\n`;
    if (this.#operators && (isProof || number % 3 !== 2)) {
      const sent = this.#operators.enqueue(plan, inputOf(plan, ''), csv);
      if (isProof) await sent;
      return { plan, sent };
    }
    const path = join(folder, `${plan.id}.csv`);
    writeFileSync(path, csv);
    const sent = enqueueCampaign(inputOf(plan, path), { redis: this.#connection() });
    return { plan, sent };
  }

  /** What an operator would do about campaigns that wait for one: nobody is sent to again. */
  async #operate(): Promise<void> {
    const redis = this.#connection();
    const campaigns = new Campaigns(redis, new Keys('{sluice}'), systemClock);
    for (const id of await this.#openCampaigns()) {
      const campaign = await campaigns.look(id);
      if (!campaign?.held) {
        // Of a campaign that was cancelled nobody but its operator settles who is in doubt under `hold`.
        if (!campaign?.isEnding || campaign.inDoubt === 0 || campaign.doubt !== 'hold') continue;
      }
      // Evidence may come when all is quiet, and then nobody has to decide.
      if (campaign.doubt === 'auto' && Date.now() < this.#calmSince + AUTO_PATIENCE_MS) {
        if (!campaign.held || campaign.held.code === 'DOUBT') continue;
      }
      if (!campaign.held || campaign.held.code === 'DOUBT') {
        if ((await this.#cli(['resolve', id, '--drop', '--reason', 'chaos'])).code === 0) this.#resolved += 1;
        this.#done['resolve'] = this.#resolved;
      } else if (!campaign.isEnding) {
        await this.#resumeHeld(id);
        this.#count(`lift ${campaign.held.code}`);
      }
    }
  }

  async #resumeHeld(id: string): Promise<void> {
    const redis = this.#connection();
    const courier = new Courier(redis, '{sluice}');
    const keys = new Keys('{sluice}');
    const campaigns = new Campaigns(redis, keys, systemClock);
    const steering = new Steering({
      campaigns: campaigns,
      courier: courier,
      guard: new Guard(redis, keys),
      guardBook: new GuardBook(redis, keys, systemClock),
      canary: new CanaryBook(redis, keys, systemClock),
      clock: systemClock,
    });
    const sentAt = Date.now();
    await steering.resume(id, { by: 'chaos', reason: null }, true);
    this.#noteDeed('resume', id, sentAt, true);
    await courier.close();
  }

  async #command(verb: 'pause' | 'resume' | 'cancel', id: string): Promise<boolean> {
    const sentAt = Date.now();
    const { code } = await this.#cli([verb, id, '--reason', 'chaos']);
    this.#noteDeed(verb, id, sentAt, code === 0);
    return code === 0;
  }

  #noteDeed(verb: Deed['verb'], of: string, sentAt: number, isDone: boolean): void {
    this.#deeds.push({ verb, of, isOfSender: false, sentAt, endedAt: Date.now(), isDone });
  }

  #cli(args: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
    return runCommand([join(TREE, 'bin/sluice.js'), ...args], this.#environment);
  }

  /** All jobs of the batches queue, as an operator who obliterates it would. */
  async #forgetJobs(): Promise<void> {
    const redis = this.#connection();
    const keys = await redis.keys(`{sluice}:${BATCHES_QUEUE}:*`);
    const kept = new Set(['meta', 'events', 'marker'].map((name) => `{sluice}:${BATCHES_QUEUE}:${name}`));
    const gone = keys.filter((key) => !kept.has(key));
    if (gone.length > 0) await redis.del(...gone);
  }

  async #openCampaigns(): Promise<string[]> {
    return (await this.#connection().smembers(new Keys('{sluice}').open())).toSorted();
  }

  async #someCampaign(chance: number): Promise<string | null> {
    const open = await this.#openCampaigns();
    return open[Math.floor(chance * open.length)] ?? null;
  }

  async #stats() {
    const response = await fetch(`${this.#endpoint.url}/stats`);
    return z
      .object({
        sends: z.number(),
        expired: z.number(),
        ailments: z.record(z.string(), z.number()),
        events: z.number(),
        eventsLost: z.number(),
        eventsLeft: z.number(),
      })
      .parse(await response.json());
  }

  /** Whether this version reads SES's events at all. */
  #areEventsRead(): boolean {
    const said = readFileSync(join(this.#options.folder, 'worker-0.log'), 'utf8');
    return !said.includes('SLUICE_SQS_URL is set, and this version makes no use of it');
  }

  #connection(): Redis {
    if (!this.#redis) throw new Error('there is no Redis yet');
    return this.#redis;
  }

  #count(what: string): void {
    this.#done[what] = (this.#done[what] ?? 0) + 1;
  }

  #inBackground(work: Promise<void>): void {
    const tracked = work
      .catch((thrown: unknown) => this.#options.say(`chaos itself stumbled: ${String(thrown)}`))
      .finally(() => this.#busy.delete(tracked));
    this.#busy.add(tracked);
  }
}

const ACCEPTED = 'sluice_recipients_accepted_total';

function inputOf(plan: CampaignPlan, path: string): CampaignInput {
  return {
    id: plan.id,
    category: plan.category,
    sender: { from: `News <${SENDER}>` },
    content: {
      subject: 'Hello {{name}}',
      text: `A letter to {{name}}${plan.category === 'marketing' ? ' {{unsubscribeUrl}}' : ''}`,
    },
    audience: plan.isInline
      ? { kind: 'inline', recipients: plan.rows.map((email) => ({ email, data: { name: 'N' } })) }
      : { kind: 'csv', path, emailColumn: 'email' },
    doubt: plan.doubt,
    ...(plan.isOverride ? { sendToUnsubscribed: true, override: { by: 'chaos', reason: 'a run' } } : {}),
  };
}

function groupBy<T>(list: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}

/** What the guard has counted is what SES took, each mail once, whatever was killed and however often its events came. */
function guardFindings(accepted: number, figures: readonly GuardFigures[]): Finding[] {
  const sends = figures.reduce((sum, { week }) => sum + week.sends, 0);
  if (sends === accepted) return [];
  const text = `the guard has counted ${sends} mails, and ${accepted} are accepted`;
  return [{ campaign: 'all', kind: 'counter', count: Math.abs(sends - accepted), text }];
}

function total(findings: readonly Finding[], kind: Finding['kind']): number {
  return findings.filter((finding) => finding.kind === kind).reduce((sum, { count }) => sum + count, 0);
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
