import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { AccountBoard } from './account-board.ts';
import type { SesAccount, SesTransport } from './transport.ts';

/** How often SES is asked for the account's limits: it raises and lowers them without telling anybody. */
const REFRESH_MS = 60_000;
/** How soon it is asked again when it could not be asked. */
const RETRY_MS = 5_000;
/** What a new SES account may send; used until SES has answered, where the settings set no limit. */
const PER_SECOND_UNTIL_KNOWN = 1;

/**
 * The recipients a second that may be sent: what the account allows, or less where the settings say so. Kept fresh in
 * the background; while SES can't be asked, the last answer counts.
 */
export class AccountRate implements Service {
  readonly #transport: SesTransport;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #perSecondMax: number;
  readonly #board: Pick<AccountBoard, 'put' | 'sentByUs'>;
  readonly #stopping = new AbortController();
  #account: SesAccount | null = null;
  /** What others have sent through the account within 24 hours, when it was last asked. */
  #sentByOthers = 0;
  #loop: Promise<void> | null = null;

  /** @param perSecondMax of the settings; infinite where they set none */
  constructor(
    transport: SesTransport,
    clock: Clock,
    logger: Logger,
    perSecondMax: number,
    board: Pick<AccountBoard, 'put' | 'sentByUs'>,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#logger = logger;
    this.#perSecondMax = perSecondMax;
    this.#board = board;
  }

  perSecond(): number {
    const untilKnown = Number.isFinite(this.#perSecondMax) ? this.#perSecondMax : PER_SECOND_UNTIL_KNOWN;
    // An account that may send nothing says so to each call; a rate of zero would only divide by it.
    return Math.min(this.#account?.perSecond || untilKnown, this.#perSecondMax);
  }

  /** Recipients in 24 hours that the account leaves for us; null where it has no such limit, or has not answered yet. */
  perDay(): number | null {
    const perDay = this.#account?.perDay ?? null;
    return perDay === null ? null : Math.max(0, perDay - this.#sentByOthers);
  }

  /** Asks SES once before it resolves. */
  async start(): Promise<void> {
    if (this.#loop || this.#stopping.signal.aborted) return;
    await this.#ask();
    this.#loop = this.#refresh();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#clock.sleep(this.#account ? REFRESH_MS : RETRY_MS, signal);
      if (!signal.aborted) await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    try {
      const account = await this.#transport.account();
      if (account.perSecond !== this.#account?.perSecond) {
        this.#logger.info('SES account', {
          perSecond: account.perSecond,
          perDay: account.perDay,
          sentLast24Hours: account.sentLast24Hours,
          productionAccess: account.productionAccess,
        });
      }
      if (!account.sendingEnabled) this.#logger.warn('SES has paused sending for this account');
      this.#sentByOthers = Math.max(0, account.sentLast24Hours - (await this.#board.sentByUs()));
      this.#account = account;
      this.#publish(account);
    } catch (thrown) {
      this.#logger.warn('SES could not be asked for the limits of the account', { error: messageOf(thrown) });
    }
  }

  /** Nobody waits for it: sending does not depend on who else knows. */
  #publish({ perDay, sentLast24Hours }: SesAccount): void {
    const notice = { perSecond: this.perSecond(), perDay, sentLast24Hours, at: this.#clock.now() };
    this.#board.put(notice).catch((thrown: unknown) => {
      this.#logger.debug('the rate of the account could not be published', { error: messageOf(thrown) });
    });
  }
}
