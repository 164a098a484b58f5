import type { DomainItem } from './domain-check.ts';
import { type Finding, type FoundItem, finding } from './finding.ts';
import { FEEDBACK_PRIORITY, feedbackHost } from './records.ts';
import type { MxRecord, Resolver } from './resolver.ts';
import type { SesMailFrom } from './ses-identity.ts';
import type { SpfCheck } from './spf/check.ts';

interface Part {
  readonly status: DomainItem['status'];
  readonly found: string;
  readonly expected: string | null;
  readonly todo: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * The custom MAIL FROM domain: one MX to SES, SPF, and what SES says of it. While it is not in order SES sends under amazonses.com (its
 * default), so that SPF passes and does not align.
 * @param spf of that domain
 */
export async function checkMailFrom(
  mailFrom: SesMailFrom,
  region: string | null,
  spf: SpfCheck,
  resolver: Resolver,
): Promise<FoundItem> {
  const parts = [await mxPart(mailFrom.domain, region, resolver), spfPart(spf), statusPart(mailFrom)];
  const worst = ORDER.find((status) => parts.some((part) => part.status === status)) ?? 'ok';
  const expected = parts.flatMap((part) => (part.expected === null ? [] : [part.expected]));
  return {
    item: 'mail_from',
    status: worst,
    found: `${mailFrom.domain}: ${parts.map(({ found }) => found).join('; ')}.`,
    expected: expected.length > 0 ? expected.join('\n') : null,
    todo: parts.flatMap(({ todo }) => todo),
    findings: byUrgency(parts),
  };
}

/** What is in order is only said where all is. */
function byUrgency(parts: readonly Part[]): readonly Finding[] {
  const open = parts.filter(({ status }) => status !== 'ok');
  return (open.length > 0 ? open : parts).flatMap(({ findings }) => findings);
}

/** From the worst on. */
const ORDER = ['wrong', 'missing', 'unasked', 'advice', 'ok'] as const;

/** Without a custom MAIL FROM domain. */
export function noMailFrom(domain: string): FoundItem {
  return {
    item: 'mail_from',
    status: 'advice',
    found:
      'There is no custom MAIL FROM domain: the envelope is of amazonses.com, where SPF passes and can not align with From. DMARC rests on DKIM alone.',
    expected: null,
    todo: [
      `Run "sluice domain add ${domain} --mail-from bounce", and put the records that it prints into DNS: with an envelope of your own SPF aligns as well.`,
    ],
    findings: finding('MAIL_FROM_NONE', { domain }),
  };
}

async function mxPart(domain: string, region: string | null, resolver: Resolver): Promise<Part> {
  const answer = await resolver.mx(domain);
  const host = region === null ? 'feedback-smtp.REGION.amazonses.com' : feedbackHost(region);
  const expected = `${domain} MX ${FEEDBACK_PRIORITY} ${host}`;
  const todo = [`Set the one MX record of ${domain} to: ${FEEDBACK_PRIORITY} ${host}`];
  if (answer.kind === 'unasked')
    return {
      status: 'unasked',
      found: `its MX could not be asked for: ${answer.reason}`,
      expected: null,
      todo: [],
      findings: finding('MAIL_FROM_MX_UNASKED', { domain }),
    };
  if (answer.kind === 'none')
    return {
      status: 'missing',
      found: 'it has no MX record',
      expected,
      todo,
      findings: finding('MAIL_FROM_MX_MISSING', { domain }),
    };
  const texts = answer.records.map(({ priority, exchange }) => `${priority} ${exchange}`).join(', ');
  if (answer.records.length > 1)
    return {
      status: 'wrong',
      found: `it has ${answer.records.length} MX records, and SES wants exactly one: ${texts}`,
      expected,
      todo,
      findings: finding('MAIL_FROM_MX_SEVERAL', { domain, count: answer.records.length }),
    };
  return answer.records.every((record) => isFeedback(record, region))
    ? {
        status: 'ok',
        found: `its MX is ${texts}`,
        expected: null,
        todo: [],
        findings: finding('MAIL_FROM_MX_RIGHT', { domain }),
      }
    : {
        status: 'wrong',
        found: `its MX is ${texts}, and not SES's of ${region ?? 'its region'}`,
        expected,
        todo,
        findings: finding('MAIL_FROM_MX_OTHER', { domain }),
      };
}

/** The priority of the only MX counts for nothing. */
function isFeedback({ exchange }: MxRecord, region: string | null): boolean {
  return region === null
    ? /^feedback-smtp\.[a-z0-9-]+\.amazonses\.com$/.test(exchange)
    : exchange === feedbackHost(region);
}

function spfPart({ domain, judgement }: SpfCheck): Part {
  const { status, expected } = judgement;
  const words = {
    ok: 'its SPF record allows SES',
    advice: 'its SPF record allows SES',
    wrong: 'its SPF record is wrong',
    missing: 'it has no SPF record',
    unasked: 'its SPF record could not be asked for',
  };
  // What to do about it stands at the item `spf`, and once is enough.
  return {
    status: status === 'advice' ? 'ok' : status,
    found: words[status],
    expected,
    todo: [],
    findings: status === 'ok' || status === 'advice' ? [] : finding('MAIL_FROM_SPF', { domain }),
  };
}

function statusPart({ domain, status }: SesMailFrom): Part {
  const expected = 'MAIL FROM status SUCCESS';
  switch (status) {
    case 'SUCCESS':
      return {
        status: 'ok',
        found: 'SES uses it',
        expected: null,
        todo: [],
        findings: finding('MAIL_FROM_USED', { domain }),
      };
    case 'PENDING':
      return {
        status: 'wrong',
        found:
          'SES has not found its MX yet (PENDING), looks for 72 hours, and sends under amazonses.com until then',
        expected,
        todo: ['Wait until SES has found the records: "sluice domain check … --wait" asks again and again.'],
        findings: finding('MAIL_FROM_PENDING', { domain }),
      };
    case 'FAILED':
      return {
        status: 'wrong',
        found: 'SES looked for its MX for 72 hours and has stopped (FAILED); it sends under amazonses.com',
        expected,
        todo: [
          'Put the MX record into DNS, and set the MAIL FROM domain again ("sluice domain add … --mail-from …"): then SES looks again.',
        ],
        findings: finding('MAIL_FROM_FAILED', { domain }),
      };
    case 'TEMPORARY_FAILURE':
      return {
        status: 'wrong',
        found: 'SES found its MX before and does not find it now (TEMPORARY_FAILURE)',
        expected,
        todo: ['See that the MX record is in DNS, and that the name servers of the domain answer.'],
        findings: finding('MAIL_FROM_TEMPORARY_FAILURE', { domain }),
      };
  }
}
