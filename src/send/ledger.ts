import type { Redis } from 'ioredis';
import { domainOf } from '../core/address.ts';
import { Fault } from '../core/fault.ts';
import type { Keys } from '../core/keys.ts';
import { decodePositions, encodePositions } from '../core/positions.ts';
import { loadScript, scriptSha, scriptSource } from '../core/script.ts';
import { gmailKeys } from '../identity/gmail-book.ts';
import { primaryDomain } from '../identity/organisational-domain.ts';
import { encodeBlock, PLAIN_BACKLOG_ENTRIES } from '../log/block.ts';
import type { EventBlock } from '../log/event.ts';
import { REASON_LETTERS, type Reason, reasonOfLetter } from '../suppression/entry.ts';
import type { RestartGate } from './restart-gate.ts';

/*
 * The ledger of a batch is the record of who has the mail; the queue is only its courier. An entry is in one state:
 *
 *   .          nobody has tried
 *   c<claim>   claimed: a call may be on its way
 *   ?<claim>   in doubt: claimed, and the holder is gone or does not know
 *   a<claim>   accepted by SES                      final
 *   r<claim>   rejected by SES                      final
 *   s<letter>  skipped: suppressed when claimed     final
 *   x          cancelled before anyone claimed it   final, unless SES turns out to have accepted it
 *   p          dropped while in doubt               final, unless SES turns out to have accepted it
 *
 * Every change is one script that checks first and writes after, with the counters and the log rows in the same step.
 * When all entries are settled the ledger is deleted and one bit stays behind.
 */

/** Which batch, of whose campaign. */
export interface BatchRef {
  readonly campaign: string;
  readonly project: string;
  readonly batch: number;
  /** The From address in its normal form, whose unsubscribed list counts. */
  readonly sender: string;
}

/** Why no claim happens now: what the campaign says of itself. */
export type Standstill = 'paused' | 'held' | 'ended';

export interface OpenedBatch {
  readonly status: 'running' | 'paused' | 'held' | 'ended';
  /** One state an entry, as listed above. */
  readonly states: readonly string[];
  /** Passes in which SES failed for reasons of its own with some of the entries that are left. */
  readonly tries: number;
  /** How often a call of this batch was put back for reasons that say nothing of the recipients. */
  readonly waits: number;
  /** Mails of the whole campaign that SES has accepted. */
  readonly campaignAccepted: number;
}

export interface Suppressed {
  readonly position: number;
  readonly reason: Reason;
}

/** What the planner wrote of a batch; `decodePayload` reads it. */
export interface BatchContent {
  /** Normal addresses, one an entry. */
  readonly addresses: readonly string[];
  readonly payload: string;
}

export type ClaimAnswer =
  | {
      readonly kind: 'claimed';
      readonly positions: readonly number[];
      readonly suppressed: readonly Suppressed[];
      readonly content: BatchContent;
    }
  | { readonly kind: 'standstill'; readonly why: Standstill }
  /** The log is so far behind that sending holds. */
  | { readonly kind: 'backlog'; readonly entriesMax: number }
  | { readonly kind: 'gone' };

/** What became of an entry. `claim` is the number under which it was claimed; the unclaimed have none. */
export type Settlement =
  | {
      readonly position: number;
      readonly verb: 'accepted';
      readonly claim: string;
      /** The address plays a part in SES's simulator, so that the guard does not count it. */
      readonly isSimulated?: boolean;
      /** A personal Gmail address: counted for the sender's organisational domain. */
      readonly isGmail?: boolean;
    }
  | {
      readonly position: number;
      readonly verb: 'rejected' | 'putBack' | 'inDoubt';
      readonly claim: string;
    }
  | { readonly position: number; readonly verb: 'skipped'; readonly reason: Reason }
  | { readonly position: number; readonly verb: 'cancelled' };

export type SettleAnswer =
  | { readonly kind: 'settled'; readonly finished: boolean }
  /** Nothing was written: these entries are no longer this claim's to settle so. */
  | { readonly kind: 'stale'; readonly positions: readonly number[] }
  /** Every entry of the batch had its end already. */
  | { readonly kind: 'gone' };

export class Ledger {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #gate: RestartGate;
  readonly #claimSha: string;
  readonly #settle: ReturnType<typeof loadScript>;
  readonly #backlogMax: number;
  /** Outbox entries at the last claim. */
  #backlog = 0;

