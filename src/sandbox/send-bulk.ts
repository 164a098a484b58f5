import { type Entry, prepareCall, prepareEntry, resolveTemplate } from './call.ts';
import { deliver, type EntryResult } from './deliver.ts';
import { badRequest, type Checked, QUOTA_EXCEEDED, RATE_EXCEEDED } from './error.ts';
import { ENTRIES_MAX } from './rules.ts';
import type { BulkRequest } from './shape.ts';
import type { SesState } from './state.ts';

export interface BulkResponse {
  readonly BulkEmailEntryResults: readonly EntryResult[];
}

/**
 * SendBulkEmail. What is wrong with the call, its sender or its content fails all of it; what is wrong with a
 * destination is said in the entry's result. Where rate or quota leave room for no entry at all, the call fails;
 * where they end in its middle, the entries after that say so.
 *
 * @param bodyBytes size of the request, which an inline template bounds
 */
export function sendBulkEmail(
  state: SesState,
  request: BulkRequest,
  bodyBytes: number,
): Checked<BulkResponse> {
  const entries = prepare(state, request, bodyBytes);
  if (!entries.ok) return entries;
  const { call, prepared } = entries.value;
  const results = prepared.map((entry) => deliver(state, call, entry));
  if (results.every(({ Status }) => Status === 'ACCOUNT_THROTTLED'))
    return { ok: false, error: RATE_EXCEEDED };
  if (results.every(({ Status }) => Status === 'ACCOUNT_DAILY_QUOTA_EXCEEDED')) {
    return { ok: false, error: QUOTA_EXCEEDED };
  }
  return { ok: true, value: { BulkEmailEntryResults: results } };
}

function prepare(state: SesState, request: BulkRequest, bodyBytes: number) {
  const { DefaultContent: content, BulkEmailEntries: entries } = request;
  if (entries.length === 0) return refuse('BulkEmailEntries is empty.');
  if (entries.length > ENTRIES_MAX) return refuse(`BulkEmailEntries has more than ${ENTRIES_MAX} entries.`);
  const template = resolveTemplate(state, content.Template, bodyBytes);
  if (!template.ok) return template;
  const call = prepareCall(state, {
    from: request.FromEmailAddress,
    replyTo: request.ReplyToAddresses ?? [],
    configurationSet: request.ConfigurationSetName,
    overrides: request.ConfigurationOverrides,
    template: template.value,
    data: content.Template?.TemplateData,
    headers: content.Template?.Headers ?? [],
    tags: request.DefaultEmailTags ?? [],
  });
  if (!call.ok) return call;
  const prepared: Entry[] = [];
  for (const entry of entries) {
    const checked = prepareEntry(call.value, {
      destination: entry.Destination,
      data: entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData,
      headers: entry.ReplacementHeaders ?? [],
      tags: entry.ReplacementTags ?? [],
    });
    if (!checked.ok) return checked;
    prepared.push(checked.value);
  }
  return { ok: true, value: { call: call.value, prepared } } as const;
}

function refuse(message: string) {
  return { ok: false, error: badRequest(message) } as const;
}
