import { percent } from '../core/figures.ts';
import { GUARD_RULES } from '../guard/rules.ts';
import { type SpamVerdict, spamVerdict } from '../guard/spam.ts';
import type { Client } from './client.ts';

/** What Gmail says of the mail from a domain, as `sluice guard` shows it. */
export interface Spam {
  readonly domain: string;
  /** Null where Google has given none. */
  readonly rate: number | null;
  readonly date: string | null;
  readonly verdict: SpamVerdict;
  readonly limit: number;
  readonly warnsAt: number;
  /** When it was read last, in ISO 8601, and what came in between; null where nothing did. */
  readonly readAt: string;
  readonly trouble: string | null;
}

/** Domains have no project: what Gmail says of one is shown to all. */
export async function spamAtGmail(
  { postmaster }: Pick<Client, 'postmaster'>,
  nowMs: number,
): Promise<Spam[]> {
  return (await postmaster.list()).map(({ domain, newest, reading }) => ({
    domain,
    rate: newest?.rate ?? null,
    date: newest?.date ?? null,
    verdict: spamVerdict(newest, nowMs),
    limit: GUARD_RULES.spamRate,
    warnsAt: GUARD_RULES.spamWarnRate,
    readAt: new Date(reading.at).toISOString(),
    trouble: reading.trouble?.said ?? null,
  }));
}

/** As the guard says it when it holds a campaign. @param at of the day, in milliseconds since 1970 */
export function spamText({
  domain,
  rate,
  at,
}: {
  readonly domain: string;
  readonly rate: number;
  readonly at: number;
}): string {
  const day = new Date(at).toISOString().slice(0, 10);
  return `${percent(rate)} of the mail from ${domain} to Gmail was called spam on ${day} (Google Postmaster Tools), and campaigns are held from ${percent(GUARD_RULES.spamRate)} on`;
}
