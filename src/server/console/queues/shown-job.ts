import { maskLine } from '../../../core/mask.ts';
import { BATCH_JOB, CAMPAIGN_JOB, NOTICE_JOB, PLAN_JOB, TEST_JOB } from '../../../queue/names.ts';

/** A job as its hash in Redis has it; null for a field that it has not. */
export interface StoredJob {
  readonly id: string;
  readonly name: string | null;
  /** JSON; null where there is none, or it is too long to be read for a page. */
  readonly data: string | null;
  readonly dataBytes: number;
  readonly opts: string | null;
  readonly progress: string | null;
  readonly failedReason: string | null;
  readonly stacktrace: string | null;
  readonly timestamp: string | null;
  readonly processedOn: string | null;
  readonly finishedOn: string | null;
  readonly delay: string | null;
  readonly priority: string | null;
  readonly attemptsMade: string | null;
  readonly attemptsStarted: string | null;
  readonly stalledCounter: string | null;
}

/** A job as Bull Board takes it. */
export interface ShownJob {
  readonly id: string;
  readonly name: string;
  readonly progress: number;
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  readonly stalledCounter: number;
  readonly finishedOn: number | null;
  readonly processedOn: number | null;
  readonly delay: number;
  readonly priority: number;
  readonly timestamp: number;
  readonly failedReason: string;
  readonly stacktrace: string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly returnvalue: null;
  readonly opts: Readonly<Record<string, number>>;
}

/**
 * What may be shown of a job. Anybody who reaches Redis may add one to the campaigns queue, with addresses and mail in any of its fields,
 * so nothing is shown but what is known to be neither: ids and words of our own forms, numbers, and counts of the rest.
 */
export function shownJob(job: StoredJob): ShownJob {
  return {
    id: slug(job.id) ?? HIDDEN,
    name: OUR_JOBS.find((name) => name === job.name) ?? HIDDEN,
    progress: numberOf(job.progress),
    attemptsMade: numberOf(job.attemptsMade),
    attemptsStarted: numberOf(job.attemptsStarted),
    stalledCounter: numberOf(job.stalledCounter),
    finishedOn: timeOf(job.finishedOn),
    processedOn: timeOf(job.processedOn),
    delay: numberOf(job.delay),
    priority: numberOf(job.priority),
    timestamp: numberOf(job.timestamp),
    failedReason: job.failedReason === null ? '' : shownReason(job.failedReason),
    stacktrace: shownTraces(job.stacktrace),
    data: shownData(job),
    returnvalue: null,
    opts: shownOptions(job.opts),
  };
}

/** Stands for what is not shown. */
const HIDDEN = '(hidden)';

const OUR_JOBS = [CAMPAIGN_JOB, PLAN_JOB, TEST_JOB, BATCH_JOB, NOTICE_JOB];

/** Ids of campaigns, projects and jobs: no address is among them, for want of an @. */
const SLUG = /^[A-Za-z0-9_.:-]{1,160}$/;

function slug(value: unknown): string | null {
  return typeof value === 'string' && SLUG.test(value) ? value : null;
}

function numberOf(text: string | null): number {
  const number = Number(text ?? '');
  return Number.isFinite(number) ? number : 0;
}

function timeOf(text: string | null): number | null {
  return text === null ? null : numberOf(text);
}

/** Where a message begins to quote what it was given: a quotation mark, a template, a tag, or what a parser points at. */
const QUOTED = /["'`“”‘’«»「『<{]|\.\.\.|…|[\r\n]/;
/** A word with an @ in it, in any of the ways to write one. */
const ADDRESS_LIKE = /\S*(?:[@＠﹫]|%40|&#0*64;)/i;
const REASON_CHARACTERS_MAX = 300;

/** A reason up to the first thing that it quotes. */
function shownReason(reason: string): string {
  const ends = [QUOTED, ADDRESS_LIKE].flatMap((mark) => {
    const at = reason.search(mark);
    return at < 0 ? [] : [at];
  });
  const end = Math.min(reason.length, REASON_CHARACTERS_MAX, ...ends);
  const said = reason.slice(0, end).toWellFormed().trim();
  return end < reason.length ? `${said} …`.trim() : said;
}

/** `at deliver (/app/src/send/deliver.ts:12:3)`, and without a function. */
const FRAME =
  /^ {2,8}at (?:(?:async |new )?([\w$.<>#]{1,80}) \()?(?:[\w:./@+-]*\/)?([\w.-]{1,80}\.[cm]?[jt]s:\d{1,6}:\d{1,6})\)?$/;
const FRAMES_MAX = 20;
const TRACES_MAX = 5;

/** The frames of the last traces, without the message above them and without folders. */
function shownTraces(text: string | null): string[] {
  const traces = jsonOf(text);
  if (!Array.isArray(traces)) return [];
  return traces
    .slice(-TRACES_MAX)
    .map((trace) => framesOf(String(trace)))
    .filter((trace) => trace !== '');
}

function framesOf(trace: string): string {
  return trace
    .split('\n')
    .flatMap((line) => {
      const [, called, place] = FRAME.exec(line) ?? [];
      if (place === undefined) return [];
      return [called === undefined ? `    at ${place}` : `    at ${called} (${place})`];
    })
    .slice(0, FRAMES_MAX)
    .join('\n');
}

/** Whose job it is, and how much is in it. */
function shownData({ data, dataBytes }: StoredJob): Record<string, unknown> {
  const all = jsonOf(data);
  if (!isRecord(all)) return { bytes: dataBytes };
  const inner = isRecord(all['data']) ? all['data'] : {};
  const audience = isRecord(all['audience']) ? all['audience'] : {};
  return {
    ...defined('campaign', slug(all['id']) ?? slug(all['campaign']) ?? slug(inner['campaign'])),
    ...defined('project', slug(all['project']) ?? slug(inner['project'])),
    ...defined('category', oneOf(CATEGORIES, all['category'])),
    ...defined('audience', oneOf(AUDIENCES, audience['kind'])),
    ...defined('recipients', lengthOf(audience['recipients'])),
    ...defined('addresses', lengthOf(all['addresses'])),
    ...defined('batches', numbersOf(all['batches'])),
    ...defined('type', slug(all['type'])),
    bytes: dataBytes,
  };
}

const CATEGORIES = ['marketing', 'transactional'];
const AUDIENCES = ['inline', 'csv', 'ndjson', 'bigquery'];

function defined(name: string, value: unknown): Record<string, unknown> {
  return value === null ? {} : { [name]: value };
}

function oneOf(words: readonly string[], value: unknown): string | null {
  return words.find((word) => word === value) ?? null;
}

function lengthOf(value: unknown): number | null {
  return Array.isArray(value) ? value.length : null;
}

function numbersOf(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((each: unknown) => (typeof each === 'number' ? [each] : []));
}

/** Those that are numbers: attempts, delay, priority, and BullMQ's own short names of others. */
function shownOptions(text: string | null): Record<string, number> {
  const options = jsonOf(text);
  if (!isRecord(options)) return {};
  return Object.fromEntries(
    OPTIONS.flatMap((name) => {
      const value = options[name];
      return typeof value === 'number' ? [[name, value]] : [];
    }),
  );
}

const OPTIONS = ['attempts', 'delay', 'priority'];

function jsonOf(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An answer as it goes out: a second net below what is shown, as there is one for the process log. */
export function maskedJson(body: unknown): string {
  return maskLine(JSON.stringify(body ?? null));
}
