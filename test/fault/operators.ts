import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceClient, SluiceError } from '../../src/client/index.ts';
import type { CampaignInput } from '../../src/queue/campaign.ts';
import { isOver, type Receipt } from '../../src/queue/receipt.ts';
import type { Deed } from './deeds.ts';
import { type CampaignPlan, SENDER } from './plan.ts';
import { TREE, Victim } from './process.ts';
import { between, pick, randomFor } from './random.ts';
import type { Finding } from './verdict.ts';

/*
 * People who steer over HTTP while the server that they ask is killed and started again: several of them, and often the same campaign at
 * the same time. What they were told, and when, is kept for the judge (deeds.ts).
 */

export interface OperatorsOptions {
  readonly seed: number;
  readonly folder: string;
  /** What the workers have. */
  readonly environment: Readonly<Record<string, string>>;
  readonly plans: readonly CampaignPlan[];
  readonly openCampaigns: () => Promise<readonly string[]>;
  /** As a scheduler does that has Redis. */
  readonly enqueue: (input: CampaignInput) => Promise<unknown>;
  readonly count: (what: string) => void;
}

const TOKEN = 'the-token-of-a-chaos-run-0123456789abcdef';
/** Longer than Redis is ever away, so that nobody gives up what still happens. */
const TIMEOUT_MS = 20_000;
/** What was asked without an answer may still happen, if the server lives. */
const UNKNOWN_MS = 10_000;
const PEOPLE_MAX = 20;
const START_MS_MAX = 60_000;
/** Many lives of the server: whoever has no answer by then has none because nothing answers. */
const INSIST_MS_MAX = 120_000;

type Act =
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'suppress'
  | 'lift'
  | 'import'
  | 'resolve'
  | 'look'
  | 'remove list'
  | 'other content';
const ACTS: readonly (readonly [number, Act])[] = [
  [6, 'pause'],
  [2, 'resume'],
  [1, 'cancel'],
  [8, 'suppress'],
  [3, 'lift'],
  [3, 'import'],
  [2, 'resolve'],
  [6, 'look'],
  [3, 'remove list'],
  [2, 'other content'],
];

export class Operators {
  readonly deeds: Deed[] = [];
  readonly findings: Finding[] = [];
  readonly #options: OperatorsOptions;
  readonly #followed: { readonly id: string; readonly end: Promise<Receipt | string> }[] = [];
  readonly #accepted = new Set<string>();
  readonly #inputs = new Map<string, CampaignInput>();
  readonly #gone = new AbortController();
  #url = '';
  #server: Victim | null = null;

  constructor(options: OperatorsOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { environment, folder } = this.#options;
    const port = await freePort();
    this.#url = `http://127.0.0.1:${port}`;
    const settings = { ...environment, SLUICE_PORT: `${port}`, SLUICE_API_TOKEN: TOKEN };
    this.#server = new Victim([join(TREE, 'bin/sluice.js'), 'serve'], settings, join(folder, 'server.log'));
    this.#server.start();
    await this.#serves(Date.now() + START_MS_MAX);
  }

