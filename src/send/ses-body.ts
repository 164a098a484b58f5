import type { BufferPool } from '../core/buffer-pool.ts';
import { jsonText, nestedJsonText } from '../core/json-text.ts';
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

  readonly #pool: BufferPool;

  /** @param pool where bodies come from; whoever has sent one gives it back */
  constructor(configurationSet: string | undefined, pool: BufferPool) {
    this.#configurationSet = configurationSet;
    this.#pool = pool;
  }

  write(call: BulkCall): Buffer {
    const prefix = this.#prefix(call);
    let rest = `${tagList(call.tags)},"BulkEmailEntries":[`;
    for (const [index, entry] of call.entries.entries()) rest += (index > 0 ? ',' : '') + entryJson(entry);
    rest += ']}';
    const bytes = Buffer.byteLength(rest);
    const body = this.#pool.take(prefix.length + bytes);
    prefix.copy(body);
    body.write(rest, prefix.length, bytes === rest.length ? 'latin1' : 'utf8');
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
  let json = `{"Destination":{"ToAddresses":[${jsonText(to)}]},"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":"{`;
  for (let number = 0; number < slots.length; number += 1) {
    json += slotOpening(number) + nestedJsonText(slots[number] ?? '');
  }
  json += slots.length > 0 ? '\\"}"}},"ReplacementHeaders":' : '}"}},"ReplacementHeaders":';
  return `${json}${headerList(headers)},"ReplacementTags":${tagList(tags)}}`;
}

/** By number: the end of the slot before it, its name, and the quote of its value. */
const openings: string[] = [];

function slotOpening(number: number): string {
  const known = openings[number];
  if (known !== undefined) return known;
  const opening = `${number > 0 ? '\\",' : ''}\\"s${number}\\":\\"`;
  openings[number] = opening;
  return opening;
}

function headerList(headers: readonly MailHeader[]): string {
  let list = '';
  for (const { name, value } of headers) list += (list === '' ? '' : ',') + pairJson(name, value);
  return `[${list}]`;
}

function tagList(tags: Readonly<Record<string, string>>): string {
  let list = '';
  for (const name in tags) list += (list === '' ? '' : ',') + pairJson(name, tags[name] ?? '');
  return `[${list}]`;
}

function pairJson(name: string, value: string): string {
  return `${pairOpening(name)}${jsonText(value)}}`;
}

/** By name. Those of our own headers and tags stand in every entry; what campaigns add is bounded all the same. */
const pairOpenings = new Map<string, string>();
const PAIR_OPENINGS_MAX = 1_000;

function pairOpening(name: string): string {
  const known = pairOpenings.get(name);
  if (known !== undefined) return known;
  const opening = `{"Name":${jsonText(name)},"Value":`;
  if (pairOpenings.size >= PAIR_OPENINGS_MAX) pairOpenings.clear();
  pairOpenings.set(name, opening);
  return opening;
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
