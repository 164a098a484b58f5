import type { Profile, ProfileBook } from '../identity/profile.ts';
import type { Outgoing, OutgoingSource } from '../send/deliver.ts';
import type { Campaign } from './campaign.ts';
import type { Campaigns } from './campaigns.ts';
import { outgoingOf } from './outgoing.ts';
import { type Draft, prepareDraft, prepareMailing } from './prepare.ts';

/** A campaign that is being sent. */
export interface Sendable {
  readonly project: string;
  readonly next: OutgoingSource;
}

/** Compiled campaigns that a process keeps: more than run at a time. */
const CAMPAIGNS_MAX = 64;

/**
 * The campaigns that a process sends. Each is compiled once, since its definition never changes; the profile that it names, if it
 * names one, is read again whenever somebody is to be claimed.
 */
export class Mailings {
  readonly #campaigns: Campaigns;
  readonly #profiles: Pick<ProfileBook, 'get'>;
  readonly #known = new Map<string, Promise<Sendable | null>>();

  constructor(campaigns: Campaigns, profiles: Pick<ProfileBook, 'get'>) {
    this.#campaigns = campaigns;
    this.#profiles = profiles;
  }

  /** Null where the campaign is over, or nobody knows it. */
  async of(campaign: string): Promise<Sendable | null> {
    const known = this.#known.get(campaign);
    if (known) return known;
    const loading = this.#load(campaign);
    this.#known.set(campaign, loading);
    const oldest = this.#known.keys().next();
    if (this.#known.size > CAMPAIGNS_MAX && !oldest.done) this.#known.delete(oldest.value);
    try {
      const sendable = await loading;
      if (!sendable) this.#known.delete(campaign);
      return sendable;
    } catch (thrown) {
      this.#known.delete(campaign);
      throw thrown;
    }
  }

  async #load(id: string): Promise<Sendable | null> {
    const campaign = await this.#campaigns.definition(id);
    if (!campaign) return null;
    const { project, sender } = campaign;
    if (sender.profile === undefined) {
      const prepared = prepareMailing(campaign);
      if (prepared.kind === 'problems') return null;
      // A campaign of an earlier version has none on record, and the guard looks for it there.
      if ((await this.#campaigns.sender(id)) === '')
        await this.#campaigns.noteSender(id, prepared.mailing.sender);
      const outgoing: Outgoing = { mailing: prepared.mailing, obstacle: null };
      return { project, next: () => outgoing };
    }
    const drafted = prepareDraft(campaign);
    if (drafted.kind === 'problems') return null;
    return { project, next: this.#fresh(campaign, drafted.draft, sender.profile) };
  }

  /** Nearly always the profile says what it said the last time, and then nothing is made anew. */
  #fresh(campaign: Campaign, draft: Draft, name: string): OutgoingSource {
    let last: { readonly profile: Profile | null; readonly outgoing: Outgoing } | null = null;
    return async () => {
      // In one round trip. Another worker may have written the sender of a moment ago over that of now, so it is looked at each time.
      const [profile, noted] = await Promise.all([
        this.#profiles.get(name),
        this.#campaigns.sender(campaign.id),
      ]);
      if (!last || last.profile !== profile || profile === null)
        last = { profile, outgoing: outgoingOf(campaign, draft, profile, noted) };
      const { outgoing } = last;
      const { sender } = outgoing.mailing;
      if (!outgoing.obstacle && sender !== noted) await this.#campaigns.noteSender(campaign.id, sender);
      return outgoing;
    };
  }
}
