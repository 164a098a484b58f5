import { z } from 'zod';
import type { PostmasterAccess } from './postmaster-access.ts';
import { type PostmasterTrouble, postmasterFault, refusalOf } from './postmaster-trouble.ts';

/** A domain that was added to Postmaster Tools by the account that asks, or was shared with it. */
export interface PostmasterDomain {
  readonly name: string;
  /** It is verified, and the account may read it. */
  readonly isReadable: boolean;
}

/** Of the mails from a domain that readers at Gmail found in their inbox, the share that they called spam. */
export interface SpamRate {
  /** `2026-11-28`, by Google's calendar. */
  readonly date: string;
  /** From 0 to 1. */
  readonly rate: number;
}

/** Entries of a page, and pages that are read at most: more domains than anybody has. */
const PAGE_SIZE = 200;
const PAGES_MAX = 100;
const TIMEOUT_MS = 30_000;

/**
 * Gmail Postmaster Tools API, v2.
 *
 * From Google's discovery document of v2, as the client libraries that are generated from it have it (googleapis for Dart and .NET,
 * 2026), so that names and shapes are sure:
 *
 *   GET  /v2/domains?pageSize≤200&pageToken
 *        { domains: [{ name: "domains/example.com", permission: OWNER | READER | NONE, verificationState: VERIFIED | UNVERIFIED, … }], nextPageToken }
 *   POST /v2/domains/example.com/domainStats:query
 *        { metricDefinitions: [{ name, baseMetric: { standardMetric: "SPAM_RATE" } }], aggregationGranularity: "DAILY",
 *          timeQuery: { dateRanges: { dateRanges: [{ start: { year, month, day }, end }] } }, pageSize≤200, pageToken }
 *        { domainStats: [{ metric: <its name>, date: { year, month, day }, value: { floatValue | doubleValue | … } }], nextPageToken }
 *
 * Days without data are left out, which is normal for small volumes. Without permission the answer is PERMISSION_DENIED, and of a domain
 * that was not added NOT_FOUND.
 *
 * Less sure: that a rate is a share and not a percentage. The reference does not say so; v1's `userReportedSpamRatio` is a share, and
 * published clients read v2's `floatValue` as one. What is above 1 is refused rather than believed. Nothing of this was run on Google's own.
 *
 * v1 (`GET /v1/domains/{d}/trafficStats`, scope postmaster.readonly) is not asked: v2 replaces it, and was seen to give other figures for
 * the same day.
 */
export class PostmasterApi {
  readonly #access: PostmasterAccess;

  constructor(access: PostmasterAccess) {
    this.#access = access;
  }

  /** Every domain that the account has in Postmaster Tools, by name. @throws Fault POSTMASTER_… */
  async domains(signal?: AbortSignal): Promise<PostmasterDomain[]> {
    const what = 'the list of domains';
    const domains: PostmasterDomain[] = [];
    let token = '';
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const search = new URLSearchParams({
        pageSize: String(PAGE_SIZE),
        ...(token ? { pageToken: token } : {}),
      });
      const answer = read(
        domainPage,
        await this.#ask(what, `/v2/domains?${search.toString()}`, null, signal),
        what,
      );
      domains.push(...answer.domains);
      token = answer.nextPageToken;
      if (token === '') break;
    }
    return domains.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of each day from one to another for which there is a figure, in the order of days. @throws Fault POSTMASTER_… */
  async spamRates(domain: string, from: string, to: string, signal?: AbortSignal): Promise<SpamRate[]> {
    const path = `/v2/domains/${encodeURIComponent(domain)}/domainStats:query`;
    const rates: SpamRate[] = [];
    let token = '';
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const body = { ...queryOf(from, to), ...(token ? { pageToken: token } : {}) };
      const answer = read(ratePage, await this.#ask(domain, path, body, signal), domain);
      rates.push(...answer.rates);
      token = answer.nextPageToken;
      if (token === '') break;
    }
    return rates.toSorted((a, b) => (a.date < b.date ? -1 : 1));
  }

  async #ask(what: string, path: string, body: object | null, signal?: AbortSignal): Promise<string> {
    const { baseUrl, headers } = this.#access;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const own = await headers();
    const answer = await this.#answer(`${baseUrl}${path}`, {
      method: body === null ? 'GET' : 'POST',
      headers: { ...own, ...(body === null ? {} : { 'content-type': 'application/json' }) },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    }).catch((thrown: unknown) => {
      throw postmasterFault('AWAY', what, thrown);
    });
    if (answer.status === 200) return answer.text;
    const trouble: PostmasterTrouble = refusalOf(answer.status, answer.text);
    throw postmasterFault(trouble, what, trouble === 'AWAY' ? `it answered ${answer.status}` : undefined);
  }

  async #answer(url: string, init: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  }
}

const METRIC = 'spam';

function queryOf(from: string, to: string): object {
  return {
    metricDefinitions: [{ name: METRIC, baseMetric: { standardMetric: 'SPAM_RATE' } }],
    aggregationGranularity: 'DAILY',
    timeQuery: { dateRanges: { dateRanges: [{ start: calendarDate(from), end: calendarDate(to) }] } },
    pageSize: PAGE_SIZE,
  };
}

function calendarDate(date: string): { year: number; month: number; day: number } {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return { year, month, day };
}

const nextPageToken = z.string().default('');

const domainPage = z.object({
  domains: z
    .array(
      z
        .object({
          name: z.string().regex(/^domains\/[^/]+$/),
          permission: z.string().default(''),
          verificationState: z.string().default(''),
        })
        .transform(({ name, permission, verificationState }) => ({
          name: name.slice('domains/'.length).toLowerCase(),
          isReadable: (permission === 'OWNER' || permission === 'READER') && verificationState === 'VERIFIED',
        })),
    )
    .default([]),
  nextPageToken,
});

const share = z.number().min(0).max(1);

const ratePage = z
  .object({
    domainStats: z
      .array(
        z.object({
          metric: z.string().optional(),
          date: z.object({ year: z.int(), month: z.int(), day: z.int() }).optional(),
          value: z.object({ floatValue: share.optional(), doubleValue: share.optional() }).optional(),
        }),
      )
      .default([]),
    nextPageToken,
  })
  .transform(({ domainStats, ...page }) => ({
    ...page,
    rates: domainStats.flatMap(({ metric, date, value }): SpamRate[] => {
      const rate = value?.floatValue ?? value?.doubleValue;
      return metric === METRIC && date !== undefined && rate !== undefined
        ? [{ date: dateText(date), rate }]
        : [];
    }),
  }));

function dateText({ year, month, day }: { year: number; month: number; day: number }): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function read<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (thrown) {
    throw postmasterFault('ANSWER', what, thrown);
  }
}
