import type { Clock } from '../core/clock.ts';
import { Fault, messageOf } from '../core/fault.ts';
import type { Logger } from '../core/logger.ts';
import { Repeated } from '../core/repeated.ts';
import type { Service } from '../core/service.ts';
import type { GmailBook } from '../identity/gmail-book.ts';
import type { PostmasterApi } from '../identity/postmaster-api.ts';
import { dateOf, type PostmasterBook } from '../identity/postmaster-book.ts';
import { isOfDomain, postmasterFault } from '../identity/postmaster-trouble.ts';

export interface PostmasterWatchParts {
  readonly api: Pick<PostmasterApi, 'domains' | 'spamRates'>;
  readonly book: PostmasterBook;
  readonly gmail: Pick<GmailBook, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
  /** How often a process looks whether it is its turn. */
  readonly intervalMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Google has a day's figures some time in the next one or two; up to four hours earlier, so that not all installations ask at a time. */
const BETWEEN_MS = DAY_MS;
const JITTER_MS = 4 * HOUR_MS;
/** After a reading that failed. */
const AGAIN_MS = HOUR_MS;
/** Longer than a domain takes to be read; then another process takes over. */
const TURN_MS = 10 * 60_000;
/** How far back is read: at first, and from then on, since Google corrects what it gave. */
const DAYS_FIRST = 30;
const DAYS_AGAIN = 10;

/**
 * Reads the spam rates of Postmaster Tools once a day, in one process of all: of every organisational domain that mail to Gmail was
 * sent from, and of every domain that the account has there.
 */
export function postmasterWatch(parts: PostmasterWatchParts): Service {
  const { clock, logger, intervalMs } = parts;
  return new Repeated({
    clock,
    logger,
    intervalMs,
    failure: 'Postmaster Tools could not be looked after, and are later',
    act: async (signal) => {
      if (!(await parts.book.takeTurn(TURN_MS))) return;
      await parts.book.endTurn(await turn(parts, signal));
    },
  });
}

/** Resolves with the time for which nobody need read again. */
async function turn(parts: PostmasterWatchParts, signal: AbortSignal): Promise<number> {
  const { book, clock, random } = parts;
  try {
    await readAll(parts, signal);
    await book.conclude(null, clock.now());
    return Math.round(BETWEEN_MS - random() * JITTER_MS);
  } catch (thrown) {
    // Whoever is next takes over.
    if (signal.aborted) return 1;
    if (!(thrown instanceof Fault)) throw thrown;
    await book.conclude(thrown, clock.now());
    await tell(parts, thrown);
    return AGAIN_MS;
  }
}

async function readAll(parts: PostmasterWatchParts, signal: AbortSignal): Promise<void> {
  const { api, book, gmail, logger } = parts;
  const listed = await api.domains(signal);
  const readable = new Set(listed.flatMap(({ name, isReadable }) => (isReadable ? [name] : [])));
  const domains = new Set([...listed.map(({ name }) => name), ...(await gmail.list())]);
  const readAt = new Map((await book.list()).map(({ domain, reading }) => [domain, reading.at]));
  // Where one keeps the reading from going on, the next reading begins with those that were not reached.
  const waiting = [...domains].toSorted((a, b) => (readAt.get(a) ?? 0) - (readAt.get(b) ?? 0));
  let read = 0;
  for (const domain of waiting) {
    await book.endTurn(TURN_MS);
    if (await readOne(parts, domain, readable.has(domain), signal)) read += 1;
  }
  logger.info('Postmaster Tools are read', { domains: domains.size, read });
}

/** False where this domain could not be read; others may be all the same. */
async function readOne(
  parts: PostmasterWatchParts,
  domain: string,
  isReadable: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { api, book, clock } = parts;
  const now = clock.now();
  try {
    if (!isReadable) throw postmasterFault('UNVERIFIED', domain);
    const days = (await book.days(domain)).length === 0 ? DAYS_FIRST : DAYS_AGAIN;
    await book.store(
      domain,
      await api.spamRates(domain, dateOf(now - days * DAY_MS), dateOf(now), signal),
      now,
    );
    return true;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || signal.aborted) throw thrown;
    await book.fail(domain, thrown, now);
    if (!isOfDomain(thrown)) throw thrown;
    // Who has not added a domain there may not want to: that is shown, and not said again and again.
    if (thrown.code !== 'POSTMASTER_UNVERIFIED') await tell(parts, thrown);
    return false;
  }
}

async function tell({ book, logger }: PostmasterWatchParts, fault: Fault): Promise<void> {
  if (await book.isNews(fault.code, DAY_MS))
    logger.warn('Postmaster Tools could not be read', { code: fault.code, error: messageOf(fault) });
}