  /** @param backlogMax outbox entries at which no more claims happen */
  constructor(redis: Redis, keys: Keys, backlogMax: number, gate: RestartGate) {
    this.#redis = redis;
    this.#keys = keys;
    this.#backlogMax = backlogMax;
    this.#gate = gate;
    this.#claimSha = scriptSha(scriptSource(new URL('./claim.lua', import.meta.url)));
    this.#settle = loadScript(redis, new URL('./settle.lua', import.meta.url));
  }

  /** Null where the batch is settled. Only looks: the claim decides what still holds. */
  async open(ref: BatchRef): Promise<OpenedBatch | null> {
    const [opened = null] = await this.openAll(ref.campaign, [ref.batch]);
    return opened;
  }

  /** As `open`, for some batches of a campaign in one round trip. */
  async openAll(id: string, numbers: readonly number[]): Promise<(OpenedBatch | null)[]> {
    const [campaign, ...batches] = await Promise.all([
      this.#redis.hmget(this.#keys.campaign(id), 'phase', 'paused', 'held', 'accepted'),
      ...numbers.map((number) => this.#redis.hmget(this.#keys.batch(id, number), 'n', 's', 't', 'w')),
    ]);
    const [phase, paused, held, accepted] = campaign;
    const status = phase !== 'running' ? 'ended' : paused ? 'paused' : held ? 'held' : 'running';
    return batches.map(([size, states, tries, waits]) => {
      if (typeof size !== 'string') return null;
      return {
        status,
        states: decodeStates(states ?? `.*${size}`),
        tries: Number(tries ?? 0),
        waits: Number(waits ?? 0),
        campaignAccepted: Number(accepted ?? 0),
      };
    });
  }

  /** Null where the batch is settled, or kept only for what may come late. */
  async content(ref: BatchRef): Promise<BatchContent | null> {
    const [joined, payload] = await this.#redis.hmget(this.#keys.batch(ref.campaign, ref.batch), 'a', 'p');
    if (typeof joined !== 'string' || typeof payload !== 'string') return null;
    return { addresses: joined.split('\n'), payload };
  }

  /**
   * @param number unique for ever; its holder is whoever made it
   * @param override true where unsubscribed addresses are sent to on purpose
   */
  async claim(
    ref: BatchRef,
    number: string,
    positions: readonly number[],
    override: boolean,
  ): Promise<ClaimAnswer> {
    const answer = list(
      await this.#runClaim(
        [
          this.#keys.campaign(ref.campaign),
          this.#keys.batch(ref.campaign, ref.batch),
          this.#keys.suppressedEverywhere(),
          this.#keys.unsubscribed(ref.sender),
          this.#keys.outbox(),
        ],
        [number, override ? '1' : '0', this.#backlogMax, encodePositions(positions)],
      ),
    );
    const status = text(answer[0]);
    switch (status) {
      case 'claimed': {
        this.#backlog = Number(answer[5]);
        const claimed = decodePositions(text(answer[1]));
        if (claimed.length > 0) this.#gate.remember(ref, number, claimed);
        return {
          kind: 'claimed',
          positions: claimed,
          suppressed: suppressions(text(answer[2])),
          content: { addresses: text(answer[3]).split('\n'), payload: text(answer[4]) },
        };
      }
      case 'gone':
        return { kind: 'gone' };
      case 'backlog':
        return { kind: 'backlog', entriesMax: this.#backlogMax };
      case 'paused':
      case 'held':
      case 'ended':
        return { kind: 'standstill', why: status };
      default:
        throw unexpected(answer);
    }
  }

  /**
   * @param block the log rows of these settlements, and of no others
   * @param counts what entries that were put back add to; null where nobody was, or for no reason that counts
   */
  async settle(
    ref: BatchRef,
    settlements: readonly Settlement[],
    block: EventBlock | null,
    counts: 'tries' | 'waits' | null,
  ): Promise<SettleAnswer> {
    const gmail = positionsWith(settlements, 'isGmail');
    const domain = gmail.length === 0 ? '' : primaryDomain(domainOf(ref.sender));
    const answer = list(
      await this.#settle(
        [
          this.#keys.campaign(ref.campaign),
          this.#keys.batch(ref.campaign, ref.batch),
          this.#keys.outstanding(ref.campaign),
          this.#keys.settled(ref.campaign),
          this.#keys.outbox(),
          this.#keys.doubtful(ref.campaign),
          this.#keys.open(),
          `${this.#keys.guards()}${ref.project}:${ref.sender}`,
          this.#keys.guarded(),
          ...(domain === '' ? [] : gmailKeys(this.#keys, domain)),
        ],
        [
          ref.batch,
          block ? encodeBlock(block, this.#backlog < PLAIN_BACKLOG_ENTRIES) : '',
          counts === 'tries' ? 't' : counts === 'waits' ? 'w' : '',
          sentences(settlements),
          encodePositions(positionsWith(settlements, 'isSimulated')),
          ...(domain === '' ? [''] : [encodePositions(gmail), domain, ref.sender]),
        ],
      ),
    );
    switch (text(answer[0])) {
      case 'ok':
        this.#forgetPutBack(settlements);
        return { kind: 'settled', finished: false };
      case 'finished':
        return { kind: 'settled', finished: true };
      case 'stale':
        return { kind: 'stale', positions: decodePositions(text(answer[1])) };
      case 'gone':
        return { kind: 'gone' };
      default:
        throw unexpected(answer);
    }
  }

  /** A row for the log that changes no state. */
  async note(block: EventBlock): Promise<void> {
    await this.#redis.xadd(this.#keys.outbox(), '*', 'b', encodeBlock(block));
  }

  #forgetPutBack(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) {
      if (settlement.verb === 'putBack') this.#gate.forget(settlement.claim, [settlement.position]);
    }
  }

  /** By its hash alone: a server that does not know the script has restarted, and may have forgotten claims. */
  async #runClaim(keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    for (;;) {
      if (this.#gate.opening) await this.#gate.opening;
      try {
        return await this.#redis.evalsha(this.#claimSha, keys.length, ...keys, ...args);
      } catch (thrown) {
        if (!(thrown instanceof Error) || !thrown.message.startsWith('NOSCRIPT')) throw thrown;
        await this.#gate.open();
      }
    }
  }
}

/** The claim number of an entry that is claimed or in doubt; null in every other state. */
export function claimOf(state: string): string | null {
  return state.startsWith('c') || state.startsWith('?') ? state.slice(1) : null;
}

/** The states of a batch, one an entry, from the runs that its hash has (core/entries.lua). */
export function decodeStates(runs: string): string[] {
  const states: string[] = [];
  for (const run of runs.split(',')) {
    const [state = '', count = '1'] = run.split('*');
    for (let left = Number(count); left > 0; left -= 1) states.push(state);
  }
  return states;
}

/** A verb and a claim with all their positions: nearly always one for the whole batch. */
function sentences(settlements: readonly Settlement[]): string {
  const positions = new Map<string, number[]>();
  let last: Settlement | null = null;
  let some: number[] = [];
  for (const settlement of settlements) {
    if (last === null || !isAlike(last, settlement)) {
      const words = wordsOf(settlement);
      some = positions.get(words) ?? [];
      positions.set(words, some);
    }
    some.push(settlement.position);
    last = settlement;
  }
  return [...positions]
    .map(([words, all]) => `${words}:${encodePositions(all.toSorted((a, b) => a - b))}`)
    .join(';');
}

function positionsWith(settlements: readonly Settlement[], trait: 'isSimulated' | 'isGmail'): number[] {
  const positions: number[] = [];
  for (const settlement of settlements)
    if (settlement.verb === 'accepted' && settlement[trait]) positions.push(settlement.position);
  return positions.toSorted((a, b) => a - b);
}

/** Those that follow each other nearly always are: one claim, accepted. */
function isAlike(a: Settlement, b: Settlement): boolean {
  return a.verb === 'accepted' && b.verb === 'accepted' && a.claim === b.claim;
}

function wordsOf(settlement: Settlement): string {
  switch (settlement.verb) {
    case 'accepted':
      return `a:${settlement.claim}`;
    case 'rejected':
      return `r:${settlement.claim}`;
    case 'putBack':
      return `b:${settlement.claim}`;
    case 'inDoubt':
      return `d:${settlement.claim}`;
    case 'skipped':
      return `s${REASON_LETTERS[settlement.reason]}:`;
    case 'cancelled':
      return 'x:';
  }
}

function suppressions(joined: string): Suppressed[] {
  if (joined === '') return [];
  return joined.split(',').map((pair) => {
    const [position = '', letter = ''] = pair.split(':');
    const reason = reasonOfLetter(letter);
    if (!reason)
      throw new Fault('LEDGER_ANSWER', `the claim named a suppression that does not exist: ${letter}`);
    return { position: Number(position), reason };
  });
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unexpected(value);
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw unexpected(value);
  return value;
}

function unexpected(value: unknown): Fault {
  return new Fault(
    'LEDGER_ANSWER',
    `a script of the ledger gave an answer that it never gives: ${JSON.stringify(value)}`,
  );
}
