import { badRequest, type Checked, type SesError } from './error.ts';
import type { Pair } from './shape.ts';
import type { TemplateData } from './template.ts';

/*
 * SES's limits on what a request carries ("Service quotas in Amazon SES", API reference of MessageHeader,
 * MessageTag and BulkEmailEntry). Where two documents differ, the stricter figure is kept here, so that what the
 * sandbox takes SES takes too. The errors name no entry, as SES's don't.
 */

export const ENTRIES_MAX = 50;
/** To, Cc and Bcc of one mail together. */
export const DESTINATION_RECIPIENTS_MAX = 50;
/** Inline template, data and all: the whole input of the call. */
export const INLINE_INPUT_BYTES_MAX = 1_000_000;
export const STORED_TEMPLATE_BYTES_MAX = 500_000;
export const MESSAGE_BYTES_MAX = 40 * 1024 * 1024;
const TEMPLATE_DATA_CHARS_MAX = 262_144;
const HEADERS_MAX = 15;
const HEADER_NAME_CHARS_MAX = 126;
const HEADER_VALUE_CHARS_MAX = 870;
const TAGS_MAX = 50;

const HEADER_NAME = /^[\x21-\x39\x3b-\x7e]+$/;
const HEADER_VALUE = /^[\x20-\x7e]+$/;
const TAG = /^[A-Za-z0-9_-]{1,256}$/;
const FORBIDDEN_HEADERS = new Set([
  'bcc',
  'cc',
  'content-disposition',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'reply-to',
  'return-path',
  'subject',
  'to',
]);

export function checkHeaders(headers: readonly Pair[] | undefined): SesError | null {
  if (!headers) return null;
  if (headers.length > HEADERS_MAX) return badRequest(`The maximum number of headers is ${HEADERS_MAX}.`);
  const seen = new Set<string>();
  for (const { Name, Value } of headers) {
    const name = Name.toLowerCase();
    if (Name.length > HEADER_NAME_CHARS_MAX || !HEADER_NAME.test(Name))
      return badRequest('Invalid header name.');
    if (FORBIDDEN_HEADERS.has(name)) return badRequest(`Header '${Name}' is not allowed.`);
    if (Value.length > HEADER_VALUE_CHARS_MAX)
      return badRequest(`The value of header '${Name}' is too long.`);
    if (!HEADER_VALUE.test(Value)) return badRequest(`Invalid value of header '${Name}'.`);
    if (seen.has(name)) return badRequest(`Header '${Name}' is there more than once.`);
    seen.add(name);
  }
  return null;
}

/** Default headers with the entry's own in the place of those of the same name. */
export function mergeHeaders(defaults: readonly Pair[], own: readonly Pair[]): readonly Pair[] {
  if (own.length === 0) return defaults;
  const names = new Set(own.map(({ Name }) => Name.toLowerCase()));
  return [...defaults.filter(({ Name }) => !names.has(Name.toLowerCase())), ...own];
}

export function checkTags(tags: readonly Pair[] | undefined): SesError | null {
  if (!tags) return null;
  if (tags.length > TAGS_MAX) return badRequest(`The maximum number of tags is ${TAGS_MAX}.`);
  const seen = new Set<string>();
  for (const { Name, Value } of tags) {
    if (!TAG.test(Name))
      return badRequest(`Invalid tag name <${Name}>: only alphanumeric ASCII, '_' and '-'.`);
    if (!TAG.test(Value))
      return badRequest(`Invalid tag value <${Value}>: only alphanumeric ASCII, '_' and '-'.`);
    if (seen.has(Name)) return badRequest(`Duplicate tag name <${Name}>.`);
    seen.add(Name);
  }
  return null;
}

/** TemplateData or ReplacementTemplateData: a JSON object; what is absent is an empty one. */
export function readTemplateData(text: string | undefined): Checked<TemplateData> {
  if (text === undefined || text === '') return { ok: true, value: {} };
  if (text.length > TEMPLATE_DATA_CHARS_MAX) {
    const error = badRequest(`Template data is longer than ${TEMPLATE_DATA_CHARS_MAX} characters.`);
    return { ok: false, error };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return { ok: true, value };
  } catch {
    // What is no JSON at all gets the same answer.
  }
  return { ok: false, error: badRequest('Template data is not a JSON object.') };
}

function isRecord(value: unknown): value is TemplateData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
