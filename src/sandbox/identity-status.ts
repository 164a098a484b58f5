import { DKIM_ZONE } from './dkim-token.ts';
import { feedbackHost } from './dns-known.ts';
import type { DnsView } from './dns-view.ts';

/**
 * How far SES has come with records that it waits for:
 *
 *   PENDING             not there yet; so for 72 hours: FAILED
 *   SUCCESS             there
 *   TEMPORARY_FAILURE   they were there, and are not any more; so for 72 hours: FAILED
 *   FAILED              SES has given up: whoever wants it to look again must ask for it
 */
export type RecordStatus = 'PENDING' | 'SUCCESS' | 'TEMPORARY_FAILURE' | 'FAILED';

export interface Standing {
  readonly status: RecordStatus;
  /** Since when, in milliseconds since 1970. */
  readonly sinceMs: number;
}

const PATIENCE_MS = 72 * 60 * 60_000;

/** @param isThere null: DNS could not be asked, and then all stays as it is, but for the time that passes */
export function nextStanding(standing: Standing, isThere: boolean | null, nowMs: number): Standing {
  const { status, sinceMs } = standing;
  if (status === 'FAILED') return standing;
  if (isThere === true) return status === 'SUCCESS' ? standing : { status: 'SUCCESS', sinceMs: nowMs };
  if (status !== 'SUCCESS')
    return nowMs - sinceMs < PATIENCE_MS ? standing : { status: 'FAILED', sinceMs: nowMs };
  return isThere === null ? standing : { status: 'TEMPORARY_FAILURE', sinceMs: nowMs };
}

/** Whether the CNAMEs of Easy DKIM are all there and right. */
export async function isDkimThere(
  view: DnsView,
  domain: string,
  tokens: readonly string[],
): Promise<boolean | null> {
  const found = await Promise.all(tokens.map((token) => view.cname(`${token}._domainkey.${domain}`)));
  const isRight = found.map(
    (targets, place) => targets && targets.length === 1 && targets[0] === `${tokens[place]}.${DKIM_ZONE}`,
  );
  if (isRight.includes(false)) return false;
  return isRight.includes(null) ? null : true;
}

/** Whether a MAIL FROM domain has SES's MX record, it alone, and an SPF record that lets SES send. */
export async function isMailFromThere(
  view: DnsView,
  domain: string,
  region: string,
): Promise<boolean | null> {
  const [mx, txt] = await Promise.all([view.mx(domain), view.txt(domain)]);
  if (mx === null || txt === null) return null;
  const spf = txt.filter((text) => /^v=spf1( |$)/i.test(text));
  return (
    mx.length === 1 &&
    mx[0] === feedbackHost(region) &&
    spf.length === 1 &&
    / \+?include:amazonses\.com( |$)/i.test(spf[0] ?? '')
  );
}
