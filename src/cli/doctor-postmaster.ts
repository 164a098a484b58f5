import type { Config } from '../config/schema.ts';
import { duration, figure, percent } from '../core/figures.ts';
import type { Client } from '../desk/client.ts';
import { spamVerdict } from '../guard/spam.ts';
import type { LastReading, SpamOfDomain } from '../identity/postmaster-book.ts';
import { type Check, ok, warn } from './doctor-check.ts';

const NAME = 'postmaster';
/** It is read once a day. */
const SILENCE_MS = 2 * 86_400_000;

/** How reading Google Postmaster Tools goes, by what workers have put down. None where they are not connected. */
export async function postmasterChecks(config: Config, client: Client, nowMs: number): Promise<Check[]> {
  if (config.postmaster === null) return [];
  const { postmaster } = client;
  return [postmasterCheck(await postmaster.lastReading(), await postmaster.list(), nowMs)];
}

/** One line. */
export function postmasterCheck(
  last: LastReading | null,
  domains: readonly SpamOfDomain[],
  nowMs: number,
): Check {
  if (last === null)
    return warn(
      NAME,
      'nobody has read Postmaster Tools yet',
      'start a worker with the role plan and SLUICE_POSTMASTER=on',
    );
  if (last.trouble)
    return warn(NAME, last.trouble.said, TODO[last.trouble.code] ?? 'it is tried again every hour');
  const age = nowMs - last.at;
  if (age > SILENCE_MS)
    return warn(
      NAME,
      `nobody has read Postmaster Tools for ${duration(age)}`,
      'see whether a worker with the role plan has SLUICE_POSTMASTER=on',
    );
  const read = `${figure(domains.length)} ${domains.length === 1 ? 'domain' : 'domains'} asked for ${duration(age)} ago`;
  const over = domains.filter(({ newest }) => spamVerdict(newest, nowMs) === 'over');
  if (over.length > 0)
    return warn(
      NAME,
      `${read}; called spam too often: ${over.map(({ domain, newest }) => `${domain} (${percent(newest?.rate ?? 0)} on ${newest?.date})`).join(', ')}`,
      'campaigns from there are held: see docs/guard.md',
    );
  const troubled = domains.filter(({ reading }) => reading.trouble !== null);
  if (troubled.length > 0)
    return warn(
      NAME,
      `${read}; not read: ${troubled.map(({ domain }) => domain).join(', ')}`,
      'add and verify them at postmaster.google.com with the account of the credentials (sluice guard shows each)',
    );
  return ok(NAME, domains.length === 0 ? 'connected; no domain has sent mail to Gmail yet' : read);
}

const TODO: Readonly<Record<string, string>> = {
  POSTMASTER_CREDENTIALS:
    'log in with an account that has the domains in Postmaster Tools (docs/guard.md), and set GOOGLE_APPLICATION_CREDENTIALS for the workers',
  POSTMASTER_SCOPE: 'log in again with the scopes of docs/guard.md',
  POSTMASTER_NOT_ENABLED: 'enable it: gcloud services enable gmailpostmastertools.googleapis.com',
  POSTMASTER_PROJECT: 'set GOOGLE_CLOUD_PROJECT to a project that the account may use',
  POSTMASTER_FORBIDDEN: 'let an owner of the domain share it with this account at postmaster.google.com',
};
