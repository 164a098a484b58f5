/** Something that is wrong in what was sent. */
export interface SluiceErrorItem {
  /** Such as `audience.recipients[3].email`; empty where it is the whole. */
  readonly path: string;
  readonly detail: string;
}

/** What Sluice answered instead, or that it could not be reached. */
export class SluiceError extends Error {
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null;
  readonly title: string;
  /** One for each thing that is wrong in what was sent. */
  readonly errors: readonly SluiceErrorItem[];
  /** In milliseconds, where the answer says when to come again. */
  readonly retryAfterMs: number | null;

  constructor(said: {
    readonly status: number | null;
    readonly title: string;
    readonly detail?: string | undefined;
    readonly errors?: readonly SluiceErrorItem[];
    readonly retryAfterMs?: number | null;
    readonly cause?: unknown;
  }) {
    super(said.detail === undefined ? said.title : `${said.title}: ${said.detail}`, { cause: said.cause });
    this.name = 'SluiceError';
    this.status = said.status;
    this.title = said.title;
    this.errors = said.errors ?? [];
    this.retryAfterMs = said.retryAfterMs ?? null;
  }
}

/** Reads a problem (RFC 9457); any other answer, such as a proxy's, is told by its status. */
export async function errorOf(response: Response): Promise<SluiceError> {
  const { status } = response;
  const retryAfterMs = retryAfterOf(response.headers);
  const body: unknown = await response.json().catch(() => null);
  if (!isRecord(body) || typeof body['title'] !== 'string')
    return new SluiceError({ status, title: `the answer is ${status}`, retryAfterMs });
  const { title, detail, errors } = body;
  return new SluiceError({
    status,
    title,
    detail: typeof detail === 'string' ? detail : undefined,
    errors: Array.isArray(errors) ? errors.filter(isItem) : [],
    retryAfterMs,
  });
}

/** Seconds, or a date (RFC 9110, 10.2.3), which is held against the answer's own. */
function retryAfterOf(headers: Headers): number | null {
  const said = headers.get('retry-after');
  if (said === null) return null;
  if (/^\d+$/.test(said)) return Number(said) * 1000;
  const ms = Date.parse(said) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

function isItem(value: unknown): value is SluiceErrorItem {
  return isRecord(value) && typeof value['path'] === 'string' && typeof value['detail'] === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
