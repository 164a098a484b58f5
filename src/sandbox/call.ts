import type { Account } from './account.ts';
import { mailboxProblem } from './address.ts';
import { ACCOUNT_SUSPENDED, badRequest, type Checked, type SesError, sendingPaused } from './error.ts';
import type { Resources } from './resources.ts';
import { checkHeaders, checkTags, INLINE_INPUT_BYTES_MAX, mergeHeaders, readTemplateData } from './rules.ts';
import type { DestinationRequest, Overrides, Pair, TemplateRequest } from './shape.ts';
import { partOf } from './simulator.ts';
import type { SesState } from './state.ts';
import type { AcceptedCall, MailTracking } from './store.ts';
import type { Template, TemplateData, TemplateSource } from './template.ts';

/** One mail of a call, after everything that would fail the whole call has been checked. */
export interface Entry {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly data: TemplateData;
  readonly headers: readonly Pair[];
  readonly tags: readonly Pair[];
}

interface CallRequest {
  readonly from: string | undefined;
  readonly replyTo: readonly string[];
  readonly configurationSet: string | undefined;
  readonly overrides: Overrides | undefined;
  readonly template: Template;
  readonly data: string | undefined;
  readonly headers: readonly Pair[];
  readonly tags: readonly Pair[];
}

/** What holds for all mails of a call, or the error of the whole call. */
export function prepareCall(state: SesState, request: CallRequest): Checked<AcceptedCall> {
  const { from = '', replyTo, headers, tags, template } = request;
  const error =
    checkAccount(state.account) ??
    checkMailbox(from, 'FromEmailAddress') ??
    replyTo.reduce<SesError | null>(
      (found, mailbox) => found ?? checkMailbox(mailbox, 'ReplyToAddresses'),
      null,
    ) ??
    checkConfigurationSet(state.resources, request.configurationSet) ??
    checkHeaders(headers) ??
    checkTags(tags);
  if (error) return { ok: false, error };
  const data = readTemplateData(request.data);
  if (!data.ok) return data;
  const configurationSet = request.configurationSet ?? null;
  return {
    ok: true,
    value: {
      from,
      replyTo,
      template,
      defaults: data.value,
      headers,
      tags,
      configurationSet,
      tracking: trackingOf(request.overrides),
    },
  };
}

interface EntryRequest {
  readonly destination: DestinationRequest | undefined;
  readonly data: string | undefined;
  readonly headers: readonly Pair[];
  readonly tags: readonly Pair[];
}

/** One mail of the call. An error here fails the whole call too, and does not say which entry it was. */
export function prepareEntry(call: AcceptedCall, request: EntryRequest): Checked<Entry> {
  const { destination, headers, tags } = request;
  const own = new Set(tags.map(({ Name }) => Name));
  const inherited = call.tags.filter(({ Name }) => !own.has(Name));
  const error = checkHeaders(mergeHeaders(call.headers, headers)) ?? checkTags([...inherited, ...tags]);
  if (error) return { ok: false, error };
  const data = readTemplateData(request.data);
  if (!data.ok) return data;
  const { ToAddresses: to = [], CcAddresses: cc = [], BccAddresses: bcc = [] } = destination ?? {};
  if ([...to, ...cc, ...bcc].some((mailbox) => partOf(mailbox).kind === 'bad request')) {
    return { ok: false, error: badRequest('Invalid request.') };
  }
  return { ok: true, value: { to, cc, bcc, data: data.value, headers, tags } };
}

/** The template that a request names or carries. */
export function resolveTemplate(
  state: SesState,
  request: TemplateRequest | undefined,
  bodyBytes: number,
): Checked<Template> {
  if (request?.Attachments?.length) return refuse('The sandbox takes no attachments.');
  const { TemplateName: name, TemplateArn: arn, TemplateContent: content } = request ?? {};
  if ([name, arn, content].filter((given) => given !== undefined).length !== 1) {
    return refuse('Exactly one of TemplateName, TemplateArn and TemplateContent must be given.');
  }
  if (content) {
    if (bodyBytes > INLINE_INPUT_BYTES_MAX)
      return refuse('The input with an inline template is larger than 1 MB.');
    const source = templateSource(content);
    return source.ok ? { ok: true, value: state.templates.get(source.value) } : source;
  }
  const stored = state.resources.template(name ?? arn?.split('/').at(-1) ?? '');
  return stored.ok ? { ok: true, value: state.templates.get(stored.value) } : stored;
}

/** A template's content as it is created or comes inline: it has a subject and a body. */
export function templateSource(
  content: NonNullable<TemplateRequest['TemplateContent']>,
): Checked<TemplateSource> {
  const { Subject: subject, Html: html = null, Text: text = null } = content;
  if (!subject) return refuse('The template has no subject.');
  if (!html && !text) return refuse('The template has neither an HTML nor a text part.');
  return { ok: true, value: { subject, html, text } };
}

function checkAccount(account: Account): SesError | null {
  if (account.settings.enforcement === 'SHUTDOWN') return ACCOUNT_SUSPENDED;
  return account.settings.sendingEnabled
    ? null
    : sendingPaused('Email sending is disabled for this account.');
}

function checkMailbox(mailbox: string, field: string): SesError | null {
  const problem = mailboxProblem(mailbox);
  return problem === null ? null : badRequest(`${field}: ${problem}`);
}

function checkConfigurationSet(resources: Resources, name: string | undefined): SesError | null {
  if (name === undefined) return null;
  const set = resources.configurationSet(name);
  if (!set.ok) return set.error;
  return set.value.sendingEnabled
    ? null
    : sendingPaused(`Sending is disabled for configuration set <${name}>.`);
}

function refuse(message: string): { readonly ok: false; readonly error: SesError } {
  return { ok: false, error: badRequest(message) };
}

function trackingOf(overrides: Overrides | undefined): MailTracking {
  const { OpenTrackingEnabled: opens, ClickTrackingEnabled: clicks } = overrides?.Tracking ?? {};
  return { opens: opens ?? null, clicks: clicks ?? null };
}
