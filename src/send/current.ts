import type { HoldRequest, Outgoing, OutgoingSource } from './deliver.ts';
import type { BatchRef } from './ledger.ts';
import type { Mailing } from './mailing.ts';
import type { UnsubscribeLinks } from './unsubscribe.ts';

/** Marketing mail never leaves without its unsubscribe link. */
const NO_LINKS: HoldRequest = {
  code: 'CONFIGURATION',
  reason:
    'a worker that sends has no SLUICE_PUBLIC_URL or SLUICE_SECRET, and so no unsubscribe links: set them for all workers',
  until: null,
};

/** As what the batches of a job go out: as it was read last, and it is read again before each claim. */
export class Current {
  readonly #source: OutgoingSource;
  readonly #links: UnsubscribeLinks | null;
  #outgoing: Outgoing;

  private constructor(source: OutgoingSource, links: UnsubscribeLinks | null, outgoing: Outgoing) {
    this.#source = source;
    this.#links = links;
    this.#outgoing = outgoing;
  }

  /** @param links of this installation; null where it can't make any */
  static async read(source: OutgoingSource, links: UnsubscribeLinks | null): Promise<Current> {
    return new Current(source, links, await source());
  }

  get mailing(): Mailing {
    return this.#outgoing.mailing;
  }

  /** A batch of the job, with whose it is at this moment. */
  ref(batch: number): BatchRef {
    const { campaign, project, sender } = this.mailing;
    return { campaign, project, batch, sender };
  }

  /** Why nobody may be claimed now; null where nothing is in the way. */
  get obstacle(): HoldRequest | null {
    const { mailing, obstacle } = this.#outgoing;
    return obstacle ?? (mailing.unsubscribe.kind === 'sluice' && !this.#links ? NO_LINKS : null);
  }

  async refresh(): Promise<void> {
    this.#outgoing = await this.#source();
  }
}
