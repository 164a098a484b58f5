import { JsonBytes } from '../core/json-bytes.ts';
import type { BulkCall, BulkEntry, MailHeader, SingleCall, Tracking } from './transport.ts';

/*
 * The bodies of SES's two sending calls (API v2, SendBulkEmail and SendEmail), written by hand: the SDK spends three quarters
 * of a bulk call on them.
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
  readonly #json = new JsonBytes();

  constructor(configurationSet: string | undefined) {
    this.#configurationSet = configurationSet;
  }

  write(call: BulkCall): Buffer {
    const json = this.#json;
    writeTags(json, call.tags);
    json.raw(',"BulkEmailEntries":[');
    for (const [index, entry] of call.entries.entries()) {
      if (index > 0) json.raw(',');
      writeEntry(json, entry);
    }
    json.raw(']}');
    return json.takeBehind(this.#prefix(call));
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
      `"Content":{"Simple":{"Subject":${part(call.subject)},"Body":{${parts.join(',')}},"Headers":${JSON.stringify(call.headers.map(asSesHeader))}}},` +
      `"EmailTags":${JSON.stringify(Object.entries(call.tags).map(asSesTag))}${shared(call.tracking, configurationSet)}}`,
  );
}

function isSame(a: Constant, b: Constant): boolean {
  return a.from === b.from && a.replyTo === b.replyTo && a.tracking === b.tracking;
}

function envelope(from: string, replyTo: readonly string[]): string {
  return `"FromEmailAddress":${JSON.stringify(from)},"ReplyToAddresses":${JSON.stringify(replyTo)}`;
}

function writeEntry(json: JsonBytes, { to, slots, headers, tags }: BulkEntry): void {
  json.raw('{"Destination":{"ToAddresses":[');
  json.text(to);
  json.raw(']},"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":"{');
  for (const [number, value] of slots.entries()) {
    json.raw(`${number > 0 ? ',' : ''}\\"s${number}\\":\\"`);
    json.nested(value);
    json.raw('\\"');
  }
  json.raw('}"}},"ReplacementHeaders":[');
  for (const [index, { name, value }] of headers.entries()) writePair(json, index, name, value);
  json.raw('],"ReplacementTags":');
  writeTags(json, tags);
  json.raw('}');
}

function writeTags(json: JsonBytes, tags: Readonly<Record<string, string>>): void {
  json.raw('[');
  let index = 0;
  for (const name in tags) writePair(json, index++, name, tags[name] ?? '');
  json.raw(']');
}

function writePair(json: JsonBytes, index: number, name: string, value: string): void {
  json.raw(index > 0 ? ',{"Name":' : '{"Name":');
  json.text(name);
  json.raw(',"Value":');
  json.text(value);
  json.raw('}');
}

function asSesHeader({ name, value }: MailHeader): object {
  return { Name: name, Value: value };
}

function asSesTag([name, value]: readonly [string, string]): object {
  return { Name: name, Value: value };
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
