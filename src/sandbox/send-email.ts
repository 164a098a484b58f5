import { prepareCall, prepareEntry, resolveTemplate } from './call.ts';
import { deliver, type EntryResult } from './deliver.ts';
import {
  badRequest,
  type Checked,
  messageRejected,
  QUOTA_EXCEEDED,
  RATE_EXCEEDED,
  type SesError,
} from './error.ts';
import { MESSAGE_BYTES_MAX } from './rules.ts';
import type { EmailRequest, Pair } from './shape.ts';
import type { SesState } from './state.ts';
import { literalTemplate, type Template } from './template.ts';

/** SendEmail: one mail, whose problems are exceptions. */
export function sendEmail(
  state: SesState,
  request: EmailRequest,
  bodyBytes: number,
): Checked<{ readonly MessageId: string }> {
  const content = resolveContent(state, request, bodyBytes);
  if (!content.ok) return content;
  const call = prepareCall(state, {
    from: request.FromEmailAddress,
    replyTo: request.ReplyToAddresses ?? [],
    configurationSet: request.ConfigurationSetName,
    overrides: request.ConfigurationOverrides,
    ...content.value,
    tags: request.EmailTags ?? [],
  });
  if (!call.ok) return call;
  const entry = prepareEntry(call.value, {
    destination: request.Destination,
    data: undefined,
    headers: [],
    tags: [],
  });
  if (!entry.ok) return entry;
  const result = deliver(state, call.value, entry.value);
  return 'MessageId' in result
    ? { ok: true, value: { MessageId: result.MessageId } }
    : { ok: false, error: exceptionOf(result) };
}

interface Content {
  readonly template: Template;
  readonly data: string | undefined;
  readonly headers: readonly Pair[];
}

function resolveContent(state: SesState, request: EmailRequest, bodyBytes: number): Checked<Content> {
  const { Simple: simple, Raw: raw, Template: named } = request.Content;
  if (raw !== undefined) return refuse('The sandbox takes no raw messages: send Simple or Template content.');
  if (named) {
    const template = resolveTemplate(state, named, bodyBytes);
    if (!template.ok) return template;
    return {
      ok: true,
      value: { template: template.value, data: named.TemplateData, headers: named.Headers ?? [] },
    };
  }
  return simple ? simpleContent(simple) : refuse('Content must be Simple, Raw or Template.');
}

function simpleContent(simple: NonNullable<EmailRequest['Content']['Simple']>): Checked<Content> {
  if (simple.Attachments?.length) return refuse('The sandbox takes no attachments.');
  const subject = simple.Subject?.Data;
  if (!subject) return refuse('The message has no subject.');
  const html = simple.Body.Html?.Data ?? null;
  const text = simple.Body.Text?.Data ?? null;
  if (!html && !text) return refuse('The message has neither an HTML nor a text part.');
  const bytes = Buffer.byteLength(subject + (html ?? '') + (text ?? ''));
  if (bytes > MESSAGE_BYTES_MAX)
    return refuse(`Message length is more than ${MESSAGE_BYTES_MAX} bytes long: '${bytes}'.`);
  const template = literalTemplate({ subject, html, text });
  return { ok: true, value: { template, data: undefined, headers: simple.Headers ?? [] } };
}

/** What SendBulkEmail says in an entry's status, SendEmail says as an exception. */
function exceptionOf(result: Exclude<EntryResult, { MessageId: string }>): SesError {
  switch (result.Status) {
    case 'ACCOUNT_THROTTLED':
    case 'TRANSIENT_FAILURE':
      return RATE_EXCEEDED;
    case 'ACCOUNT_DAILY_QUOTA_EXCEEDED':
      return QUOTA_EXCEEDED;
    case 'MESSAGE_REJECTED':
      return messageRejected(result.Error);
    default:
      return badRequest(result.Error);
  }
}

function refuse(message: string): { readonly ok: false; readonly error: SesError } {
  return { ok: false, error: badRequest(message) };
}
