import {
  ListSuppressedDestinationsCommand,
  PutSuppressedDestinationCommand,
  type SuppressionListReason,
} from '@aws-sdk/client-sesv2';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { AccountList, ListedAddress, PutAnswer, SharedReason } from '../suppression/account-list.ts';
import { nameOf, SesCaller } from './ses-caller.ts';
import type { SesAccess } from './ses-client.ts';

/** What SES takes at the most. */
const PAGE_ADDRESSES = 1_000;

const REASONS: Readonly<Record<SharedReason, SuppressionListReason>> = {
  bounced: 'BOUNCE',
  complained: 'COMPLAINT',
};

export interface SesSuppressionOptions extends SesAccess {
  readonly clock: Clock;
}

/** SES's account-level suppression list, by way of the SDK. @throws Fault SES_SUPPRESSION from whatever asks SES */
export class SesSuppressionList implements AccountList {
  readonly #ses: SesCaller;

  constructor(options: SesSuppressionOptions) {
    this.#ses = new SesCaller({ ...options, code: 'SES_SUPPRESSION' });
  }

  async *pages(): AsyncIterable<readonly ListedAddress[]> {
    let token: string | undefined;
    do {
      const command = new ListSuppressedDestinationsCommand({ PageSize: PAGE_ADDRESSES, NextToken: token });
      const page = await this.#ses.call('ses:ListSuppressedDestinations', () =>
        this.#ses.client.send(command),
      );
      // A page may be empty and not the last.
      yield (page.SuppressedDestinationSummaries ?? []).map((summary) => ({
        address: summary.EmailAddress ?? '',
        reason: reasonOf(summary.Reason),
        at: summary.LastUpdateTime?.getTime() ?? null,
      }));
      token = page.NextToken;
    } while (token);
  }

  put(wire: string, reason: SharedReason): Promise<PutAnswer> {
    const command = new PutSuppressedDestinationCommand({ EmailAddress: wire, Reason: REASONS[reason] });
    return this.#ses.call('ses:PutSuppressedDestination', async (): Promise<PutAnswer> => {
      try {
        await this.#ses.client.send(command);
        return { kind: 'put' };
      } catch (thrown) {
        if (nameOf(thrown) !== 'BadRequestException') throw thrown;
        return { kind: 'refused', why: messageOf(thrown) };
      }
    });
  }

  close(): void {
    this.#ses.close();
  }
}

function reasonOf(said: string | undefined): SharedReason | null {
  switch (said) {
    case REASONS.bounced:
      return 'bounced';
    case REASONS.complained:
      return 'complained';
    default:
      return null;
  }
}
