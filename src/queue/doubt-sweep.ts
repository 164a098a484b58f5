import type { Logger } from '../core/logger.ts';
import { type DoubtBook, type Evidence, provesUnsent } from '../send/doubt.ts';
import type { Campaigns, OpenCampaign } from './campaigns.ts';
import type { Courier } from './courier.ts';

export interface DoubtSweepParts {
  readonly campaigns: Campaigns;
  readonly doubt: DoubtBook;
  readonly courier: Courier;
  readonly logger: Logger;
  /** How long an entry in doubt waits for an event of SES's before its campaign's policy decides. */
  readonly doubtMs: number;
}

export type DoubtDecision = 'resend' | 'drop' | 'wait';

/**
 * What becomes of entries that have been in doubt for long enough. Pure.
 *
 *   hold     an operator decides
 *   drop     they count as dropped
 *   resend   they are sent again, and may get the mail twice: the scheduler wanted it so
 *   auto     they are sent again where it is known that SES did not take the mail, else an operator decides
 *
 * A campaign that is over sends to nobody more: what `auto` and `resend` would send again is dropped then.
 */
export function decideDoubt(
  policy: OpenCampaign['doubt'],
  isEnding: boolean,
  isProvedUnsent: boolean,
): DoubtDecision {
  switch (policy) {
    case 'hold':
      return 'wait';
    case 'drop':
      return 'drop';
    case 'resend':
      return isEnding ? 'drop' : 'resend';
    case 'auto':
      if (isEnding) return 'drop';
      return isProvedUnsent ? 'resend' : 'wait';
  }
}

/** Applies the doubt policy of a campaign to its entries in doubt. */
export class DoubtSweep {
  readonly #parts: DoubtSweepParts;

  constructor(parts: DoubtSweepParts) {
    this.#parts = parts;
  }

  async sweep(campaign: OpenCampaign): Promise<void> {
    await this.#release(campaign);
    if (campaign.inDoubt === 0) return;
    const { doubt, doubtMs } = this.#parts;
    let waiting = 0;
    for (const batch of await doubt.ripeBatches(campaign.id, doubtMs)) {
      waiting += (await this.#decide(campaign, batch)) === 'wait' ? 1 : 0;
    }
    if (waiting > 0) await this.#hold(campaign);
  }

  async #decide(campaign: OpenCampaign, batch: number): Promise<DoubtDecision> {
    const { doubt, doubtMs, courier, logger } = this.#parts;
    const proof = needsProof(campaign) ? await this.#prove(campaign, batch) : NO_PROOF;
    const decision = decideDoubt(campaign.doubt, campaign.isEnding, proof.isUnsent);
    if (decision === 'wait') return decision;
    const grounds = {
      policy: campaign.doubt,
      ...(proof.evidence.length > 0 ? { evidence: proof.evidence } : {}),
    };
    const { resolved } = await doubt.resolve(campaign, batch, decision, doubtMs, grounds);
    if (resolved > 0) {
      logger.info('entries in doubt are resolved', { campaign: campaign.id, batch, decision, resolved });
    }
    if (decision === 'resend') await courier.batches(campaign.id, campaign.category, [batch]);
    return decision;
  }

  /** All claims of the batch that are in doubt must be proved: their calls may lie minutes apart. */
  async #prove(campaign: OpenCampaign, batch: number): Promise<Proof> {
    const { doubt, doubtMs } = this.#parts;
    const times = await doubt.claimTimes(campaign.id, batch);
    const evidence = await Promise.all(times.map((claimedAt) => doubt.evidence(claimedAt)));
    const isUnsent = evidence.every((one, index) => provesUnsent(one, times[index] ?? 0, doubtMs));
    return { isUnsent: isUnsent && times.length > 0, evidence };
  }

  /** What a campaign was held for may pass: evidence comes late, and so does an answer that puts entries back. */
  async #release({ id, project, held, inDoubt, pending }: OpenCampaign): Promise<void> {
    if (held?.code !== 'DOUBT' || (inDoubt > 0 && pending === 0)) return;
    if (await this.#parts.campaigns.release(id, project, 'somebody is to be sent to again', held)) {
      this.#parts.logger.info('a campaign that was held for doubt goes on', { campaign: id });
    }
  }

  /** Others of the campaign are not kept waiting: it is held when nothing but doubt is left. */
  async #hold(campaign: OpenCampaign): Promise<void> {
    // Whoever waits for a canary would wait for ever while somebody of it is in doubt.
    const isOut = campaign.isPlanned || campaign.waitsForCanary;
    if (campaign.pending > 0 || !isOut || campaign.isEnding || campaign.held) return;
    const reason =
      `${campaign.inDoubt} recipients are in doubt: a call to SES had no answer, and no event has told since whether it was taken. ` +
      `Look at them with \`sluice why\`, then decide with \`sluice resolve ${campaign.id} --resend|--drop\``;
    await this.#parts.campaigns.hold(campaign.id, campaign.project, {
      code: 'DOUBT',
      reason,
      about: { count: campaign.inDoubt },
      until: null,
    });
    this.#parts.logger.warn('a campaign is held', {
      campaign: campaign.id,
      code: 'DOUBT',
      inDoubt: campaign.inDoubt,
    });
  }
}

interface Proof {
  readonly isUnsent: boolean;
  readonly evidence: readonly Evidence[];
}

const NO_PROOF: Proof = { isUnsent: false, evidence: [] };

/** Only `auto` asks for evidence, and only while the campaign may still send. */
function needsProof({ doubt, isEnding }: OpenCampaign): boolean {
  return doubt === 'auto' && !isEnding;
}
