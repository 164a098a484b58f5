import { z } from 'zod';
import { InputFault } from '../core/fault.ts';
import type { Author } from '../queue/author.ts';
import { releaseWarmUpHolds } from '../queue/limit-holds.ts';
import { LIMITS_KNOWN_MS } from '../send/sending-limits.ts';
import { DAY_MS, type WarmUp, warmUpDay } from '../send/warm-up.ts';
import type { WarmUpView } from './desk.ts';
import { domainNameOf } from './domain-form.ts';
import type { DeskParts } from './parts.ts';

const RECIPIENTS_MAX = 1_000_000_000;
const FACTOR_MAX = 10;
const DAYS_MAX = 365;

const whole = (max: number) => {
  const error = `must be a whole number from 1 to ${max}`;
  return z.int({ error }).min(1, error).max(max, error);
};
const factorError = `must be a number from 1 to ${FACTOR_MAX}`;

/** A schedule as somebody sets it. */
export const warmUpForm = z.strictObject({
  start: whole(RECIPIENTS_MAX).meta({ description: 'Recipients on the first day' }),
  factor: z
    .number({ error: factorError })
    .min(1, factorError)
    .max(FACTOR_MAX, factorError)
    .default(2)
    .meta({ description: 'By how much each day is more than the one before' }),
  days: whole(DAYS_MAX).default(14).meta({ description: 'How many days; afterwards there is no limit' }),
  again: z.boolean().default(false).meta({
    description:
      'Begin anew where the domain has just this schedule already; else it goes on from the day that it has reached',
  }),
});

/** How domains that are new begin to send (`send/warm-up.ts`). */
export class WarmUpDesk {
  readonly #parts: Pick<DeskParts, 'client' | 'clock' | 'logger'>;

  constructor(parts: Pick<DeskParts, 'client' | 'clock' | 'logger'>) {
    this.#parts = parts;
  }

  /** By domain. */
  async list(): Promise<WarmUpView[]> {
    return Promise.all((await this.#parts.client.warmUps.list()).map((schedule) => this.#view(schedule)));
  }

  /**
   * Begins a schedule now, in place of the one that the domain had; the same schedule goes on as it is, unless it is to begin `again`,
   * or is over.
   * The domain need not be registered. When it has resolved, every worker knows it, and campaigns that waited for the next day of the old one
   * are asked again.
   */
  async set(written: string, form: unknown, { by }: Author): Promise<WarmUpView> {
    const domain = domainNameOf(written);
    const { again, ...wish } = wishOf(form);
    const { client, clock } = this.#parts;
    const known = (await client.warmUps.list()).find((one) => one.domain === domain);
    if (known && !again && goesOn(known, wish, clock.now())) return this.#view(known);
    const schedule = { domain, ...wish, beganAt: clock.now(), by };
    await client.warmUps.set(schedule);
    await this.#known(domain);
    return this.#view(schedule);
  }

  /** The domain then sends as fast as the account allows. @throws InputFault (`missing`) where it has no schedule */
  async remove(written: string, { by, reason }: Author): Promise<{ readonly domain: string }> {
    const domain = domainNameOf(written);
    if (!(await this.#parts.client.warmUps.remove(domain)))
      throw new InputFault([`${domain} is not warmed up`], {
        kind: 'missing',
        hint: '; sluice warm-up list shows those that are',
      });
    await this.#known(domain);
    // With the schedule goes the place where it could be kept.
    if (by !== '') this.#parts.logger.info('a domain is not warmed up any more', { domain, by, reason });
    return { domain };
  }

  /** Until when campaigns are held was reckoned by the schedule that was there. */
  async #known(domain: string): Promise<void> {
    const { client, clock } = this.#parts;
    await clock.sleep(LIMITS_KNOWN_MS);
    await releaseWarmUpHolds(client, domain);
  }

  async #view(schedule: WarmUp): Promise<WarmUpView> {
    const { client, clock } = this.#parts;
    const today = warmUpDay(schedule, clock.now());
    const { domain, start, factor, days, beganAt, by } = schedule;
    return {
      domain,
      start,
      factor,
      days,
      by,
      beganAt: new Date(beganAt).toISOString(),
      endsAt: new Date(beganAt + days * DAY_MS).toISOString(),
      today: today && {
        day: today.day,
        allowance: today.allowance,
        used: await client.warmUps.used(domain, today.day),
        endsAt: new Date(today.endsAt).toISOString(),
      },
    };
  }
}

/** @throws InputFault with a line for each field */
function wishOf(form: unknown): z.output<typeof warmUpForm> {
  const parsed = warmUpForm.safeParse(form);
  if (parsed.success) return parsed.data;
  throw new InputFault(
    parsed.error.issues.map(({ path, message, code, ...issue }) => {
      if (code === 'unrecognized_keys' && 'keys' in issue)
        return `${issue.keys.join(', ')}: is not known here`;
      return `${path.join('.') || 'the schedule'}: ${message}`;
    }),
  );
}

function goesOn(
  known: WarmUp,
  { start, factor, days }: Pick<WarmUp, 'start' | 'factor' | 'days'>,
  nowMs: number,
) {
  const isSame = known.start === start && known.factor === factor && known.days === days;
  return isSame && warmUpDay(known, nowMs) !== null;
}
