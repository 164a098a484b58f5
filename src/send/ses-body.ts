import type { BulkCall, BulkEntry, MailHeader, SingleCall, Tracking } from './transport.ts';

/*
 * The bodies of SES's two sending calls (API v2, SendBulkEmail and SendEmail), written by hand: the SDK spends three quarters
 * of a bulk call on them. Only strings go through JSON.stringify, which is what it does fastest.
 */

/** What all calls of a campaign have in common. */
type Constant = Pick<BulkCall, 'from' | 'replyTo' | 'template' | 'tracking'>;

interface Prefix {
  readonly constant: Constant;
  readonly bytes: Buffer;
}

/** Bodies of bulk calls. What a campaign's calls have in common is written once. */
export class BulkBodies {
  readonly #configurationSet: string | undefined;
  /** By a campaign's template, which is the same object in all of its calls, and goes with it. */
  readonly #prefixes = new WeakMap<object, Prefix>();
  #scratch = Buffer.alloc(0);

  constructor(configurationSet: string | undefined) {
    this.#configurationSet = configurationSet;
  }

  write(call: BulkCall): Buffer {
    const prefix = this.#prefix(call);
    const rest = `${tagList(call.tags)},"BulkEmailEntries":[${call.entries.map(entryJson).join(',')}]}`;
    // Encoding into room that is there, and copying, is faster than counting the bytes first.
    if (this.#scratch.length < 3 * rest.length) this.#scratch = Buffer.allocUnsafe(4 * rest.length);
    const bytes = this.#scratch.write(rest);
    const body = Buffer.allocUnsafe(prefix.length + bytes);
    prefix.copy(body);
    this.#scratch.copy(body, prefix.length, 0, bytes);
    return body;
  }

  #prefix(call: BulkCall): Buffer {
    const known = this.#prefixes.get(call.template);
    if (known && isSame(known.constant, call)) return known.bytes;
    const { from, replyTo, template, tracking } = call;
    const content = [
      `"Subject":${JSON.stringify(template.subject)}`,
      ...(template.html === null ? [] : [`"Html":${JSON.stringify(template.html)}`]),
      ...(template.text === null ? [] : [`"Text":${JSON.stringify(template.text)}`]),
    ];
    const bytes = Buffer.from(
      `{${envelope(from, replyTo)},"DefaultContent":{"Template":{"TemplateContent":{${content.join(',')}},"TemplateData":"{}"}}` +
        `${shared(tracking, this.#configurationSet)},"DefaultEmailTags":`,
    );
    this.#prefixes.set(template, { constant: { from, replyTo, template, tracking }, bytes });
    return bytes;
  }
}

export function singleBody(call: SingleCall, configurationSet: string | undefined): Buffer {
  const part = (text: string) => `{"Data":${JSON.stringify(text)},"Charset":"UTF-8"}`;
  const parts = [
    ...(call.html === null ? [] : [`"Html":${part(call.html)}`]),
    ...(call.text === null ? [] : [`"Text":${part(call.text)}`]),
  ];
  return Buffer.from(
    `{${envelope(call.from, call.replyTo)},"Destination":{"ToAddresses":[${JSON.stringify(call.to)}]},` +
      `"Content":{"Simple":{"Subject":${part(call.subject)},"Body":{${parts.join(',')}},"Headers":${headerList(call.headers)}}},` +
      `"EmailTags":${tagList(call.tags)}${shared(call.tracking, configurationSet)}}`,
  );
}

function isSame(a: Constant, b: Constant): boolean {
  return a.from === b.from && a.replyTo === b.replyTo && a.tracking === b.tracking;
}

function envelope(from: string, replyTo: readonly string[]): string {
  return `"FromEmailAddress":${JSON.stringify(from)},"ReplyToAddresses":${JSON.stringify(replyTo)}`;
}

function entryJson({ to, slots, headers, tags }: BulkEntry): string {
  return (
    `{"Destination":{"ToAddresses":[${JSON.stringify(to)}]},` +
    `"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":${JSON.stringify(slots)}}},` +
    `"ReplacementHeaders":${headerList(headers)},"ReplacementTags":${tagList(tags)}}`
  );
}

function headerList(headers: readonly MailHeader[]): string {
  return `[${headers.map(({ name, value }) => `{"Name":${JSON.stringify(name)},"Value":${JSON.stringify(value)}}`).join(',')}]`;
}

function tagList(tags: Readonly<Record<string, string>>): string {
  let list = '';
  for (const name in tags) {
    const tag = `{"Name":${JSON.stringify(name)},"Value":${JSON.stringify(tags[name])}}`;
    list += list === '' ? tag : `,${tag}`;
  }
  return `[${list}]`;
}

function shared(tracking: Tracking, configurationSet: string | undefined): string {
  const status = (name: string, enabled: boolean | null) =>
    enabled === null ? [] : [`"${name}":"${enabled ? 'ENABLED' : 'DISABLED'}"`];
  const overrides = [
    ...status('OpenTrackingEnabled', tracking.opens),
    ...status('ClickTrackingEnabled', tracking.clicks),
  ];
  return (
    (configurationSet === undefined ? '' : `,"ConfigurationSetName":${JSON.stringify(configurationSet)}`) +
    (overrides.length === 0 ? '' : `,"ConfigurationOverrides":{"Tracking":{${overrides.join(',')}}}`)
  );
}
