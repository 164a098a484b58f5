import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody } from '../../src/sandbox/http.ts';

interface StandInDomain {
  readonly permission?: string;
  readonly verificationState?: string;
  /** By date (`2026-11-28`); what has none is left out of the answer, as Google does. */
  readonly rates?: Readonly<Record<string, number>>;
  /** What is answered in place of figures. */
  readonly refusal?: Refusal;
}

export interface Refusal {
  readonly status: number;
  /** google.rpc.ErrorInfo's; none where it is null. */
  readonly reason?: string;
  /** In place of Google's form of an error. */
  readonly text?: string;
}

const DateShape = z.object({ year: z.int(), month: z.int(), day: z.int() });
const Query = z.strictObject({
  metricDefinitions: z.tuple([
    z.strictObject({
      name: z.string(),
      baseMetric: z.strictObject({ standardMetric: z.literal('SPAM_RATE') }),
    }),
  ]),
  aggregationGranularity: z.literal('DAILY'),
  timeQuery: z.strictObject({
    dateRanges: z.strictObject({
      dateRanges: z.tuple([z.strictObject({ start: DateShape, end: DateShape })]),
    }),
  }),
  pageSize: z.int().max(200),
  pageToken: z.string().optional(),
});

/** A stand-in for the Gmail Postmaster Tools API, v2, with pages as small as a test wants them. */
export class PostmasterStandIn {
  domains: Record<string, StandInDomain> = {};
  /** What every request is answered with; `silent`: nothing. */
  refusal: Refusal | 'silent' | null = null;
  pageMax = 200;
  /** `GET /v2/domains`, `POST /v2/domains/example.com/domainStats:query 2026-10-30 2026-11-29`. */
  readonly asked: string[] = [];
  url = '';
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
    this.url = `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  reset(): void {
    this.domains = {};
    this.refusal = null;
    this.pageMax = 200;
    this.asked.length = 0;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = String(await readBody(request, 100_000));
    const url = new URL(request.url ?? '', this.url);
    if (this.refusal === 'silent') return;
    const [, name] = /^\/v2\/domains\/([^/]+)\/domainStats:query$/.exec(url.pathname) ?? [];
    if (this.refusal) return refuse(response, this.refusal);
    if (request.method === 'GET' && url.pathname === '/v2/domains') return this.#list(url, response);
    if (request.method === 'POST' && name !== undefined)
      return this.#query(decodeURIComponent(name), Query.parse(JSON.parse(body)), response);
    refuse(response, { status: 404 });
  }

  #list(url: URL, response: ServerResponse): void {
    this.asked.push('GET /v2/domains');
    const all = Object.entries(this.domains).map(([name, domain]) => ({
      name: `domains/${name}`,
      permission: domain.permission ?? 'OWNER',
      verificationState: domain.verificationState ?? 'VERIFIED',
    }));
    const size = Math.min(Number(url.searchParams.get('pageSize') ?? 10), this.pageMax);
    const { items, ...token } = pageOf(all, size, url.searchParams.get('pageToken'));
    answer(response, { ...(items.length > 0 ? { domains: items } : {}), ...token });
  }

  #query(name: string, query: z.output<typeof Query>, response: ServerResponse): void {
    const [{ start, end }] = query.timeQuery.dateRanges.dateRanges;
    this.asked.push(`POST ${name} ${text(start)} ${text(end)}`);
    const domain = this.domains[name];
    if (!domain) return refuse(response, { status: 404 });
    if (domain.refusal) return refuse(response, domain.refusal);
    const all = Object.entries(domain.rates ?? {})
      .filter(([date]) => date >= text(start) && date <= text(end))
      .map(([date, rate]) => {
        const [year, month, day] = date.split('-').map(Number);
        return {
          name: `domains/${name}/domainStats/x`,
          metric: query.metricDefinitions[0].name,
          date: { year, month, day },
          value: { floatValue: rate },
        };
      });
    const { items, ...token } = pageOf(all, Math.min(query.pageSize, this.pageMax), query.pageToken ?? null);
    answer(response, { ...(items.length > 0 ? { domainStats: items } : {}), ...token });
  }
}

function pageOf<T>(
  all: readonly T[],
  size: number,
  token: string | null,
): { items: T[]; nextPageToken?: string } {
  const first = Number(token ?? 0);
  const items = all.slice(first, first + size);
  return first + size < all.length ? { items, nextPageToken: String(first + size) } : { items };
}

function answer(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, { status, reason, text: plain }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: {},
  };
  const error = {
    code: status,
    message: 'as told',
    status: 'X',
    details: reason === undefined ? [] : [info],
  };
  response.end(plain ?? JSON.stringify({ error }));
}

function text({ year, month, day }: z.output<typeof DateShape>): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}
