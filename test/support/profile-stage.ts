import { DuplicateFilter } from '../../src/audience/filter.ts';
import { openAudience } from '../../src/audience/open.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Keys } from '../../src/core/keys.ts';
import { type Profile, ProfileBook } from '../../src/identity/profile.ts';
import { ProjectBook } from '../../src/identity/project.ts';
import { decodeBlock } from '../../src/log/block.ts';
import { type Campaign, type CampaignInput, parseCampaign } from '../../src/queue/campaign.ts';
import { Campaigns } from '../../src/queue/campaigns.ts';
import { Mailings } from '../../src/queue/mailings.ts';
import { PlanBook } from '../../src/queue/plan-book.ts';
import { Planner } from '../../src/queue/planner.ts';
import { prepareMailing } from '../../src/queue/prepare.ts';
import { Settings } from '../../src/queue/settings.ts';
import { Deliverer, type Delivery } from '../../src/send/deliver.ts';
import { Permits } from '../../src/send/permits.ts';
import { Strategy } from '../../src/send/strategy.ts';
import { createSealer } from '../../src/send/token.ts';
import type { BulkAnswer, BulkCall, SesTransport } from '../../src/send/transport.ts';
import { unsubscribeLinks } from '../../src/send/unsubscribe.ts';
import { newLedger } from './ledger.ts';
import { silentLogger } from './logger.ts';
import { pacing } from './pacing.ts';
import type { useRedis } from './redis.ts';

export const NEWS: Profile = {
  name: 'news',
  from: 'Example News <news@example.com>',
  replyTo: ['help@example.com'],
  unsubscribe: 'sluice',
  oneClick: true,
};

/** An SES that takes every mail; a test may do something in the middle of a call. */
class NotingSes implements SesTransport {
  readonly calls: BulkCall[] = [];
  onCall: (call: BulkCall) => Promise<void> = async () => {};

  async sendBulk(call: BulkCall): Promise<BulkAnswer> {
    this.calls.push(call);
    await this.onCall(call);
    const results = call.entries.map(({ to }) => ({ status: 'SUCCESS', error: null, messageId: `id-${to}` }));
    return { kind: 'results', results };
  }

  sendSingle(): Promise<never> {
    throw new Error('this SES is asked by bulk calls only');
  }

  account(): Promise<never> {
    throw new Error('this SES says nothing of its account');
  }

  async close() {}
}

let claims = 0;

/** Campaigns with a profile, and everything that is theirs, in this process. Batches go out when a test says so. */
export class ProfileStage {
  readonly keys = new Keys('{test}');
  readonly ses = new NotingSes();
  readonly campaigns: Campaigns;
  readonly profiles: ProfileBook;
  readonly settings: Settings;
  readonly #mailings: Mailings;
  readonly #server: ReturnType<typeof useRedis>;

  constructor(server: ReturnType<typeof useRedis>) {
    const { redis } = server;
    this.#server = server;
    this.campaigns = new Campaigns(redis, this.keys, systemClock);
    this.profiles = new ProfileBook(redis, this.keys);
    this.settings = new Settings(new ProjectBook(redis, this.keys), this.profiles, systemClock);
    this.#mailings = new Mailings(this.campaigns, new ProfileBook(redis, this.keys));
  }

  async set(change: Partial<Profile> = {}): Promise<void> {
    await this.settings.profile({ ...NEWS, ...change }, { by: 'test', reason: null });
  }

  /** Accepts a campaign and plans all of it, under what its profile says now. */
  async begin(campaign: Campaign): Promise<void> {
    const { redis } = this.#server;
    const { sender, audience, id } = campaign;
    const prepared = prepareMailing(campaign, await this.profiles.get(sender.profile ?? ''));
    if (prepared.kind === 'problems') throw new Error(prepared.problems.join());
    if (audience.kind === 'bigquery') throw new Error('no such audience here');
    await this.campaigns.accept(campaign, prepared.mailing.sender);
    const book = new PlanBook(redis, this.keys, systemClock);
    const start = await book.begin(id, 'default');
    if (start.kind !== 'plan') throw new Error(`there is nothing to plan: ${start.kind}`);
    const parts = {
      book,
      clock: systemClock,
      dispatch: async () => {},
      allowance: () => ({ window: 1_000, jobBatches: 2, perSecond: 100_000 }),
      mayStay: () => true,
      backlogMax: 1_000,
      peopleMax: Number.POSITIVE_INFINITY,
    };
    const planner = new Planner(parts, prepared.mailing, start, new DuplicateFilter());
    const end = await planner.run(openAudience(audience), new AbortController().signal);
    if (end !== 'planned') throw new Error(`the plan ended as ${end}`);
  }

  /** All batches that are outstanding, as one job. */
  async send(id: string, linked = true): Promise<Delivery> {
    const sendable = await this.#mailings.of(id);
    if (!sendable) throw new Error('nobody knows the campaign');
    const batches = await this.campaigns.outstanding(id);
    return this.#deliverer(linked).deliver(id, batches, sendable.next, new AbortController().signal);
  }

  counter(id: string, name: string): Promise<number> {
    return this.#server.redis.hget(this.keys.campaign(id), name).then(Number);
  }

  async events() {
    const entries = await this.#server.redis.xrangeBuffer(this.keys.outbox(), '-', '+');
    return entries.flatMap(([, fields]) => {
      const { common, events } = decodeBlock(fields[1] ?? Buffer.alloc(0));
      return events.map((event) => ({ ...common, ...event }));
    });
  }

  #deliverer(linked: boolean): Deliverer {
    const { redis } = this.#server;
    const sealer = createSealer(['a secret that is long enough for anybody']);
    return new Deliverer({
      ledger: newLedger(redis, this.keys, 100_000),
      ...pacing(redis, this.keys, () => 100_000),
      transport: this.ses,
      strategy: new Strategy('bulk', systemClock),
      claims: new Permits(20),
      clock: systemClock,
      logger: silentLogger,
      random: () => 0.5,
      claimNumber: () => {
        claims += 1;
        return `w-${claims}-abc`;
      },
      links: linked ? unsubscribeLinks('https://mail.example.com', sealer) : null,
    });
  }
}

export const people = (count: number) =>
  Array.from({ length: count }, (_unused, index) => ({
    email: `p${index}@example.com`,
    data: { name: `N${index}`, customer_id: `c/${index}`, shop: 's' },
  }));

/** A marketing campaign of the profile `news`. Fifty recipients are a batch. */
export function campaignOf(
  recipients: readonly { readonly email: string; readonly data?: Readonly<Record<string, string>> }[],
  change: Partial<CampaignInput> = {},
): Campaign {
  const parsed = parseCampaign({
    id: 'autumn',
    sender: { profile: 'news' },
    content: {
      subject: 'Hello {{name}}',
      html: '<a href="{{unsubscribeUrl}}">stop</a>',
      text: 'stop: {{unsubscribeUrl}}',
    },
    audience: { kind: 'inline', recipients },
    ...change,
  });
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join());
  return parsed.campaign;
}