  /** The server has no peace either. */
  async haunt(until: number): Promise<void> {
    const random = randomFor(this.#options.seed, 'server', 0);
    for (await this.#serves(until); Date.now() < until; await this.#serves(until)) {
      await sleep(between(random, 3_000, 9_000));
      const isKill = random() < 0.8;
      if (!this.#server?.signal(isKill ? 'SIGKILL' : 'SIGTERM')) continue;
      this.#options.count(isKill ? 'server kill' : 'server terminate');
      await this.#server.gone(15_000);
      await sleep(between(random, 0, 600));
      this.#server.start();
    }
  }

  async #serves(until: number): Promise<void> {
    while (Date.now() < until && !(await fetch(`${this.#url}/healthz`).catch(() => null))?.ok)
      await sleep(100);
  }

  /** One of them, until the time is over. */
  async act(operator: number, until: number): Promise<void> {
    const random = randomFor(this.#options.seed, 'operator', operator);
    for (await this.#serves(until); Date.now() < until; await sleep(between(random, 200, 1_200))) {
      const act = pick(random, ACTS);
      const [chance, size] = [random(), random()];
      await this.#do(act, chance, size);
    }
  }

  /** Two ask for the same at the same time, a third goes by the queue, and all ask again until they are told that it is in. */
  async enqueue(plan: CampaignPlan, input: CampaignInput, csv: string): Promise<void> {
    const audience = plan.isInline ? input.audience : await this.#upload(plan, csv);
    const campaign = { ...input, audience };
    this.#inputs.set(plan.id, campaign);
    const byHttp = () => this.#client().campaigns.send(campaign);
    const byQueue = () => this.#options.enqueue(campaign);
    const ends = await Promise.all([byHttp, byHttp, byQueue].map((ask) => this.#insist<unknown>(ask)));
    if (ends.some((end) => end === null)) this.#note(plan.id, 'lost', 'was refused when it was sent');
    this.#accepted.add(plan.id);
    this.#followed.push({ id: plan.id, end: this.#follow(plan.id) });
  }

  /** In calm: what they have paused goes on. */
  async resumeAll(): Promise<void> {
    this.#server?.start();
    for (const id of await this.#options.openCampaigns()) {
      // A server that has just been started may not be there yet.
      const receipt = await this.#client().campaigns.get(id).catch(ofHttp);
      if (receipt && receipt.state === 'paused') await this.#steer('resume', id);
    }
  }

  /** Every one who followed a campaign has seen its end, over whatever connections. */
  async judgeFollowers(): Promise<void> {
    const late = sleep(10_000, 'it is still followed');
    for (const { id, end } of this.#followed) {
      const last = await Promise.race([end, late]);
      if (typeof last === 'string')
        this.#note(id, 'answer', `its end was not told to who follows it: ${last}`);
      else if (!isOver(last.state)) this.#note(id, 'answer', `who follows it was told ${last.state} at last`);
    }
  }

  /** The sum of a counter, over all its labels. */
  async counter(name: string): Promise<number> {
    const response = await fetch(`${this.#url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const lines = (await response.text()).split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async end(): Promise<void> {
    this.#gone.abort();
    this.#server?.signal('SIGKILL');
    await this.#server?.gone(5_000);
  }

  async #do(act: Act, chance: number, size: number): Promise<void> {
    switch (act) {
      case 'pause':
      case 'resume':
      case 'cancel': {
        const id = await this.#someCampaign(chance);
        if (id === null || (act === 'cancel' && size < 0.5)) return;
        await this.#steer(act, id);
        if (act !== 'pause' || size < 0.2) return;
        await sleep(between(() => size, 1_000, 8_000));
        await this.#steer('resume', id);
        return;
      }
      case 'suppress':
      case 'import':
        return this.#suppress(act === 'import', chance, size);
      case 'lift':
        return this.#lift(chance);
      case 'resolve': {
        const id = await this.#someCampaign(chance);
        if (id === null) return;
        await this.#client()
          .campaigns.resolve(id, { resolution: 'drop', by: 'chaos', reason: 'chaos' })
          .catch(ofHttp);
        return;
      }
      case 'look':
        return this.#look(chance);
      case 'remove list':
        return this.#removeList(chance);
      case 'other content':
        return this.#sendOther(chance);
    }
  }

  async #steer(verb: 'pause' | 'resume' | 'cancel', id: string): Promise<void> {
    const { campaigns } = this.#client();
    await this.#deed([{ verb, of: id, isOfSender: false }], () =>
      campaigns[verb](id, { by: 'chaos', reason: 'chaos' }),
    );
  }

  /** People at the end of a list, whose turn has not come yet. */
  async #suppress(isImport: boolean, chance: number, size: number): Promise<void> {
    const plan = await this.#somePlan(chance);
    if (!plan) return;
    const all = [...plan.people].filter((person) => /^p\d/.test(person));
    const first = Math.floor(all.length * (0.2 + 0.7 * size));
    const people = all.slice(first, first + 1 + Math.floor(size * PEOPLE_MAX));
    const isOfSender = chance < 0.4;
    const target = isOfSender ? { sender: SENDER } : ({ reason: 'blocked' } as const);
    const { suppression } = this.#client();
    const deeds = people.map((of) => ({ verb: 'suppress' as const, of, isOfSender }));
    await this.#deed(deeds, () =>
      isImport
        ? suppression.importCsv(`email\n${people.join('\n')}\n`, target)
        : suppression.add(people, target),
    );
    if (people.length > 0) this.#options.count(isImport ? 'import' : 'suppress');
  }

  async #lift(chance: number): Promise<void> {
    const known = this.deeds.filter(({ verb }) => verb === 'suppress');
    const one = known[Math.floor(chance * known.length)];
    if (!one) return;
    const { of, isOfSender } = one;
    const target = isOfSender ? { sender: SENDER } : ({ reason: 'blocked' } as const);
    await this.#deed([{ verb: 'lift', of, isOfSender }], () =>
      this.#client().suppression.remove([of], target),
    );
  }

  async #look(chance: number): Promise<void> {
    const id = await this.#someCampaign(chance);
    const client = this.#client();
    await client.overview().catch(ofHttp);
    if (id === null) return;
    await Promise.all([
      client.campaigns.details(id).catch(ofHttp),
      client.campaigns.timeline(id).catch(ofHttp),
      client.campaigns.course(id).catch(ofHttp),
    ]);
  }

  /** A list that is read stays, and is not written over. */
  async #removeList(chance: number): Promise<void> {
    const plan = await this.#somePlan(chance);
    if (!plan || plan.isInline || !this.#accepted.has(plan.id)) return;
    const { audiences } = this.#client();
    const name = `${plan.id}.csv`;
    const asked =
      chance < 0.5 ? audiences.remove(name) : audiences.upload(name, 'email\nstranger@example.org\n');
    const isDone = await asked.then(() => true, ofHttp);
    if (isDone === true && (await this.#options.openCampaigns()).includes(plan.id))
      this.#note(plan.id, 'answer', 'its list was removed or written over while it was read');
    if (isDone === true) this.#options.count('removed list');
  }

  /** An id means one campaign for ever. */
  async #sendOther(chance: number): Promise<void> {
    const plan = await this.#somePlan(chance);
    const input = plan && this.#inputs.get(plan.id);
    if (!plan || !input || !this.#accepted.has(plan.id)) return;
    const other = { ...input, content: { ...input.content, subject: 'Something else' } };
    const answer = await this.#client().campaigns.send(other).catch(ofHttp);
    if (answer !== null && typeof answer === 'object')
      this.#note(plan.id, 'answer', `other content under its id was answered with ${answer.kind}`);
  }

  async #upload(plan: CampaignPlan, csv: string): Promise<CampaignInput['audience']> {
    const stored = await this.#insist(() => this.#client().audiences.upload(`${plan.id}.csv`, csv));
    if (!stored) throw new Error(`the list of ${plan.id} was refused`);
    return { kind: 'csv', path: stored.path, emailColumn: 'email' };
  }

  async #follow(id: string): Promise<Receipt | string> {
    for (;;) {
      try {
        return await this.#client().campaigns.waitFor(id, { signal: this.#gone.signal });
      } catch (thrown) {
        if (this.#gone.signal.aborted) return 'the run is over';
        if (thrown instanceof SluiceError && thrown.status !== null && thrown.status < 500)
          return thrown.message;
        await sleep(500);
      }
    }
  }

  /** Notes what was asked and answered. What got no answer may still happen for a while. */
  async #deed(
    of: readonly Pick<Deed, 'verb' | 'of' | 'isOfSender'>[],
    ask: () => Promise<unknown>,
  ): Promise<void> {
    const sentAt = Date.now();
    const isDone = await ask().then(() => true, ofHttp);
    const endedAt = Date.now() + (isDone === null ? UNKNOWN_MS : 0);
    for (const one of of) this.deeds.push({ ...one, sentAt, endedAt, isDone: isDone === true });
    if (of[0] && isDone === true) this.#options.count(`http ${of[0].verb}`);
  }

  /** Until there is an answer; null where it is a refusal. */
  async #insist<T>(ask: () => Promise<T>): Promise<T | null> {
    const late = Date.now() + INSIST_MS_MAX;
    for (;;) {
      try {
        return await ask();
      } catch (thrown) {
        if (!(thrown instanceof SluiceError)) throw thrown;
        if (thrown.status !== null && thrown.status < 500) return null;
        if (Date.now() > late) throw new Error('nobody answers any more', { cause: thrown });
        this.#options.count('asked again');
        await sleep(200);
      }
    }
  }

  #client(): SluiceClient {
    return new SluiceClient({ url: this.#url, token: TOKEN, timeoutMs: TIMEOUT_MS });
  }

  #note(campaign: string, kind: Finding['kind'], text: string): void {
    this.findings.push({ campaign, kind, count: 1, text });
  }

  async #someCampaign(chance: number): Promise<string | null> {
    const open = await this.#options.openCampaigns();
    return open[Math.floor(chance * open.length)] ?? null;
  }

  async #somePlan(chance: number): Promise<CampaignPlan | null> {
    const id = await this.#someCampaign(chance);
    return this.#options.plans.find((plan) => plan.id === id) ?? null;
  }
}

/** False: it was refused, and nothing happened; null: nobody knows. */
function ofHttp(thrown: unknown): false | null {
  if (!(thrown instanceof SluiceError)) throw thrown;
  return thrown.status !== null && thrown.status < 500 ? false : null;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address ? address.port : 0;
}
