import type { Clock } from '../core/clock.ts';
import type { Guard } from '../guard/guard.ts';
import type { Author } from './author.ts';
import type { Campaigns, OpenCampaign, Steered } from './campaigns.ts';
import type { CanaryBook } from './canary.ts';
import type { Courier } from './courier.ts';
import type { GuardBook } from './guard-book.ts';
import type { Hold } from './hold.ts';

export type SteerEnd =
  | { readonly kind: Steered }
  /** The cause of the hold still stands, and nobody said that it shall go on all the same. */
  | { readonly kind: 'stands'; readonly hold: Hold };

export interface SteeringParts {
  readonly campaigns: Campaigns;
  readonly courier: Courier;
  readonly guard: Pick<Guard, 'ask'>;
  readonly guardBook: Pick<GuardBook, 'lift'>;
  readonly canary: Pick<CanaryBook, 'judge' | 'pass'>;
  readonly clock: Clock;
}

/**
 * What operators do to a campaign, from any process. When one of these has resolved, it is so: after `pause` and `cancel`
 * no claim happens any more (calls that are in flight end), and after `resume` the work is back on the queue.
 */
export class Steering {
  readonly #campaigns: Campaigns;
  readonly #courier: Courier;
  readonly #guard: Pick<Guard, 'ask'>;
  readonly #guardBook: Pick<GuardBook, 'lift'>;
  readonly #canary: Pick<CanaryBook, 'judge' | 'pass'>;
  readonly #clock: Clock;

  constructor({ campaigns, courier, guard, guardBook, canary, clock }: SteeringParts) {
    this.#campaigns = campaigns;
    this.#courier = courier;
    this.#guard = guard;
    this.#guardBook = guardBook;
    this.#canary = canary;
    this.#clock = clock;
  }

  async pause(id: string, author: Author): Promise<SteerEnd> {
    const campaign = await this.#campaigns.look(id);
    if (!campaign) return { kind: 'missing' };
    return { kind: await this.#campaigns.pause(id, campaign.project, author) };
  }

  /** Lifts a pause and a hold. A hold whose cause still stands is only lifted by `override`. */
  async resume(id: string, author: Author, override: boolean): Promise<SteerEnd> {
    const campaign = await this.#campaigns.look(id);
    if (!campaign) return { kind: 'missing' };
    const { held } = campaign;
    if (!campaign.isEnding) {
      const stands = await this.#whatStands(campaign, author, override);
      if (stands) return { kind: 'stands', hold: stands };
    }
    const { project } = campaign;
    const lifted = held
      ? await this.#campaigns.release(id, project, author.reason ?? '', held, author.by)
      : false;
    const unpaused = await this.#campaigns.unpause(id, project, author);
    if (unpaused === 'ended' || unpaused === 'missing') return { kind: unpaused };
    // Also where nothing was to be lifted: a job that got lost comes back so.
    await this.#courier.plan(id, campaign.category, campaign.epoch);
    return { kind: lifted || unpaused === 'changed' ? 'changed' : 'same' };
  }

  async cancel(id: string, author: Author): Promise<SteerEnd> {
    const campaign = await this.#campaigns.look(id);
    if (!campaign) return { kind: 'missing' };
    const end = await this.#campaigns.cancel(id, campaign.project, author);
    // Each batch that is outstanding finds that the campaign is over, and accounts for its recipients.
    await this.#courier.batches(id, campaign.category, await this.#campaigns.outstanding(id));
    return { kind: end };
  }

  /** What keeps the campaign from going on: known to be so still, and not overridden. Who has mended something need not prove it. */
  async #whatStands(campaign: OpenCampaign, author: Author, override: boolean): Promise<Hold | null> {
    const { id, held, inDoubt } = campaign;
    // Whatever the campaign was held or paused for: the guard has its say. What is overridden is on record, rule by rule.
    for (let finding = await this.#guard.ask(id); finding; finding = await this.#guard.ask(id)) {
      if (!override) return { code: GUARD_HOLD, reason: finding.said, until: null, about: {} };
      await this.#guardBook.lift(campaign, finding, author);
    }
    if (!held) return null;
    if (held.code === 'CANARY') return this.#whatTheCanarySays(campaign, held, author, override);
    if (override) return null;
    const stands = held.code === 'DOUBT' ? inDoubt > 0 : (held.until ?? 0) > this.#clock.now();
    return stands ? held : null;
  }

  /** A limit may have been raised, or events have come in since. What is overridden is on record. */
  async #whatTheCanarySays(
    campaign: OpenCampaign,
    held: Hold,
    author: Author,
    override: boolean,
  ): Promise<Hold | null> {
    const stand = await this.#canary.judge(campaign);
    if (stand?.verdict.kind !== 'hold') return null;
    if (!override) return { ...held, reason: stand.verdict.reason };
    await this.#canary.pass(campaign, stand.upTo, author);
    return null;
  }
}

/** Why the guard holds a campaign (guard/judge.lua). */
const GUARD_HOLD = 'GUARD';
